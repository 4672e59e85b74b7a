// Bars: a few numbers beside each other, from a line at zero.

import { axes, round, text } from "./axes.js";

/**
 * @typedef {import("./axes.js").Box} Box
 * @typedef {import("./axes.js").Range} Range
 * @typedef {import("../ui/words.js").Words} Words
 */

/**
 * A panel of bars, each with its number.
 * @param {Box} box
 * @param {{ values: number[], names: string[], y: Range, title: string, looks?: number[], gap?: number }} plan `gap` keeps
 *   the numbers off the bars' ends
 * @param {Words} words
 * @returns {{ svg: string, X: (index: number) => number, Y: (value: number) => number }} X gives the middle of a bar
 */
export function bars(box, { values, names, y, title, looks, gap = 5 }, words) {
  const { svg, X, Y } = axes(box, { x: { from: 0, to: values.length }, y, title, xTicks: [] }, words);
  const width = Math.min(44, (box.width / values.length) * 0.6);
  const zero = Y(Math.max(y.from, Math.min(y.to, 0)));
  const parts = values.map((value, index) => {
    const [middle, end] = [X(index + 0.5), Y(Math.max(y.from, Math.min(y.to, value)))];
    const above = value >= 0;
    const look = looks?.[index] ?? 0;
    const bar = Number.isFinite(value)
      ? `<rect class="x-bar x-${look}" x="${round(middle - width / 2)}" y="${round(Math.min(zero, end))}" width="${
        round(width)
      }" height="${round(Math.abs(end - zero))}"/>`
      : "";
    const number = text(middle, above ? end - gap : end + gap + 9, words.number(value), "x-tick x-middle x-over");
    return bar + number + text(middle, box.y + box.height + 16, names[index], "x-tick x-middle");
  });
  const line = `<path class="x-frame" d="M${round(box.x)} ${round(zero)}h${round(box.width)}"/>`;
  return { svg: svg + parts.join("") + line, X: (index) => X(index + 0.5), Y };
}
