// What all 15 optimizers are called and take. Three of them weigh more than the others: their steps are in optim.js, which a page
// fetches when one of them is chosen.

/** @import { State } from "../ui/spec.js" */
/** @import { Optimizer } from "./optim_plain.js" */
import { choice, defaults, flag, integer, linear, log } from "../ui/spec.js";
import { PLAIN, printed } from "./optim_plain.js";
import { DECAY, RULES } from "./optim_rules.js";

/** @typedef {Pick<Optimizer, "label" | "options" | "closure" | "torch">} Described an optimizer without its steps */

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

/** @type {Record<"adafactor" | "muon" | "lbfgs", Described>} */
export const RARE = {
  adafactor: { label: "Adafactor", options: ADAFACTOR, closure: false, torch: printed("Adafactor", ADAFACTOR) },
  muon: { label: "Muon", options: MUON, closure: false, torch: printed("Muon", MUON) },
  lbfgs: { label: "LBFGS", options: LBFGS, closure: true, torch: printed("LBFGS", LBFGS) },
};

/** @type {Record<string, Described>} */
export const DESCRIBED = { ...PLAIN, ...RARE };

/** What AdamW does with the parameters that Muon refuses. @param {State} options */
export const beside = (options) => ({ ...defaults(RULES.adamw.options), lr: options.lr });

/** AdamW's constructor for what Muon refuses, as Python writes it. @param {State} options @param {string} params */
export const besideMuon = (options, params) => PLAIN.adamw.torch(beside(options), params);
