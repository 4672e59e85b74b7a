// The optimizers of torch 2.13 that look at one number at a time: what each keeps for a parameter, and its update, in the order of
// operations of torch's loop over tensors. That order keeps the two equal to the last digits.

/** @import { Spec, State } from "../ui/spec.js" */
import { flag, linear, log } from "../ui/spec.js";
import { adam, adamax, coupled, lerp, nadam, radam, sparseAdam } from "./optim_adam.js";

/**
 * What an update may look at: parameter and gradient (changed in place; the gradient is a copy), the state kept for it, the step, from 1.
 * @typedef {{ t: number } & Record<string, any>} Kept
 * @typedef {(p: Float64Array, g: Float64Array, kept: Kept, options: State) => void} Update
 * @typedef {object} Rule
 * @property {string} label torch's name
 * @property {Spec} options torch's own; a pair of torch's (betas) is two of ours
 * @property {string[]} slots arrays of the parameter's size that start at zero
 * @property {Update} update
 * @property {(kept: Kept, size: number, options: State) => void} [begin] what starts otherwise
 */

const LR = (/** @type {number} */ fallback) => log(1e-5, 100, fallback);
const BETA1 = linear(0, 0.999, 0.9, 0.001);
const BETA2 = linear(0, 0.9999, 0.999, 0.0001);
const EPS = log(1e-12, 1, 1e-8);
export const DECAY = linear(0, 1, 0, 0.001);

/** @param {number} decay @returns {Spec} */
const adamOptions = (decay) => ({
  lr: LR(0.001),
  beta1: BETA1,
  beta2: BETA2,
  eps: EPS,
  weight_decay: { ...DECAY, fallback: decay },
  amsgrad: flag(),
});

/** @type {Update} */
function sgd(p, g, kept, { lr, momentum, dampening, nesterov, weight_decay }) {
  coupled(p, g, weight_decay);
  if (momentum !== 0) {
    if (kept.buffer === null) kept.buffer = g.slice();
    else for (let i = 0; i < p.length; i++) kept.buffer[i] = kept.buffer[i] * momentum + (1 - dampening) * g[i];
  }
  for (let i = 0; i < p.length; i++) {
    const along = momentum === 0 ? g[i] : nesterov ? g[i] + momentum * kept.buffer[i] : kept.buffer[i];
    p[i] -= lr * along;
  }
}

/** @type {Update} */
function asgd(p, g, kept, { lr, lambd, alpha, t0, weight_decay }) {
  coupled(p, g, weight_decay);
  const { mean, eta, mu, t } = kept;
  for (let i = 0; i < p.length; i++) {
    p[i] = p[i] * (1 - lambd * eta) - eta * g[i];
    mean[i] = mu === 1 ? p[i] : mean[i] + (p[i] - mean[i]) * mu;
  }
  kept.eta = lr / (1 + lambd * lr * t) ** alpha;
  kept.mu = 1 / Math.max(1, t - t0);
}

/** @type {Update} */
function rprop(p, g, { before, sizes }, { eta_minus, eta_plus, step_min, step_max }) {
  for (let i = 0; i < p.length; i++) {
    const sign = Math.sign(g[i] * before[i]);
    const factor = sign > 0 ? eta_plus : sign < 0 ? eta_minus : 1;
    sizes[i] = Math.min(Math.max(sizes[i] * factor, step_min), step_max);
    if (sign < 0) g[i] = 0;
    p[i] -= Math.sign(g[i]) * sizes[i];
    before[i] = g[i];
  }
}

/** @type {Update} */
function adagrad(p, g, { sum, t }, { lr, lr_decay, eps, weight_decay }) {
  coupled(p, g, weight_decay);
  const rate = lr / (1 + (t - 1) * lr_decay);
  for (let i = 0; i < p.length; i++) {
    sum[i] += g[i] * g[i];
    p[i] -= rate * g[i] / (Math.sqrt(sum[i]) + eps);
  }
}

/** @type {Update} */
function adadelta(p, g, { v, moved }, { lr, rho, eps, weight_decay }) {
  coupled(p, g, weight_decay);
  for (let i = 0; i < p.length; i++) {
    v[i] = v[i] * rho + (1 - rho) * g[i] * g[i];
    const delta = Math.sqrt(moved[i] + eps) / Math.sqrt(v[i] + eps) * g[i];
    moved[i] = moved[i] * rho + (1 - rho) * delta * delta;
    p[i] -= lr * delta;
  }
}

/** @type {Update} */
function rmsprop(p, g, { v, mean, buffer }, { lr, alpha, eps, weight_decay, momentum, centered }) {
  coupled(p, g, weight_decay);
  for (let i = 0; i < p.length; i++) {
    v[i] = v[i] * alpha + (1 - alpha) * g[i] * g[i];
    if (centered) mean[i] = lerp(mean[i], g[i], 1 - alpha);
    const size = Math.sqrt(centered ? v[i] - mean[i] * mean[i] : v[i]) + eps;
    if (momentum > 0) buffer[i] = buffer[i] * momentum + g[i] / size;
    p[i] -= momentum > 0 ? lr * buffer[i] : lr * g[i] / size;
  }
}

/** @type {Record<string, Rule>} */
export const RULES = {
  sgd: {
    label: "SGD",
    options: {
      lr: LR(0.1),
      momentum: linear(0, 0.999, 0, 0.01),
      dampening: linear(0, 1, 0, 0.05),
      weight_decay: DECAY,
      nesterov: flag(),
    },
    slots: [],
    begin: (kept) => kept.buffer = null,
    update: sgd,
  },
  asgd: {
    label: "ASGD",
    options: {
      lr: LR(0.01),
      lambd: log(1e-6, 0.1, 1e-4),
      alpha: linear(0.5, 1, 0.75, 0.05),
      t0: log(1, 1e6, 1e6),
      weight_decay: DECAY,
    },
    slots: ["mean"],
    begin: (kept, _size, { lr }) => Object.assign(kept, { eta: lr, mu: 1 }),
    update: asgd,
  },
  rprop: {
    label: "Rprop",
    options: {
      lr: LR(0.01),
      eta_minus: linear(0.05, 0.95, 0.5, 0.05),
      eta_plus: linear(1.05, 2, 1.2, 0.05),
      step_min: log(1e-8, 1e-2, 1e-6),
      step_max: log(0.1, 100, 50),
    },
    slots: ["before"],
    begin: (kept, size, { lr }) => kept.sizes = new Float64Array(size).fill(lr),
    update: rprop,
  },
  adagrad: {
    label: "Adagrad",
    options: {
      lr: LR(0.01),
      lr_decay: linear(0, 1, 0, 0.01),
      weight_decay: DECAY,
      initial_accumulator_value: linear(0, 1, 0, 0.01),
      eps: log(1e-12, 1, 1e-10),
    },
    slots: [],
    begin: (kept, size, o) => kept.sum = new Float64Array(size).fill(o.initial_accumulator_value),
    update: adagrad,
  },
  adadelta: {
    label: "Adadelta",
    options: { lr: LR(1), rho: linear(0, 0.999, 0.9, 0.01), eps: log(1e-12, 1, 1e-6), weight_decay: DECAY },
    slots: ["v", "moved"],
    update: adadelta,
  },
  rmsprop: {
    label: "RMSprop",
    options: {
      lr: LR(0.01),
      alpha: linear(0, 0.999, 0.99, 0.01),
      eps: EPS,
      weight_decay: DECAY,
      momentum: linear(0, 0.999, 0, 0.01),
      centered: flag(),
    },
    slots: ["v", "mean", "buffer"],
    update: rmsprop,
  },
  adam: { label: "Adam", options: adamOptions(0), slots: ["m", "v", "highest"], update: adam(false) },
  adamw: { label: "AdamW", options: adamOptions(0.01), slots: ["m", "v", "highest"], update: adam(true) },
  adamax: {
    label: "Adamax",
    options: { lr: LR(0.002), beta1: BETA1, beta2: BETA2, eps: EPS, weight_decay: DECAY },
    slots: ["m", "highest"],
    update: adamax,
  },
  nadam: {
    label: "NAdam",
    options: {
      lr: LR(0.002),
      beta1: BETA1,
      beta2: BETA2,
      eps: EPS,
      weight_decay: DECAY,
      momentum_decay: linear(0, 0.1, 0.004, 0.001),
      decoupled_weight_decay: flag(),
    },
    slots: ["m", "v"],
    begin: (kept) => kept.product = 1,
    update: nadam,
  },
  radam: {
    label: "RAdam",
    options: {
      lr: LR(0.001),
      beta1: BETA1,
      beta2: BETA2,
      eps: EPS,
      weight_decay: DECAY,
      decoupled_weight_decay: flag(),
    },
    slots: ["m", "v"],
    update: radam,
  },
  sparse_adam: {
    label: "SparseAdam",
    options: { lr: LR(0.001), beta1: BETA1, beta2: BETA2, eps: EPS },
    slots: ["m", "v"],
    update: sparseAdam,
  },
};
