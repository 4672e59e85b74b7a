// Bytes: parameters, gradients and what the optimizer keeps are exact, activations are at least. Pure.

import { argumentsOf } from "./tree.js";

/** @import { Program } from "./tree.js" */

// Numbers that each optimizer keeps for one parameter; the pages of this site measure them.
/** @type {Record<string, number | ((args: Record<string, any>) => number)>} */
const KEPT = {
  SGD: ({ momentum = 0 }) => momentum > 0 ? 1 : 0,
  Adam: ({ amsgrad = false }) => amsgrad ? 3 : 2,
  AdamW: ({ amsgrad = false }) => amsgrad ? 3 : 2,
  Adamax: 2,
  NAdam: 2,
  RAdam: 2,
  SparseAdam: 2,
  Adagrad: 1,
  Adadelta: 2,
  RMSprop: ({ momentum = 0, centered = false }) => 1 + (momentum > 0 ? 1 : 0) + (centered ? 1 : 0),
  Rprop: 2,
  ASGD: 1,
};

const BYTES = 4; // of a float32

/**
 * @param {Program} program @param {number} params @param {number} activations of one example @param {number} batch
 * @returns {{ params: number, grads: number, state: number | null, activations: number }} bytes; `state` is null where it
 * depends on the shapes (Adafactor, Muon) or on the history (LBFGS)
 */
export function memory(program, params, activations, batch) {
  const [name] = program.opt;
  const kept = KEPT[name];
  const each = typeof kept === "function" ? kept(argumentsOf(/** @type {any} */ (program.opt))) : kept;
  return {
    params: params * BYTES,
    grads: params * BYTES,
    state: each === undefined ? null : params * each * BYTES,
    activations: activations * batch * BYTES,
  };
}
