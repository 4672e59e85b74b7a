// A stack of linear layers with one activation between them, in flat arrays: values forward, gradients backward.

/** @import { State } from "../ui/spec.js" */
/** @import { Generator } from "./rng.js" */
import { ACTIVATIONS } from "./activation.js";
import { INITS, linearDefault } from "./init.js";

/**
 * @typedef {{ sizes: number[], activation: string }} Shape inputs, hidden widths, outputs
 * @typedef {{ sums: Float64Array[], outs: Float64Array[] }} Passed before and after each activation; `outs[0]` is the input
 */

/** Weight and bias of each layer, as `net.parameters()` lists them. @param {number[]} sizes @returns {number[][]} */
export function shapesOf(sizes) {
  return sizes.slice(1).flatMap((width, layer) => [[width, sizes[layer]], [width]]);
}

/**
 * Start values, drawn in the order in which the printed program draws them.
 * @param {number[]} sizes @param {string} init a name of INITS, or "default" for nn.Linear's own @param {State} options
 * @param {number} bias the start of every bias, but with "default" @param {Generator} generator
 * @returns {Float64Array[]}
 */
export function start(sizes, init, options, bias, generator) {
  return sizes.slice(1).flatMap((width, layer) => {
    if (init === "default") {
      const { weight, bias: drawn } = linearDefault(width, sizes[layer], generator);
      return [weight, drawn];
    }
    return [INITS[init].fill([width, sizes[layer]], options, generator), new Float64Array(width).fill(bias)];
  });
}

/**
 * @param {Shape} shape @param {Float64Array[]} params @param {Float64Array} inputs rows one after another
 * @returns {Passed}
 */
export function forward({ sizes, activation }, params, inputs) {
  const { value } = ACTIVATIONS[activation];
  const [sums, outs] = [/** @type {Float64Array[]} */ ([]), [inputs]];
  const rows = inputs.length / sizes[0];
  for (let layer = 1; layer < sizes.length; layer++) {
    const [weight, bias, from] = [params[2 * layer - 2], params[2 * layer - 1], outs[layer - 1]];
    const [n, m] = [sizes[layer - 1], sizes[layer]];
    const sum = new Float64Array(rows * m);
    for (let row = 0; row < rows; row++) {
      for (let j = 0; j < m; j++) {
        let total = bias[j];
        for (let i = 0; i < n; i++) total += from[row * n + i] * weight[j * n + i];
        sum[row * m + j] = total;
      }
    }
    sums.push(sum);
    outs.push(layer === sizes.length - 1 ? sum : sum.map((x) => value(x)));
  }
  return { sums, outs };
}

/**
 * Gradients by all parameters, from the gradient by the outputs.
 * @param {Shape} shape @param {Float64Array[]} params @param {Passed} passed @param {Float64Array} last
 * @returns {{ grads: Float64Array[], flows: Float64Array[] }} and the gradient by each layer's sums
 */
export function backward({ sizes, activation }, params, { sums, outs }, last) {
  const { slope } = ACTIVATIONS[activation];
  const [grads, flows] = [new Array(params.length), new Array(sizes.length - 1)];
  let flow = last;
  for (let layer = sizes.length - 1; layer > 0; layer--) {
    const [weight, from] = [params[2 * layer - 2], outs[layer - 1]];
    const [n, m] = [sizes[layer - 1], sizes[layer]];
    const [byWeight, byBias, down] = [new Float64Array(n * m), new Float64Array(m), new Float64Array(from.length)];
    for (let row = 0; row < from.length / n; row++) {
      for (let j = 0; j < m; j++) {
        const grad = flow[row * m + j];
        byBias[j] += grad;
        for (let i = 0; i < n; i++) {
          byWeight[j * n + i] += grad * from[row * n + i];
          down[row * n + i] += grad * weight[j * n + i];
        }
      }
    }
    [grads[2 * layer - 2], grads[2 * layer - 1], flows[layer - 1]] = [byWeight, byBias, flow];
    if (layer > 1) flow = down.map((grad, at) => grad * slope(sums[layer - 2][at]));
  }
  return { grads, flows };
}
