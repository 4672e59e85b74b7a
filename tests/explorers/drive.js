// What the tests call: model functions whose arguments are not JSON, wrapped. No logic of its own.
import { ACTIVATIONS } from "../../docs/theme/js/model/activation.js";
import { fma } from "../../docs/theme/js/model/fma.js";
import { INITS, linearDefault } from "../../docs/theme/js/model/init.js";
import { LOSSES } from "../../docs/theme/js/model/loss.js";
import { Generator } from "../../docs/theme/js/model/rng.js";
import { METRICS, SCHEDULES } from "../../docs/theme/js/model/schedule.js";

/** @import { State } from "../../docs/theme/js/ui/spec.js" */

export const schedules = {
  specs: () => Object.fromEntries(Object.entries(SCHEDULES).map(([name, { options }]) => [name, options])),
  metrics: () => Object.keys(METRICS),
  /** @param {[string, State, number, number, number, string][]} cases */
  rates: (cases) =>
    cases.map(([name, options, steps, lr, momentum, metric]) => ({
      ...SCHEDULES[name].rates(options, steps, lr, momentum, metric),
      code: SCHEDULES[name].torch(options),
    })),
};

export const activations = {
  all: () =>
    Object.fromEntries(
      Object.entries(ACTIVATIONS).map(([name, { torch, gain, nonlinearity }]) => [name, { torch, gain, nonlinearity }]),
    ),
  /** @param {string} name @param {Float64Array} xs */
  at: (name, xs) => ({ value: xs.map(ACTIVATIONS[name].value), slope: xs.map(ACTIVATIONS[name].slope) }),
};

export const losses = {
  all: () => LOSSES,
  /** @param {string} name @param {[State, number][]} cases @param {Float64Array} xs */
  at: (name, cases, xs) =>
    cases.map(([options, target]) => ({
      value: xs.map((x) => LOSSES[name].value(x, target, options)),
      gradient: xs.map((x) => LOSSES[name].gradient(x, target, options)),
      torch: LOSSES[name].torch(options),
      evaluate: LOSSES[name].evaluate(target),
    })),
};

export const generator = {
  /** @param {number} seed @param {[string, ...unknown[]][]} calls */
  draws: (seed, calls) => {
    const made = new Generator(seed);
    return calls.map(([name, ...args]) => /** @type {any} */ (made)[name](...args));
  },
  /** @param {[number, number, number][]} triples */
  fma: (triples) => Float64Array.from(triples, ([x, y, z]) => fma(x, y, z)),
};

export const inits = {
  all: () => INITS,
  /** @param {[string, number[], State, number][]} cases */
  fill: (cases) => cases.map(([name, shape, options, seed]) => INITS[name].fill(shape, options, new Generator(seed))),
  /** @param {number} outputs @param {number} inputs @param {number} seed */
  linear: (outputs, inputs, seed) => linearDefault(outputs, inputs, new Generator(seed)),
};
