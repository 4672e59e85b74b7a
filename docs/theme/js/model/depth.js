// A signal on its way through layers without bias, and a gradient on its way back: how large both are in each layer.

import { ACTIVATIONS } from "./activation.js";
import { INITS } from "./init.js";
import { Generator } from "./rng.js";

export const BATCH = 16;
export const FLOAT32 = 3.4028234663852886e38; // the largest number of float32

/**
 * @typedef {{ values: Float64Array, std: number, gradient: number, zeros: number, most: number }} Layer
 *   `values` after the activation, their std, the std of the gradient by them, the share of exact zeros, and the
 *   largest magnitude before the activation
 */

/** Standard deviation as `tensor.std()`. @param {Float64Array} values */
export function std(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/** rows × width times the transpose of width × width. @param {Float64Array} rows @param {Float64Array} weight @param {number} width */
function forward(rows, weight, width) {
  const result = new Float64Array(rows.length);
  for (let sample = 0; sample < rows.length; sample += width) {
    for (let unit = 0; unit < width; unit++) {
      let sum = 0;
      for (let index = 0; index < width; index++) sum += rows[sample + index] * weight[unit * width + index];
      result[sample + unit] = sum;
    }
  }
  return result;
}

/** rows × width times width × width. @param {Float64Array} rows @param {Float64Array} weight @param {number} width */
function backward(rows, weight, width) {
  const result = new Float64Array(rows.length);
  for (let sample = 0; sample < rows.length; sample += width) {
    for (let unit = 0; unit < width; unit++) {
      const slope = rows[sample + unit];
      if (slope === 0) continue;
      for (let index = 0; index < width; index++) result[sample + index] += slope * weight[unit * width + index];
    }
  }
  return result;
}

/**
 * Inputs and the gradient at the top are drawn from a standard normal distribution, then each layer's weight.
 * @param {{ depth: number, width: number, init: string, options: Record<string, any>, activation: string, seed: number }} plan
 * @returns {Layer[]}
 */
export function propagate({ depth, width, init, options, activation, seed }) {
  const generator = new Generator(seed);
  const { value, slope } = ACTIVATIONS[activation];
  let signal = generator.normal(BATCH * width);
  let back = generator.normal(BATCH * width);
  const weights = [];
  /** @type {Float64Array[]} */
  const before = [];
  const layers = [];
  for (let layer = 0; layer < depth; layer++) {
    weights.push(INITS[init].fill([width, width], options, generator));
    before.push(forward(signal, weights[layer], width));
    signal = before[layer].map(value);
    const most = before[layer].reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    const zeros = signal.reduce((count, each) => count + (each === 0 ? 1 : 0), 0) / signal.length;
    layers.push({ values: signal, std: std(signal), gradient: 0, zeros, most });
  }
  for (let layer = depth - 1; layer >= 0; layer--) {
    layers[layer].gradient = std(back);
    const through = back.map((each, index) => each * slope(before[layer][index]));
    back = backward(through, weights[layer], width);
  }
  return layers;
}
