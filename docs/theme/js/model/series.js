// The same settings with several seeds, one run after another, as the printed program makes them.

/** @import { State } from "../ui/spec.js" */
import { ENOUGH, settingsOf } from "./playground.js";
import { Run } from "./run.js";

/**
 * What remains of one run of so many steps: the loss of each step's batch, what it ends with, and whether it learned.
 * @typedef {{ seed: number, steps: number, losses: Float64Array, train: number, test: number, right: number, learned: boolean }} Ended
 */

/**
 * Runs from `state.seed` on, `state.seeds` of them. Yields null after each step, and what a run ended with after its last: whoever
 * asks decides when to rest.
 * @param {State} state
 * @returns {Generator<Ended | null, void, void>}
 */
export function* series(state) {
  for (let seed = state.seed; seed < state.seed + state.seeds; seed++) {
    const run = new Run(settingsOf({ ...state, seed }), { told: false });
    const first = run.measure().train.loss;
    while (run.step < state.steps && run.advance()) yield null;
    const { train, test } = run.measure();
    // A loss may be negative, so "by half" is counted in its own size.
    const fell = train.loss <= first - Math.abs(first) / 2;
    const learned = !run.failure && (run.settings.task === "class" ? train.accuracy >= ENOUGH : fell);
    const losses = Float64Array.from(run.losses);
    yield { seed, steps: state.steps, losses, train: train.loss, test: test.loss, right: train.accuracy, learned };
  }
}
