// What the tests call: model functions whose arguments are not JSON, wrapped. No logic of its own.
import { ACTIVATIONS } from "../../docs/theme/js/model/activation.js";
import { LOSSES } from "../../docs/theme/js/model/loss.js";
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
