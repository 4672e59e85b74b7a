// What the network says of the plane, as pixels of a canvas in the page's colours.

/** @import { Settings } from "../model/playground.js" */
/** @import { Shot } from "../model/shot.js" */
import { GRID } from "../model/shot.js";
import { pixels } from "../view/field.js";

/** The colours of the field, from the page's palette. @param {HTMLCanvasElement} canvas @param {Shot} shot @param {Settings} settings */
export function paint(canvas, { field }, { sizes: [inputs], task }) {
  canvas.width = canvas.height = GRID + 1;
  const context = canvas.getContext("2d");
  if (!context || inputs === 1) return;
  const style = getComputedStyle(canvas);
  const read = (/** @type {string} */ name) => {
    const hex = style.getPropertyValue(name).trim().replace(/^#(.)(.)(.)$/, "#$1$1$2$2$3$3");
    return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  };
  const [zero, one, paper] = [read("--docrun-c0"), read("--docrun-c1"), read("--docrun-bg")];
  const colour = (/** @type {number} */ share) => {
    const [end, weight] = [share < 0.5 ? zero : one, 0.08 + 0.36 * Math.abs(2 * share - 1)];
    return [...end.map((value, k) => value * weight + paper[k] * (1 - weight)), 255];
  };
  const range = task === "value" ? spanOf(field) : [0, 1];
  const bytes = pixels(field, GRID, colour, range[0], range[1]);
  context.putImageData(new ImageData(/** @type {any} */ (bytes), GRID + 1, GRID + 1), 0, 0);
}

/** @param {Float64Array} values */
function spanOf(values) {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return [low, high > low ? high : low + 1];
}
