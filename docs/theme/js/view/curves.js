// Lines, dots and their legend. A dash pattern goes with each colour, so colour is never alone.

import { escape } from "../ui/words.js";
import { round } from "./axes.js";

/** @typedef {(value: number) => number} Scale */

/**
 * A line through points. It breaks where a value is not finite.
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 * @param {Scale} X
 * @param {Scale} Y
 * @param {number | string} look number of the line's colour and dashes, or a class name
 */
export function line(xs, ys, X, Y, look) {
  return `<path class="${lookOf(look)}" d="${outline(xs, ys, X, Y)}"/>`;
}

/** @param {number | string} look */
const lookOf = (look) => (typeof look === "number" ? `x-line x-${look}` : look);

/**
 * A path's outline through points. A point that lies on the line between its neighbours is left out.
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 * @param {Scale} X
 * @param {Scale} Y
 */
export function outline(xs, ys, X, Y) {
  /** @type {[number, number][]} */
  let run = [];
  let path = "";
  const flush = () => {
    path += run.map(([x, y], index) => `${index ? "L" : "M"}${x} ${y}`).join("");
    run = [];
  };
  for (let index = 0; index < xs.length; index++) {
    if (!Number.isFinite(ys[index]) || !Number.isFinite(xs[index])) {
      flush();
      continue;
    }
    const [x, y] = [round(X(xs[index])), round(Y(ys[index]))];
    const [[ax, ay], [bx, by]] = [run.at(-2) ?? [NaN, NaN], run.at(-1) ?? [NaN, NaN]];
    const forth = (bx - ax) * (x - bx) + (by - ay) * (y - by) >= 0;
    const straight = Math.abs((bx - ax) * (y - ay) - (by - ay) * (x - ax)) <= 0.02 * Math.hypot(x - ax, y - ay);
    if (straight && forth) run.pop();
    if (x !== bx || y !== by) run.push([x, y]);
  }
  flush();
  return path;
}

/**
 * Stairs: each value holds until the next one's place.
 * @param {ArrayLike<number>} ys
 * @param {Scale} X
 * @param {Scale} Y
 * @param {number} look
 */
export function stairs(ys, X, Y, look) {
  let path = "";
  for (let index = 0; index < ys.length; index++) {
    const y = round(Y(ys[index]));
    path += `${index ? "V" : `M${round(X(0))} `}${y}H${round(X(index + 1))}`;
  }
  return `<path class="${lookOf(look)}" d="${path}"/>`;
}

/**
 * @param {number} x
 * @param {number} y
 * @param {number | string} look
 * @param {number} [radius]
 */
export function dot(x, y, look, radius = 4) {
  const style = typeof look === "number" ? `x-dot x-${look}` : look;
  return `<circle class="${style}" cx="${round(x)}" cy="${round(y)}" r="${radius}"/>`;
}

/**
 * Something that can be dragged: a mark with a target of 24 px or more. The same numbers stand in the fields below.
 * @param {number} x
 * @param {number} y
 * @param {string} name what is dragged
 */
export function handle(x, y, name) {
  return `<g class="x-handle" data-handle="${name}"><circle class="x-target" cx="${round(x)}" cy="${
    round(y)
  }" r="16"/><circle class="x-knob" cx="${round(x)}" cy="${round(y)}" r="6"/></g>`;
}

/**
 * Names of lines, as a list beside the picture.
 * @param {{ label: string, look: number | string }[]} entries
 */
export function legend(entries) {
  const items = entries.map(({ label, look }) =>
    `<li><svg width="30" height="10" viewBox="0 0 30 10" aria-hidden="true"><path class="${
      lookOf(look)
    }" d="M0 5H30"/></svg>${escape(label)}</li>`
  );
  return items.length ? `<ul class="explorer-legend">${items.join("")}</ul>` : "";
}
