// What the tests call: model functions whose arguments are not JSON, wrapped. No logic of its own.
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
