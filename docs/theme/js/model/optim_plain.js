// The optimizers of torch 2.13 that look at one number at a time, with a state and a line of Python each. The other three, which
// weigh more, join them in optim.js.

/** @import { Spec, State } from "../ui/spec.js" */
/** @import { Evaluated } from "./lbfgs.js" */
/** @import { Kept } from "./optim_rules.js" */
import { RULES } from "./optim_rules.js";
import { call, literal } from "./python.js";
import { size } from "./shape.js";

/**
 * @typedef {object} Optimizer
 * @property {string} label torch's name
 * @property {Spec} options
 * @property {boolean} closure whether `step` needs to evaluate by itself
 * @property {(shapes: number[][], options: State) => any} init the state before the first step
 * @property {(params: Float64Array[], grads: Float64Array[], state: any, options: State, evaluate?: () => Evaluated) => void} step
 * @property {(options: State, params?: string) => string} torch the constructor, as Python writes it
 */

/** torch's pairs. @type {Record<string, string[]>} */
const PAIRS = {
  betas: ["beta1", "beta2"],
  etas: ["eta_minus", "eta_plus"],
  step_sizes: ["step_min", "step_max"],
  eps: ["eps1", "eps2"],
};

/** @param {Spec} spec @param {State} options */
function keywordsOf(spec, options) {
  return Object.keys(spec).flatMap((name) => {
    const [pair, parts] = Object.entries(PAIRS).find(([, names]) => names.includes(name)) ?? [];
    if (!pair || !parts) return `${name}=${literal(spec[name], options[name])}`;
    if (name !== parts[0]) return [];
    return `${pair}=(${parts.map((part) => literal(spec[part], options[part])).join(", ")})`;
  });
}

/** @param {string} label @param {Spec} spec @returns {Optimizer["torch"]} */
export const printed = (label, spec) => (options, params = "net.parameters()") =>
  call(`torch.optim.${label}`, [params, ...keywordsOf(spec, options)]);

/** @param {string} name @param {number[]} shape @param {State} options @returns {Kept} */
export function keptFor(name, shape, options) {
  const [rule, length] = [RULES[name], size(shape)];
  const kept = { t: 0, ...Object.fromEntries(rule.slots.map((slot) => [slot, new Float64Array(length)])) };
  rule.begin?.(kept, length, options);
  return kept;
}

/** @param {string} name @returns {Optimizer} */
function elementwise(name) {
  const { label, options: spec, update } = RULES[name];
  return {
    label,
    options: spec,
    closure: false,
    init: (shapes, options) => shapes.map((shape) => keptFor(name, shape, options)),
    step: (params, grads, state, options) => {
      params.forEach((param, k) => {
        state[k].t++;
        update(param, grads[k].slice(), state[k], options);
      });
    },
    torch: printed(label, spec),
  };
}

/** @type {Record<string, Optimizer>} */
export const PLAIN = Object.fromEntries(Object.keys(RULES).map((name) => [name, elementwise(name)]));
