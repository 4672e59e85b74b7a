// What the tests of the home page's experiment call.

import { explorer } from "../../docs/theme/js/decision.js";
import { STEPS, Training } from "../../docs/theme/js/model/decision.js";

/** @import { Decisions } from "../../docs/theme/js/model/decision.js" */

export const choices = () =>
  Object.fromEntries(
    Object.entries(explorer.spec).map((
      [key, field],
    ) => [key, /** @type {import("../../docs/theme/js/ui/spec.js").Choice} */ (field).values]),
  );

/** @param {Decisions} decisions */
export const program = (decisions) => explorer.program?.(decisions);

/** The line after some steps. @param {Decisions} decisions @param {number} [steps] */
export function line(decisions, steps = STEPS) {
  const run = new Training(decisions);
  run.advance(steps);
  return run.out();
}

/** How many frames the figure asks for, and what it shows then. @param {Decisions} decisions */
export function shown(decisions) {
  for (let frames = 1;; frames++) {
    const result = explorer.model(decisions);
    if (!explorer.unfinished?.(result)) return { frames, out: result.out, taken: result.taken };
  }
}
