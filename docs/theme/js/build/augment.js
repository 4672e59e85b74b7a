// What torchvision's transforms do to a training picture, on square pictures of one channel with values from 0 to 1. Pure.

import { Generator } from "../model/rng.js";
import { SIZE } from "./toy.js";

/** @typedef {Float32Array} Pixels row by row */

const PAD = SIZE / 8; // as in the builder's programs

/** @param {Pixels} pixels @param {(x: number, y: number) => number} at the value at a place @returns {Pixels} */
const made = (pixels, at) => pixels.map((_, k) => at(k % SIZE, Math.floor(k / SIZE)));

/** A value, 0 outside. @param {Pixels} pixels @param {number} x @param {number} y */
const look = (pixels, x, y) => x < 0 || y < 0 || x >= SIZE || y >= SIZE ? 0 : pixels[y * SIZE + x];

/** @param {number} value */
const clamp = (value) => Math.min(Math.max(value, 0), 1);

/** Left becomes right. @param {Pixels} pixels */
export const flip = (pixels) => made(pixels, (x, y) => look(pixels, SIZE - 1 - x, y));

/** Zeros around, then a cut of the old size at (left, top). @param {Pixels} pixels @param {number} left @param {number} top */
export const crop = (pixels, left, top) => made(pixels, (x, y) => look(pixels, x + left - PAD, y + top - PAD));

/** About the middle, counter-clockwise; each pixel takes its nearest. @param {Pixels} pixels @param {number} degrees */
export function rotate(pixels, degrees) {
  const [sin, cos] = [Math.sin(degrees * Math.PI / 180), Math.cos(degrees * Math.PI / 180)];
  const middle = (SIZE - 1) / 2;
  return made(pixels, (x, y) => {
    const [right, down] = [x - middle, y - middle];
    return look(pixels, Math.round(cos * right - sin * down + middle), Math.round(sin * right + cos * down + middle));
  });
}

/** @param {Pixels} pixels @param {number} brightness @param {number} contrast factors, 1 changes nothing */
export function jitter(pixels, brightness, contrast) {
  const bright = pixels.map((value) => clamp(value * brightness));
  const mean = bright.reduce((sum, value) => sum + value, 0) / bright.length;
  return bright.map((value) => clamp(contrast * value + (1 - contrast) * mean));
}

/** A rectangle of zeros. @param {Pixels} pixels @param {number} left @param {number} top @param {number} width @param {number} height */
export const erase = (pixels, left, top, width, height) =>
  made(pixels, (x, y) => x >= left && x < left + width && y >= top && y < top + height ? 0 : look(pixels, x, y));

/** One draw of each, from the ranges of the builder's programs. @type {Record<string, (pixels: Pixels, draw: Generator) => Pixels>} */
export const DRAWS = {
  crop: (pixels, draw) => {
    const [left, top] = draw.rand(2).map((share) => Math.floor(share * (2 * PAD + 1)));
    return crop(pixels, left, top);
  },
  flip,
  rotate: (pixels, draw) => rotate(pixels, 20 * draw.rand(1)[0] - 10),
  jitter: (pixels, draw) => {
    const [brightness, contrast] = draw.rand(2).map((share) => 0.8 + 0.4 * share);
    return jitter(pixels, brightness, contrast);
  },
  erase: (pixels, draw) => {
    const [area, ratio, x, y] = draw.rand(4);
    const size = SIZE * Math.sqrt(0.02 + 0.31 * area);
    const shape = 0.3 ** (1 - 2 * ratio);
    const [width, height] = [Math.sqrt(shape), 1 / Math.sqrt(shape)].map((side) =>
      Math.min(Math.round(size * side), SIZE - 1)
    );
    return erase(pixels, Math.floor(x * (SIZE - width)), Math.floor(y * (SIZE - height)), width, height);
  },
};

/** A picture augmented in one way. @param {string} name @param {Pixels} pixels @param {number} seed @returns {Pixels} */
export const augmented = (name, pixels, seed) => DRAWS[name](pixels.map(clamp), new Generator(seed));
