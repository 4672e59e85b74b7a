// Every layer's rule, and one call that asks it. Pure.

import { filled } from "../table.js";
import { CONVOLUTIONS } from "./conv.js";
import { FORMS } from "./form.js";
import { NORMS } from "./norm.js";
import { OWN } from "./own.js";
import { PADS } from "./pad.js";
import { POINTWISE } from "./pointwise.js";
import { POOLS } from "./pool.js";
import { SEQUENCES } from "./sequence.js";

/**
 * @import { Entry } from "../table.js"
 * @import { Args, Rule, Tensor } from "./torch.js"
 */

/** @type {Record<string, Rule>} */
export const RULES = { ...CONVOLUTIONS, ...FORMS, ...NORMS, ...OWN, ...PADS, ...POINTWISE, ...POOLS, ...SEQUENCES };

/**
 * A layer's complete arguments for an input: derived ones follow from it unless they are given.
 * @param {string} name @param {Entry} entry @param {Args} given @param {Tensor} x
 * @returns {Args}
 */
export function complete(name, entry, given, x) {
  return filled(entry, { ...RULES[name].derive?.(given, x), ...given });
}

/**
 * What comes out of a layer. Throws Refusal where torch refuses.
 * @param {string} name @param {Args} args complete ones @param {Tensor} x
 * @returns {Tensor}
 */
export function apply(name, args, x) {
  const rule = RULES[name];
  rule.make?.(args);
  return rule.forward(args, x);
}
