// What the network says of the plane: points by class, and the line where it is undecided. The colours below are pixels of a canvas.

/** @import { Settings } from "../model/playground.js" */
import { round } from "./axes.js";

export const SIDE = 300; // units of the picture along each side

/**
 * The line on which a grid's values cross a level: marching squares, with straight interpolation.
 * @param {Float64Array} values row by row from below @param {number} cells along each side @param {number} level
 * @returns {string} a path in a square of SIDE
 */
export function contour(values, cells, level) {
  const unit = SIDE / cells;
  const at = (/** @type {number} */ i, /** @type {number} */ j) => values[j * (cells + 1) + i] - level;
  let path = "";
  for (let j = 0; j < cells; j++) {
    for (let i = 0; i < cells; i++) {
      const corners = [at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)];
      const places = [[0, 0], [1, 0], [1, 1], [0, 1]];
      const ends = [];
      for (let side = 0; side < 4; side++) {
        const [a, b] = [corners[side], corners[(side + 1) % 4]];
        if (!(a < 0 !== b < 0) || !Number.isFinite(a) || !Number.isFinite(b)) continue;
        const [[x, y], [u, v]] = [places[side], places[(side + 1) % 4]];
        const share = a / (a - b);
        ends.push(`${round((i + x + share * (u - x)) * unit)} ${round(SIDE - (j + y + share * (v - y)) * unit)}`);
      }
      for (let k = 0; k + 1 < ends.length; k += 2) path += `M${ends[k]}L${ends[k + 1]}`;
    }
  }
  return path;
}

/** Points of a class data set, in the square: dots and squares, test points hollow. @param {Settings} settings @param {number[]} domain */
export function dots({ data, sizes: [inputs], task, state }, [left, right, bottom, top]) {
  const X = (/** @type {number} */ x) => round((x - left) / (right - left) * SIDE);
  const Y = (/** @type {number} */ y) => round(SIDE - (y - bottom) / (top - bottom) * SIDE);
  const mark = (/** @type {{x: Float64Array, y: Float64Array}} */ { x, y }, /** @type {string} */ look) =>
    Array.from(y, (label, k) => {
      const [u, v] = [X(x[k * inputs]), Y(inputs === 1 ? label : x[k * inputs + 1])];
      if (task === "value" || label === 0) return `<circle class="p-0 ${look}" cx="${u}" cy="${v}" r="3.2"/>`;
      return `<rect class="p-1 ${look}" x="${round(u - 3)}" y="${round(v - 3)}" width="6" height="6"/>`;
    }).join("");
  return (state.data === "own" ? "" : mark(data.test, "p-test")) + mark(data.train, "p-train");
}

/** The network's line over one input. @param {Float64Array} values @param {number[]} domain */
export function curve(values, [, , bottom, top]) {
  return Array.from(values, (value, k) => {
    const place = SIDE - (Math.min(Math.max(value, bottom - 50), top + 50) - bottom) / (top - bottom) * SIDE;
    return `${k ? "L" : "M"}${round(k / (values.length - 1) * SIDE)} ${round(place)}`;
  }).join("");
}

/**
 * Pixels for a canvas of cells + 1 points along each side, top row first.
 * @param {Float64Array} values row by row from below @param {number} cells @param {(share: number) => number[]} colour of a share from 0 to 1
 * @param {number} low @param {number} high
 */
export function pixels(values, cells, colour, low = 0, high = 1) {
  const side = cells + 1;
  const table = Array.from({ length: 256 }, (_, k) => colour(k / 255));
  const bytes = new Uint8ClampedArray(side * side * 4);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const share = (values[(side - 1 - row) * side + column] - low) / (high - low);
      const index = Math.min(255, Math.max(0, Math.round(255 * (Number.isFinite(share) ? share : 0.5))));
      bytes.set(table[index], 4 * (row * side + column));
    }
  }
  return bytes;
}
