// Axes: from numbers to places in a picture, with ticks, grid and names. Pure, as all of view/.

import { escape } from "../ui/words.js";

/**
 * @typedef {import("../ui/words.js").Words} Words
 * @typedef {{ x: number, y: number, width: number, height: number }} Box a panel in the picture, in its units (px)
 * @typedef {{ from: number, to: number, log?: boolean }} Range
 * @typedef {{ x: Range, y: Range, title?: string, xLabel?: string, xTicks?: number[], yTicks?: number[], bare?: boolean }} Plan
 */

/** @param {number} value a place in the picture; a tenth of a unit is all that can be seen */
export const round = (value) => Math.round(Math.max(Math.min(value, 1e5), -1e5) * 10) / 10;

/**
 * A range's numbers as places between a and b.
 * @param {Range} range
 * @param {number} a
 * @param {number} b
 * @returns {(value: number) => number}
 */
export function scale({ from, to, log }, a, b) {
  if (!log) return (value) => a + ((value - from) / (to - from)) * (b - a);
  const [low, width] = [Math.log(from), Math.log(to) - Math.log(from)]; // to / from may be more than a double can hold
  return (value) => a + ((Math.log(Math.max(value, Number.MIN_VALUE)) - low) / width) * (b - a);
}

/**
 * The number at a place: what `scale` leads from.
 * @param {Range} range
 * @param {number} a
 * @param {number} b
 * @returns {(where: number) => number}
 */
export function inverse({ from, to, log }, a, b) {
  /** @param {number} where */
  const share = (where) => (where - a) / (b - a);
  if (log) return (where) => from * (to / from) ** share(where);
  return (where) => from + share(where) * (to - from);
}

/**
 * Round numbers inside a range, about as many as asked for.
 * @param {Range} range
 * @param {number} count
 * @returns {number[]}
 */
export function ticks({ from, to, log }, count) {
  if (log) return powers(from, to, count);
  const rough = (to - from) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const found = [];
  for (let index = Math.ceil(from / step - 1e-9); index * step <= to + step * 1e-9; index++) {
    found.push(Number((index * step).toPrecision(12)));
  }
  return found;
}

/** @param {number} from @param {number} to @param {number} count @returns {number[]} */
function powers(from, to, count) {
  const [low, high] = [Math.ceil(Math.log10(from) - 1e-9), Math.floor(Math.log10(to) + 1e-9)];
  const stride = Math.max(1, Math.ceil((high - low) / count));
  const found = [];
  for (let power = low; power <= high; power++) if (power % stride === 0) found.push(Number(`1e${power}`));
  return found;
}

/**
 * A range around values: finite ones only, never empty, a little wider than they are.
 * @param {number[]} values
 * @param {{ log?: boolean, include?: number[], margin?: number }} [options]
 * @returns {Range}
 */
export function around(values, { log = false, include = [], margin = 0.04 } = {}) {
  const usable = [...values, ...include].filter((value) => Number.isFinite(value) && (!log || value > 0));
  const low = usable.reduce((a, b) => Math.min(a, b), Infinity);
  const high = usable.reduce((a, b) => Math.max(a, b), -Infinity);
  if (log) {
    if (!usable.length) return { from: 0.1, to: 10, log };
    const room = Math.max(high / low, 10) ** margin;
    // Not beyond what a double can hold: a range without an end would have ticks without end.
    return {
      from: Math.max(low / room, Number.MIN_VALUE),
      to: Math.min(Math.max(high, low * 10) * room, Number.MAX_VALUE),
      log,
    };
  }
  if (!usable.length) return { from: 0, to: 1 };
  const width = high - low || Math.abs(high) || 1;
  return { from: low - margin * width, to: high + margin * width };
}

/**
 * A panel's grid, ticks and names.
 * @param {Box} box the panel without its labels
 * @param {Plan} plan
 * @param {Words} words
 * @returns {{ svg: string, X: (value: number) => number, Y: (value: number) => number }}
 */
export function axes(box, plan, words) {
  const { x, y, width, height } = box;
  const X = scale(plan.x, x, x + width);
  const Y = scale(plan.y, y + height, y);
  const parts = [];
  const across = plan.xTicks ?? ticks(plan.x, Math.max(2, Math.floor(width / 60)));
  const up = plan.yTicks ?? ticks(plan.y, Math.max(2, Math.floor(height / 40)));
  for (const value of up) {
    const place = round(Y(value));
    if (!plan.bare) parts.push(`<path class="x-grid" d="M${round(x)} ${place}h${round(width)}"/>`);
    parts.push(text(x - 6, place + 4, words.number(value), "x-tick x-end"));
  }
  for (const value of across) {
    const place = round(X(value));
    if (!plan.bare) parts.push(`<path class="x-grid" d="M${place} ${round(y)}v${round(height)}"/>`);
    parts.push(text(place, y + height + 16, words.number(value), "x-tick x-middle"));
  }
  parts.push(`<path class="x-frame" d="M${round(x)} ${round(y + height)}h${round(width)}"/>`);
  if (plan.title) parts.push(text(x, y - 9, plan.title, "x-title"));
  if (plan.xLabel) parts.push(text(x + width, y + height + 32, plan.xLabel, "x-name x-end"));
  return { svg: parts.join(""), X, Y };
}

/**
 * @param {number} x
 * @param {number} y the baseline
 * @param {string} content
 * @param {string} [style] class names
 */
export function text(x, y, content, style = "") {
  return `<text x="${round(x)}" y="${round(y)}"${style && ` class="${style}"`}>${escape(content)}</text>`;
}

/**
 * Show only what falls into a panel.
 * @param {Box} box
 * @param {string} body
 */
export function clipped({ x, y, width, height }, body) {
  const [a, b, c, d] = [x, y, width, height].map(round);
  return `<svg x="${a}" y="${b}" width="${c}" height="${d}" viewBox="${a} ${b} ${c} ${d}">${body}</svg>`;
}

/**
 * A whole picture.
 * @param {number} width
 * @param {number} height
 * @param {string} label what a screen reader says
 * @param {string} body
 */
export function picture(width, height, label, body) {
  return `<svg class="explorer-picture" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${
    escape(label)
  }">${body}</svg>`;
}

/**
 * Panels beside each other where there is room, below each other where there is none.
 * @param {number} width of the picture
 * @param {number} count
 * @param {number} height of one panel without its labels
 * @param {{ left?: number, bottom?: number }} [room] for tick labels
 * @returns {{ boxes: Box[], height: number }}
 */
export function panels(width, count, height, { left = 46, bottom = 40 } = {}) {
  const columns = width < 500 ? 1 : count;
  const each = width / columns;
  const boxes = Array.from({ length: count }, (_, index) => ({
    x: (index % columns) * each + left,
    y: Math.floor(index / columns) * (height + bottom + 26) + 26,
    width: each - left - 12,
    height,
  }));
  return { boxes, height: boxes[count - 1].y + height + bottom };
}
