// The schedulers of torch 2.13: rates step by step, and the line of Python that gives the same. `makeSchedule` follows a training
// run; `SCHEDULES[name].rates` gives a whole curve.

/** @import { Spec, State } from "../ui/spec.js" */
/** @import { At, Group, Rule } from "./schedule_rules.js" */
import { choice, defaults, integer, linear, log } from "../ui/spec.js";
import { call, keywords, literal } from "./python.js";
import { RULES } from "./schedule_rules.js";

/**
 * @typedef {object} Scheduler
 * @property {(metric?: number) => void} step
 * @property {() => void} restart the constructor's step once more, as SequentialLR asks for it
 * @property {() => void} undo one epoch back
 * @property {(epoch: number) => void} jump to an epoch, as SequentialLR does at a milestone
 */

const module = "torch.optim.lr_scheduler.";

/** Curves of a measured loss for ReduceLROnPlateau, in both languages. @type {Record<string, (epoch: number) => number>} */
export const METRICS = {
  "max(0.4, 0.95 ** epoch)": (epoch) => Math.max(0.4, 0.95 ** epoch),
  "0.97 ** epoch": (epoch) => 0.97 ** epoch,
  "1.0": () => 1,
  "0.9 ** (epoch // 10)": (epoch) => 0.9 ** Math.floor(epoch / 10),
};

/** @param {Rule} rule @param {State} options @param {Group} group @returns {Scheduler} */
function alone(rule, options, group) {
  /** @type {At} */
  const at = { epoch: -1, initial: false, count: 0, base: 0, group, kept: {} };
  const step = () => {
    at.count++;
    at.epoch++;
    rule.advance?.(at, options);
    group.lr = rule.rate(at, options);
  };
  const restart = () => {
    at.count = 0;
    at.initial = true;
    step();
    at.initial = false;
  };
  const jump = (/** @type {number} */ epoch) => {
    at.epoch = epoch;
    group.lr = rule.closed ? rule.closed(epoch, at.base, options) : rule.rate(at, options);
  };
  rule.begin?.(at, options);
  if (Number.isNaN(group.initial)) group.initial = group.lr;
  at.base = group.initial;
  restart();
  return { step, restart, undo: () => void at.epoch--, jump };
}

/** @param {State} options @param {Group} group @returns {Scheduler} */
function plateau(options, group) {
  const sign = options.mode === "min" ? 1 : -1;
  let [best, bad, cooling] = [sign * Infinity, 0, 0];
  const better = (/** @type {number} */ metric) => {
    const { threshold } = options;
    const bar = options.threshold_mode === "rel" ? best * (1 - sign * threshold) : best - sign * threshold;
    return sign > 0 ? metric < bar : metric > bar;
  };
  const step = (metric = NaN) => {
    if (better(metric)) [best, bad] = [metric, 0];
    else bad++;
    if (cooling > 0) {
      cooling--;
      bad = 0;
    }
    if (bad > options.patience) {
      const lower = Math.max(group.lr * options.factor, options.min_lr);
      if (group.lr - lower > options.eps) group.lr = lower;
      [cooling, bad] = [options.cooldown, 0];
    }
  };
  return { step, restart: () => {}, undo: () => {}, jump: () => {} };
}

/** @param {State} options @param {Group} group @returns {Scheduler} */
function sequential(options, group) {
  const parts = children(options).map(([name, own]) => alone(RULES[name], own, group));
  let epoch = 0;
  group.lr = group.initial;
  for (const part of parts) part.undo();
  parts[0].restart();
  const step = () => {
    epoch++;
    if (epoch === options.milestone) parts[1].jump(0);
    else parts[epoch < options.milestone ? 0 : 1].step();
  };
  return { step, restart: () => {}, undo: () => {}, jump: () => {} };
}

/** @param {State} options @param {Group} group @returns {Scheduler} */
function chained(options, group) {
  const parts = children(options).map(([name, own]) => alone(RULES[name], own, group));
  return { step: () => parts.forEach((part) => part.step()), restart: () => {}, undo: () => {}, jump: () => {} };
}

/**
 * The two children of a compound: names, and options of their own under `first.name.…` and `second.name.…`.
 * @param {State} options
 * @returns {[string, State][]}
 */
function children(options) {
  return ["first", "second"].map((place) => {
    const name = options[place];
    const own = defaults(RULES[name].options);
    for (const key of Object.keys(own)) own[key] = options[`${place}.${name}.${key}`] ?? own[key];
    return [name, own];
  });
}

/** A choice of a child, and the options of each that could be chosen. @param {string} place @param {string} fallback @returns {Spec} */
function child(place, fallback) {
  const all = WITHIN.flatMap((name) =>
    Object.entries(RULES[name].options).map(([key, field]) => [`${place}.${name}.${key}`, field])
  );
  return { [place]: choice(WITHIN, fallback), ...Object.fromEntries(all) };
}

/** Whether an option matters: of a compound's children, only those of the chosen one. @param {string} option @param {State} options */
export function matters(option, options) {
  const [place, name] = option.split(".");
  return name === undefined || options[place] === name;
}

/** @param {string} name @param {State} options @param {number} [indent] of the line that it stands in */
function printed(name, options, indent = 0) {
  const rule = RULES[name];
  const place = name === "swa_lr" ? "torch.optim.swa_utils." : module;
  const rest = "lr_lambda" in rule.options
    ? [`lr_lambda=lambda epoch: ${options.lr_lambda}`]
    : keywords(rule.options, options);
  return call(place + rule.label, ["optimizer", ...rest], indent);
}

/** @param {string} label @param {State} options @param {string[]} before @param {string[]} after the list of children */
function compound(label, options, before, after) {
  const parts = children(options).map(([name, own]) => `        ${printed(name, own, 8)},\n`);
  const lines = (/** @type {string[]} */ all) => all.map((part) => `    ${part},\n`).join("");
  return `${module}${label}(\n${lines(before)}    [\n${parts.join("")}    ],\n${lines(after)})`;
}

// What can stand in a SequentialLR at either place, in torch as well: not a plateau, and no compound.
const WITHIN = Object.keys(RULES);

/**
 * @typedef {object} Schedule
 * @property {string} label torch's name
 * @property {Spec} options
 * @property {(options: State, group: Group) => Scheduler} make
 * @property {(options: State) => string} torch
 */

/** @type {Record<string, Schedule>} */
const MADE = {
  ...Object.fromEntries(
    Object.entries(RULES).map(([name, rule]) => [name, {
      label: rule.label,
      options: rule.options,
      make: (/** @type {State} */ options, /** @type {Group} */ group) => alone(rule, options, group),
      torch: (/** @type {State} */ options) => printed(name, options),
    }]),
  ),
  reduce_lr_on_plateau: {
    label: "ReduceLROnPlateau",
    options: {
      mode: choice(["min", "max"]),
      factor: linear(0.05, 0.95, 0.3, 0.05),
      patience: integer(0, 100, 10),
      threshold: log(1e-6, 0.1, 1e-4),
      threshold_mode: choice(["rel", "abs"]),
      cooldown: integer(0, 50, 0),
      min_lr: linear(0, 0.1, 0, 0.001),
      eps: log(1e-10, 1e-2, 1e-8),
    },
    make: plateau,
    torch: (options) => {
      const spec = MADE.reduce_lr_on_plateau.options;
      return call(`${module}ReduceLROnPlateau`, ["optimizer", ...keywords(spec, options)]);
    },
  },
  sequential_lr: {
    label: "SequentialLR",
    options: {
      ...child("first", "linear_lr"),
      ...child("second", "cosine_annealing_lr"),
      milestone: integer(1, 1000, 20),
    },
    make: sequential,
    torch: (options) => {
      const milestones = `milestones=[${literal(MADE.sequential_lr.options.milestone, options.milestone)}]`;
      return compound("SequentialLR", options, ["optimizer"], [milestones]);
    },
  },
  chained_scheduler: {
    label: "ChainedScheduler",
    options: { ...child("first", "linear_lr"), ...child("second", "exponential_lr") },
    make: chained,
    torch: (options) => compound("ChainedScheduler", options, [], []),
  },
};

/**
 * A scheduler on a parameter group, which it changes: `group.lr`, and `group.momentum` where it moves. Like torch's constructor, it
 * sets the first rate at once.
 * @param {string} name
 * @param {State} options
 * @param {Group} group with `initial` nan before the first scheduler
 */
export function makeSchedule(name, options, group) {
  return MADE[name].make(options, group);
}

/**
 * The rates of the first `steps` steps. ReduceLROnPlateau is given `metrics`, one number per step.
 * @param {string} name
 * @param {State} options
 * @param {number} steps
 * @param {number} baseLr
 * @param {number} momentum the optimizer's own
 * @param {(epoch: number) => number} metric
 */
function rates(name, options, steps, baseLr, momentum, metric) {
  const group = { lr: baseLr, initial: NaN, momentum };
  const scheduler = makeSchedule(name, options, group);
  const [lr, momenta] = [new Float64Array(steps), new Float64Array(steps)];
  for (let step = 0; step < steps; step++) {
    [lr[step], momenta[step]] = [group.lr, group.momentum];
    scheduler.step(metric(step));
  }
  const moves = momenta.some((value) => value !== momentum);
  return moves ? { lr, momentum: momenta } : { lr };
}

/**
 * All schedulers by name. `metric` names the loss that ReduceLROnPlateau sees, one of METRICS.
 * @type {Record<string, { label: string, options: Spec, torch: (options: State) => string,
 *   rates: (options: State, steps: number, baseLr: number, momentum?: number, metric?: string) =>
 *     { lr: Float64Array, momentum?: Float64Array } }>}
 */
export const SCHEDULES = Object.fromEntries(
  Object.entries(MADE).map(([name, { label, options, torch }]) => [name, {
    label,
    options,
    torch,
    rates: (state, steps, baseLr, momentum = 0.9, metric = Object.keys(METRICS)[0]) =>
      rates(name, state, steps, baseLr, momentum, METRICS[metric]),
  }]),
);
