// All 15 optimizers of torch 2.13 over arrays of doubles. What torch changes in place is changed in place.

/** @import { Memory } from "./lbfgs.js" */
import * as lbfgs from "./lbfgs.js";
import { adafactor, muon } from "./optim_matrix.js";
import { keptFor, PLAIN } from "./optim_plain.js";
import { RULES } from "./optim_rules.js";
import { beside, RARE } from "./optim_specs.js";
import { size } from "./shape.js";

/** @typedef {import("./optim_plain.js").Optimizer} Optimizer */

/** @type {Record<string, Optimizer>} */
export const OPTIMIZERS = {
  ...PLAIN,
  adafactor: {
    ...RARE.adafactor,
    init: (shapes) =>
      shapes.map((shape) =>
        shape.length > 1
          ? { t: 0, shape, row: new Float64Array(shape[0]), column: new Float64Array(shape[1]) }
          : { t: 0, shape, v: new Float64Array(size(shape)) }
      ),
    step: (params, grads, state, options) => {
      params.forEach((param, k) => {
        state[k].t++;
        adafactor(param, grads[k], state[k], options, state[k].shape);
      });
    },
  },
  muon: {
    ...RARE.muon,
    init: (shapes, options) =>
      shapes.map((shape) => ({
        shape,
        ...(shape.length === 2 ? { t: 0, buffer: new Float64Array(size(shape)) } : keptFor("adamw", shape, options)),
      })),
    step: (params, grads, state, options) => {
      params.forEach((param, k) => {
        state[k].t++;
        if (state[k].shape.length === 2) muon(param, grads[k], state[k], options, state[k].shape);
        else RULES.adamw.update(param, grads[k].slice(), state[k], beside(options));
      });
    },
  },
  lbfgs: {
    ...RARE.lbfgs,
    init: () => lbfgs.begin(),
    step: (params, _grads, state, options, evaluate) => {
      if (!evaluate) throw new TypeError("LBFGS evaluates the loss by itself: pass `evaluate`");
      lbfgs.step(params, evaluate, /** @type {Memory} */ (state), options);
    },
  },
};
