// All 15 optimizers of torch 2.13 over arrays of doubles. What torch changes in place is changed in place.

/** @import { State } from "../ui/spec.js" */
/** @import { Memory } from "./lbfgs.js" */
import { choice, defaults, flag, integer, linear, log } from "../ui/spec.js";
import * as lbfgs from "./lbfgs.js";
import { adafactor, muon } from "./optim_matrix.js";
import { keptFor, PLAIN, printed } from "./optim_plain.js";
import { DECAY, RULES } from "./optim_rules.js";
import { size } from "./shape.js";

/** @typedef {import("./optim_plain.js").Optimizer} Optimizer */

const ADAFACTOR = {
  lr: log(1e-5, 1, 0.01),
  beta2_decay: linear(-1, 0, -0.8, 0.05),
  eps1: log(1e-20, 1e-3, 2 ** -52), // torch's default: what the type can tell from 1
  eps2: log(1e-6, 1, 1e-3),
  d: linear(1, 5, 1, 0.1),
  weight_decay: DECAY,
};

const MUON = {
  lr: log(1e-5, 10, 0.02),
  weight_decay: linear(0, 1, 0.1, 0.01),
  momentum: linear(0, 0.999, 0.95, 0.01),
  nesterov: flag(true),
  eps: log(1e-9, 1e-3, 1e-7),
  ns_steps: integer(1, 10, 5),
  adjust_lr_fn: choice(["original", "match_rms_adamw"]),
};

const LBFGS = {
  lr: log(1e-3, 10, 1),
  max_iter: integer(1, 50, 20),
  tolerance_grad: log(1e-12, 1e-2, 1e-7),
  tolerance_change: log(1e-14, 1e-3, 1e-9),
  history_size: integer(1, 100, 100),
  line_search_fn: choice(["none", "strong_wolfe"]),
};

/** What AdamW does with the parameters that Muon refuses. @param {State} options */
const beside = (options) => ({ ...defaults(RULES.adamw.options), lr: options.lr });

/** @type {Record<string, Optimizer>} */
export const OPTIMIZERS = {
  ...PLAIN,
  adafactor: {
    label: "Adafactor",
    options: ADAFACTOR,
    closure: false,
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
    torch: printed("Adafactor", ADAFACTOR),
  },
  muon: {
    label: "Muon",
    options: MUON,
    closure: false,
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
    torch: printed("Muon", MUON),
  },
  lbfgs: {
    label: "LBFGS",
    options: LBFGS,
    closure: true,
    init: () => lbfgs.begin(),
    step: (params, _grads, state, options, evaluate) => {
      if (!evaluate) throw new TypeError("LBFGS evaluates the loss by itself: pass `evaluate`");
      lbfgs.step(params, evaluate, /** @type {Memory} */ (state), options);
    },
    torch: printed("LBFGS", LBFGS),
  },
};

/** AdamW's constructor for what Muon refuses, as Python writes it. @param {State} options @param {string} params */
export const besideMuon = (options, params) => OPTIMIZERS.adamw.torch(beside(options), params);
