// A batch that is cut into parts, for accumulation steps and ranks: how much every counted token weighs in the gradient
// under each way of averaging. Derived on losses/reduction.

import { Generator } from "./rng.js";

/** @typedef {{ lengths: number[], masked: number, accumulation: number, ranks: number, seed: number }} Plan */
/** @typedef {{ sequences: number[], counted: number, places: number }} Part numbers of its sequences, and sizes */

/** Sequences go round: the first to part 0, the second to part 1, and so on. @param {Plan} plan @returns {Part[]} */
export function parts({ lengths, masked, accumulation, ranks }) {
  const count = accumulation * ranks;
  return Array.from({ length: count }, (_, part) => {
    const sequences = lengths.map((_, index) => index).filter((index) => index % count === part);
    const sum = (/** @type {(length: number) => number} */ size) =>
      sequences.reduce((total, index) => total + size(lengths[index]), 0);
    return { sequences, counted: sum((length) => Math.max(length - masked, 0)), places: sum((length) => length) };
  });
}

/**
 * The ways, each as the weight of a token: of a sequence with `own` counted tokens, in `part`, among `all`.
 * @type {Record<string, (part: Part, own: number, plan: Plan, total: number) => number>}
 */
export const WAYS = {
  mean: (part, _own, { accumulation, ranks }) => 1 / (accumulation * ranks * part.counted),
  undivided: (part, _own, { ranks }) => 1 / (ranks * part.counted),
  places: (part, _own, { accumulation, ranks }) => 1 / (accumulation * ranks * part.places),
  sequences: (part, own, { accumulation, ranks }) => 1 / (accumulation * ranks * part.sequences.length * own),
  sum: (_part, _own, { ranks }) => 1 / ranks,
  total: (_part, _own, _plan, total) => 1 / total,
};

/**
 * Gradients of the tokens' losses at zero weights: cross entropy of two classes, two features. Short and long sequences
 * disagree about the second feature.
 * @param {Plan} plan
 * @returns {[number, number][]} sums over the counted tokens of each sequence, for the second class
 */
function gradients({ lengths, masked, seed }) {
  const total = lengths.reduce((a, b) => a + b);
  const x = new Generator(seed).normal(2 * total);
  const middle = total / lengths.length;
  let token = 0;
  return lengths.map((length) => {
    const sign = length > middle ? 1 : -1;
    /** @type {[number, number]} */
    const sum = [0, 0];
    for (let index = 0; index < length; index++, token++) {
      const [a, b] = [x[2 * token], x[2 * token + 1]];
      const slope = 0.5 - (a + sign * b > 0 ? 1 : 0);
      if (index < masked) continue;
      sum[0] += slope * a;
      sum[1] += slope * b;
    }
    return sum;
  });
}

/**
 * @param {Plan} plan
 * @returns {{ parts: Part[], total: number, ways: Record<string, { weights: number[], gradient: number[], error: number }> }}
 *   for each way a token's weight in each sequence (nan where it has no counted token), the gradient, and its distance
 *   from the right one, relative to that
 */
export function average(plan) {
  const cut = parts(plan);
  const total = cut.reduce((sum, { counted }) => sum + counted, 0);
  const own = plan.lengths.map((length) => Math.max(length - plan.masked, 0));
  const sums = gradients(plan);
  const weigh = (/** @type {string} */ name) => {
    const weights = own.map((count, index) => count ? WAYS[name](cut[index % cut.length], count, plan, total) : NaN);
    const gradient = [0, 1].map((feature) =>
      sums.reduce((sum, each, index) => own[index] ? sum + weights[index] * each[feature] : sum, 0)
    );
    return { weights, gradient };
  };
  const right = weigh("total").gradient;
  const ways = Object.fromEntries(
    Object.keys(WAYS).map((name) => {
      const { weights, gradient } = weigh(name);
      const error = Math.hypot(gradient[0] - right[0], gradient[1] - right[1]) / Math.hypot(...right);
      return [name, { weights, gradient, error }];
    }),
  );
  return { parts: cut, total, ways };
}
