// What the page's trained net is shown, and what it says: pictures as the program draws them, masks, boxes. Pure.

import { Generator } from "../model/rng.js";
import { infer } from "./infer.js";
import { PRESETS } from "./presets.js";

/** @import { Picture, Weights } from "./infer.js" */

export const SIZE = 32;
export const KINDS = ["background", "disc", "square"];

/**
 * Weights from text: half precision numbers, base64, one text for each array; an empty one is none.
 * @param {string[][]} texts @returns {Weights[]}
 */
export const weightsOf = (texts) => texts.map((arrays) => arrays.filter(Boolean).map(halves));

/** @param {string} text @returns {Float32Array} */
function halves(text) {
  const letters = atob(text);
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 2 }, (_, at) => half(view.getUint16(2 * at, true)));
}

/** A number of half precision, from its bits. @param {number} bits */
export function half(bits) {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction);
}

/** @param {ArrayLike<number>} pixels @returns {Picture} */
export const picture = (pixels) => ({ channels: 1, height: SIZE, width: SIZE, data: Float32Array.from(pixels) });

/** The logits of each pixel. @param {Weights[]} weights @param {ArrayLike<number>} pixels */
export const logits = (weights, pixels) => infer(PRESETS.unet, weights, picture(pixels)).data;

/**
 * A disc or a square somewhere, with noise, as the training pictures are.
 * @param {"disc" | "square"} kind @param {number} seed @returns {Float32Array}
 */
export function sample(kind, seed) {
  const draw = new Generator(seed);
  const [a, b, c] = draw.rand(3);
  const radius = SIZE * (0.15 + 0.15 * a);
  const [y, x] = [b, c].map((share) => radius + (SIZE - 2 * radius) * share);
  const noise = draw.normal(SIZE * SIZE);
  return Float32Array.from({ length: SIZE * SIZE }, (_, at) => {
    const [down, across] = [Math.abs(Math.floor(at / SIZE) - y), Math.abs(at % SIZE - x)];
    const inside = kind === "disc" ? down ** 2 + across ** 2 < radius ** 2 : Math.max(down, across) < 0.8 * radius;
    return Number(inside) + 0.1 * noise[at];
  });
}

/**
 * Each pixel's class; the class that most pixels beside the background have; the box around those pixels.
 * @param {ArrayLike<number>} logits
 * @returns {{ mask: Uint8Array, kind: number, count: number, box: [number, number, number, number] | null }} box is left, top,
 * right, bottom, counted from 1
 */
export function seen(logits) {
  const area = SIZE * SIZE;
  const mask = Uint8Array.from({ length: area }, (_, at) => {
    const values = KINDS.map((_, kind) => logits[kind * area + at]);
    return values.indexOf(Math.max(...values));
  });
  const counts = KINDS.map((_, kind) => mask.reduce((sum, value) => sum + Number(value === kind), 0));
  const kind = counts[1] + counts[2] === 0 ? 0 : counts[2] > counts[1] ? 2 : 1;
  if (kind === 0) return { mask, kind, count: 0, box: null };
  const places = [...mask.keys()].filter((at) => mask[at] === kind);
  const [columns, rows] = [places.map((at) => at % SIZE), places.map((at) => Math.floor(at / SIZE))];
  const box = /** @type {[number, number, number, number]} */ (
    [Math.min(...columns), Math.min(...rows), Math.max(...columns), Math.max(...rows)].map((each) => each + 1)
  );
  return { mask, kind, count: counts[kind], box };
}

/** A round brush at a place. @param {Float32Array} pixels @param {number} x @param {number} y @param {number} value @returns {Float32Array} */
export function painted(pixels, x, y, value) {
  return pixels.map((old, at) => (at % SIZE - x) ** 2 + (Math.floor(at / SIZE) - y) ** 2 < 3 ? value : old);
}
