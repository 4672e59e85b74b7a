// One rule per scheduler of torch 2.13 that stands alone: its options, and the rate that `step()` sets. The recursive forms are
// torch's own, operation by operation, because their rounding shows. `closed` is what a SequentialLR asks at its milestone.

/** @import { Spec, State } from "../ui/spec.js" */
import { choice, flag, integer, linear, log, numbers } from "../ui/spec.js";

/**
 * The optimizer's parameter group, as far as schedulers know it.
 * @typedef {{ lr: number, initial: number, momentum: number }} Group
 * What a rule may look at: the epoch, whether this is the step that the constructor makes, how often step() was called, the first
 * rate, and what the rule keeps.
 * @typedef {{ epoch: number, initial: boolean, count: number, base: number, group: Group, kept: Record<string, number> }} At
 * @typedef {object} Rule
 * @property {string} label torch's name
 * @property {Spec} options
 * @property {(at: At, options: State) => number} rate
 * @property {(epoch: number, base: number, options: State) => number} [closed]
 * @property {(at: At, options: State) => void} [begin] what the constructor does before its step
 * @property {(at: At, options: State) => void} [advance] what step() does before it asks for the rate
 */

/** Functions of the epoch for LambdaLR, in both languages. @type {Record<string, (epoch: number) => number>} */
export const LAMBDAS = {
  "0.95 ** epoch": (epoch) => 0.95 ** epoch,
  "1 / (1 + 0.1 * epoch)": (epoch) => 1 / (1 + 0.1 * epoch),
  "min(1.0, (epoch + 1) / 10)": (epoch) => Math.min(1, (epoch + 1) / 10),
  "(epoch + 1) ** -0.5": (epoch) => (epoch + 1) ** -0.5,
  "0.5 ** (epoch // 20)": (epoch) => 0.5 ** Math.floor(epoch / 20),
};

/** Factors from one epoch to the next for MultiplicativeLR. @type {Record<string, (epoch: number) => number>} */
export const FACTORS = {
  "0.95": () => 0.95,
  "epoch / (epoch + 1)": (epoch) => epoch / (epoch + 1),
  "0.5 if epoch % 20 == 0 else 1.0": (epoch) => (epoch % 20 === 0 ? 0.5 : 1),
  "1.1 if epoch < 20 else 0.97": (epoch) => (epoch < 20 ? 1.1 : 0.97),
  "1.0 - 0.0005 * epoch": (epoch) => 1 - 0.0005 * epoch,
};

/** @param {number[]} milestones @param {number} epoch */
const passed = (milestones, epoch) => milestones.filter((milestone) => milestone <= epoch).length;

/** @param {string} kind @param {number} from @param {number} to @param {number} part */
function anneal(kind, from, to, part) {
  return kind === "cos" ? to + (from - to) / 2 * (Math.cos(Math.PI * part) + 1) : (to - from) * part + from;
}

/** @param {At} at @param {State} options */
function oneCycle({ epoch, group }, options) {
  const { max_lr, total_steps, pct_start, anneal_strategy, three_phase } = options;
  if (epoch > total_steps) return NaN; // torch raises
  const first = max_lr / options.div_factor;
  const last = first / options.final_div_factor;
  const [high, low] = [options.max_momentum, options.base_momentum];
  const rest = three_phase
    ? [[2 * pct_start * total_steps - 2, max_lr, first, low, high], [total_steps - 1, first, last, high, high]]
    : [[total_steps - 1, max_lr, last, low, high]];
  const phases = [[pct_start * total_steps - 1, first, max_lr, high, low], ...rest];
  let start = 0;
  for (const [index, [end, from, to, momentumFrom, momentumTo]] of phases.entries()) {
    if (epoch <= end || index === phases.length - 1) {
      const part = (epoch - start) / (end - start);
      if (options.cycle_momentum) group.momentum = anneal(anneal_strategy, momentumFrom, momentumTo, part);
      return anneal(anneal_strategy, from, to, part);
    }
    start = end;
  }
  return NaN;
}

/** @param {At} at @param {State} options */
function cyclic({ epoch, group, base, kept }, options) {
  // The constructor's own step still counts from the optimizer's first rate: torch sets base_lrs after it.
  const low = kept.made ? options.base_lr : base;
  kept.made = 1;
  const total = options.step_size_up + options.step_size_down;
  const ratio = options.step_size_up / total;
  const cycle = Math.floor(1 + epoch / total);
  const x = 1 + epoch / total - cycle;
  const part = x <= ratio ? x / ratio : (x - 1) / (ratio - 1);
  const scales = { triangular: 1, triangular2: 1 / 2 ** (cycle - 1), exp_range: options.gamma ** epoch };
  const scale = scales[/** @type {keyof typeof scales} */ (options.mode)];
  if (options.cycle_momentum) {
    group.momentum = options.max_momentum - (options.max_momentum - options.base_momentum) * part * scale;
  }
  return low + (options.max_lr - low) * part * scale;
}

/** @param {At} at @param {State} options */
function cosine({ epoch, initial, count, base, group }, { T_max, eta_min }) {
  if (initial) return group.lr;
  if (count === 1 && epoch > 0) return eta_min + (base - eta_min) * (1 + Math.cos(epoch * Math.PI / T_max)) / 2;
  if ((epoch - 1 - T_max) % (2 * T_max) === 0) {
    return group.lr + (base - eta_min) * (1 - Math.cos(Math.PI / T_max)) / 2;
  }
  const ratio = (1 + Math.cos(Math.PI * epoch / T_max)) / (1 + Math.cos(Math.PI * (epoch - 1) / T_max));
  return ratio * (group.lr - eta_min) + eta_min;
}

/** @param {At} at @param {State} options */
function linearRate({ epoch, initial, group }, { start_factor, end_factor, total_iters }) {
  if (epoch === 0) return group.lr * start_factor;
  if (initial || epoch > total_iters) return group.lr;
  const rise = end_factor - start_factor;
  return group.lr * (1 + rise / (total_iters * start_factor + (epoch - 1) * rise));
}

/** @param {At} at @param {State} options */
function swa({ count, group }, { swa_lr, anneal_epochs, anneal_strategy }) {
  const share = (/** @type {number} */ part) => anneal_strategy === "cos" ? (1 - Math.cos(Math.PI * part)) / 2 : part;
  const clipped = (/** @type {number} */ part) => Math.max(0, Math.min(1, part));
  const step = anneal_epochs === 0 ? Math.max(1, count - 1) : count - 1;
  const before = share(clipped((step - 1) / Math.max(1, anneal_epochs)));
  const now = share(clipped(step / Math.max(1, anneal_epochs)));
  const from = before === 1 ? swa_lr : (group.lr - before * swa_lr) / (1 - before);
  return swa_lr * now + from * (1 - now);
}

/** @type {Record<string, Rule>} */
export const RULES = {
  lambda_lr: {
    label: "LambdaLR",
    options: { lr_lambda: choice(Object.keys(LAMBDAS)) },
    rate: ({ epoch, base }, { lr_lambda }) => base * LAMBDAS[lr_lambda](epoch),
  },
  multiplicative_lr: {
    label: "MultiplicativeLR",
    options: { lr_lambda: choice(Object.keys(FACTORS)) },
    rate: ({ epoch, initial, group }, { lr_lambda }) => initial ? group.lr : group.lr * FACTORS[lr_lambda](epoch),
  },
  step_lr: {
    label: "StepLR",
    options: { step_size: integer(1, 100, 30), gamma: linear(0.01, 1, 0.3, 0.01) },
    rate: ({ epoch, group }, { step_size, gamma }) =>
      epoch === 0 || epoch % step_size !== 0 ? group.lr : group.lr * gamma,
    closed: (epoch, base, { step_size, gamma }) => base * gamma ** Math.floor(epoch / step_size),
  },
  multi_step_lr: {
    label: "MultiStepLR",
    options: { milestones: numbers(0, 1000, [30, 80], 8, true), gamma: linear(0.01, 1, 0.3, 0.01) },
    rate: ({ epoch, group }, { milestones, gamma }) => {
      const times = milestones.filter((/** @type {number} */ milestone) => milestone === epoch).length;
      return times ? group.lr * gamma ** times : group.lr;
    },
    closed: (epoch, base, { milestones, gamma }) => base * gamma ** passed(milestones, epoch),
  },
  constant_lr: {
    label: "ConstantLR",
    options: { factor: linear(0.01, 1, 0.3, 0.01), total_iters: integer(0, 100, 20) },
    rate: ({ epoch, group }, { factor, total_iters }) => {
      if (epoch === 0) return group.lr * factor;
      return epoch === total_iters ? group.lr * (1 / factor) : group.lr;
    },
    closed: (epoch, base, { factor, total_iters }) => base * (factor + (epoch >= total_iters ? 1 : 0) * (1 - factor)),
  },
  linear_lr: {
    label: "LinearLR",
    options: {
      start_factor: linear(0.01, 1, 0.1, 0.01),
      end_factor: linear(0, 1, 1, 0.01),
      total_iters: integer(1, 100, 20),
    },
    rate: linearRate,
    closed: (epoch, base, { start_factor, end_factor, total_iters }) =>
      base * (start_factor + (end_factor - start_factor) * Math.min(total_iters, epoch) / total_iters),
  },
  exponential_lr: {
    label: "ExponentialLR",
    options: { gamma: linear(0.8, 1, 0.96, 0.005) },
    rate: ({ initial, group }, { gamma }) => initial ? group.lr : group.lr * gamma,
    closed: (epoch, base, { gamma }) => base * gamma ** epoch,
  },
  polynomial_lr: {
    label: "PolynomialLR",
    options: { total_iters: integer(1, 1000, 100), power: linear(0.25, 4, 2, 0.25) },
    rate: ({ epoch, initial, group }, { total_iters, power }) =>
      initial || epoch > total_iters
        ? group.lr
        : group.lr * ((1 - epoch / total_iters) / (1 - (epoch - 1) / total_iters)) ** power,
    closed: (epoch, base, { total_iters, power }) => base * (1 - Math.min(total_iters, epoch) / total_iters) ** power,
  },
  cosine_annealing_lr: {
    label: "CosineAnnealingLR",
    options: { T_max: integer(2, 1000, 100), eta_min: linear(0, 0.1, 0, 0.001) },
    rate: cosine,
    closed: (epoch, base, { T_max, eta_min }) =>
      eta_min + (base - eta_min) * (1 + Math.cos(Math.PI * epoch / T_max)) / 2,
  },
  cosine_annealing_warm_restarts: {
    label: "CosineAnnealingWarmRestarts",
    options: { T_0: integer(1, 200, 20), T_mult: integer(1, 4, 2), eta_min: linear(0, 0.1, 0, 0.001) },
    begin: ({ kept }, { T_0 }) => Object.assign(kept, { now: -1, period: T_0 }),
    advance: ({ initial, kept }, { T_mult }) => {
      if (initial) kept.now = 0;
      else if (++kept.now >= kept.period) {
        kept.now %= kept.period;
        kept.period *= T_mult;
      }
    },
    rate: ({ base, kept }, { eta_min }) =>
      eta_min + (base - eta_min) * (1 + Math.cos(Math.PI * kept.now / kept.period)) / 2,
  },
  cyclic_lr: {
    label: "CyclicLR",
    options: {
      base_lr: log(1e-5, 1, 0.01),
      max_lr: log(1e-5, 1, 0.1),
      step_size_up: integer(1, 500, 20),
      step_size_down: integer(1, 500, 20),
      mode: choice(["triangular", "triangular2", "exp_range"]),
      gamma: linear(0.9, 1, 0.98, 0.005),
      cycle_momentum: flag(true),
      base_momentum: linear(0, 0.99, 0.8, 0.01),
      max_momentum: linear(0, 0.99, 0.9, 0.01),
    },
    begin: ({ group }, options) => {
      group.lr = options.base_lr;
      if (options.cycle_momentum) group.momentum = options.max_momentum;
    },
    rate: cyclic,
  },
  one_cycle_lr: {
    label: "OneCycleLR",
    options: {
      max_lr: log(1e-5, 10, 0.1),
      total_steps: integer(2, 1000, 100),
      pct_start: linear(0.05, 0.95, 0.3, 0.05),
      anneal_strategy: choice(["cos", "linear"]),
      cycle_momentum: flag(true),
      base_momentum: linear(0, 0.99, 0.85, 0.01),
      max_momentum: linear(0, 0.99, 0.95, 0.01),
      div_factor: log(1, 1000, 25),
      final_div_factor: log(1, 1e6, 1e4),
      three_phase: flag(),
    },
    begin: ({ group }, options) => {
      group.initial = options.max_lr / options.div_factor;
      if (options.cycle_momentum) group.momentum = options.max_momentum;
    },
    rate: oneCycle,
  },
  swa_lr: {
    label: "SWALR",
    options: {
      swa_lr: log(1e-5, 1, 0.02),
      anneal_epochs: integer(0, 100, 20),
      anneal_strategy: choice(["cos", "linear"]),
    },
    rate: swa,
  },
};
