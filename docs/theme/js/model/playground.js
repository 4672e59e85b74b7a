// What can be set in the playground, and what a state means. One flat specification: options of a choice stand under
// `part.name.option` and keep their values while another name is chosen.

/** @import { Spec, State } from "../ui/spec.js" */
/** @import { Pair } from "./pair.js" */
/** @import { Points } from "./data.js" */
/** @import { Event } from "./events.js" */
import { choice, defaults, integer, linear, log, numbers } from "../ui/spec.js";
import { ACTIVATIONS } from "./activation.js";
import { dataOf, ownData, SOURCES } from "./data.js";
import { eventsOf } from "./events.js";
import { INITS } from "./init.js";
import { LOSSES } from "./loss.js";
import { DESCRIBED } from "./optim_specs.js";
import { PAIRS } from "./pair.js";
import { matters, SCHEDULES } from "./schedule.js";

/** A loss's options that make sense here. @param {string} loss @returns {Spec} */
function optionsFor(loss) {
  const { log_target: _, var: __, ...rest } = LOSSES[loss].options; // targets are 0 and 1; the network says the variance
  return rest;
}

/** Parts whose choice brings options of its own. @type {Record<string, Record<string, { options: Spec }>>} */
const PARTS = {
  init: INITS,
  loss: Object.fromEntries(
    Object.entries(PAIRS).map(([name, { loss }]) => [name, { options: optionsFor(loss) }]),
  ),
  optimizer: DESCRIBED,
  schedule: SCHEDULES,
};

const POSSIBLE = (/** @type {string} */ name) => name !== "sparse_adam"; // it takes sparse gradients only

/** What counts as learned: this share of the training points is right. */
export const ENOUGH = 0.9;

const BASE = {
  data: choice([...Object.keys(SOURCES), "own"], "moons"),
  points: integer(10, 300, 100),
  noise: linear(0, 1, 0.2, 0.05),
  flip: linear(0, 0.5, 0, 0.05),
  own: { ...numbers(-8, 8, [], 600), empty: true }, // x, y, class, one point after another
  own_class: choice(["0", "1"]), // of the points that are drawn next
  hidden: { ...numbers(1, 32, [8, 8], 12, true), empty: true },
  activation: choice(Object.keys(ACTIVATIONS), "tanh"),
  init: choice(["default", ...Object.keys(INITS)], "xavier_uniform"),
  bias: linear(-10, 10, 0, 0.5),
  loss: choice(Object.keys(PAIRS)),
  optimizer: choice(Object.keys(DESCRIBED).filter(POSSIBLE), "adam"),
  schedule: choice(["none", ...Object.keys(SCHEDULES)]),
  batch: integer(0, 300, 16),
  seed: integer(0, 9999, 0),
  seeds: integer(1, 10, 1), // runs, each with a seed of its own
  steps: integer(0, 5000, 300),
  events: { ...numbers(0, 5000, [], 60), empty: true }, // changes in the middle of the run, see events.js
};

/** @type {Spec} */
export const SPEC = { ...BASE };
for (const [part, table] of Object.entries(PARTS)) {
  for (const [name, { options }] of Object.entries(table)) {
    for (const [option, field] of Object.entries(options)) SPEC[`${part}.${name}.${option}`] = field;
  }
}
SPEC["optimizer.adam.lr"] = log(1e-5, 100, 0.01);
for (
  const place of [
    "",
    "sequential_lr.first.",
    "sequential_lr.second.",
    "chained_scheduler.first.",
    "chained_scheduler.second.",
  ]
) {
  SPEC[`schedule.${place}one_cycle_lr.total_steps`] = integer(2, 5000, 1000);
}

/** What belongs to a state: the base, and the options of what it chooses. @param {State} state @returns {string[]} */
export function shown(state) {
  const options = Object.keys(PARTS).flatMap((part) => {
    const own = optionsOf(state, part);
    return Object.keys(own).filter((option) => matters(option, own)).map((option) =>
      `${part}.${state[part]}.${option}`
    );
  });
  return [...Object.keys(BASE), ...options];
}

/** The options of one part. @param {State} state @param {string} part @returns {State} */
function optionsOf(state, part) {
  const start = `${part}.${state[part]}.`;
  return Object.fromEntries(
    Object.keys(SPEC).filter((key) => key.startsWith(start)).map((key) => [key.slice(start.length), state[key]]),
  );
}

/**
 * A training run's settings, consistent: where two choices do not go together, `notes` names the one that gave way.
 * @typedef {object} Settings
 * @property {State} state
 * @property {{ train: Points, test: Points }} data
 * @property {"class" | "value"} task
 * @property {Pair} pair
 * @property {string} loss name in PAIRS
 * @property {number[]} sizes
 * @property {string} activation
 * @property {{ name: string, options: State, bias: number }} init
 * @property {State} lossOptions
 * @property {{ name: string, options: State }} optimizer
 * @property {{ name: string, options: State }} schedule
 * @property {number} batch 0 for all points at once
 * @property {number} seed
 * @property {Event[]} events
 * @property {string[]} notes
 */

/** @param {State} state @returns {Settings} */
export function settingsOf(state) {
  const notes = [];
  const own = state.data === "own" && state.own.length >= 6;
  if (state.data === "own" && !own) notes.push("own");
  const source = own
    ? { task: /** @type {const} */ ("class"), inputs: 2, counts: false }
    : SOURCES[state.data === "own" ? "moons" : state.data];
  const data = own ? ownData(state.own) : dataOf(
    state.data === "own" ? "moons" : state.data,
    state.points,
    state.noise,
    state.flip,
    state.seed,
  );
  let [loss, init] = [state.loss, state.init];
  const { least } = PAIRS[loss];
  if (source.task === "value" && least !== "numbers" && !(least === "counts" && source.counts)) {
    loss = "mse";
    notes.push(least === "counts" ? "counts" : "loss");
  }
  if (init === "dirac") [init] = ["default", notes.push("init")];
  const pair = PAIRS[loss];
  const optimizer = { name: state.optimizer, options: optionsOf(state, "optimizer") };
  if (optimizer.options.nesterov && state.optimizer === "sgd" && !(optimizer.options.momentum > 0)) {
    optimizer.options.nesterov = false;
    notes.push("nesterov");
  }
  if (optimizer.options.nesterov && optimizer.options.dampening > 0) {
    optimizer.options.dampening = 0;
    notes.push("dampening");
  }
  const schedule = { name: state.schedule, options: optionsOf(state, "schedule") };
  const moves = "momentum" in optimizer.options || "beta1" in optimizer.options;
  if (!moves || state.optimizer === "muon") {
    const cycling = Object.keys(schedule.options).filter((option) => option.endsWith("cycle_momentum"));
    if (cycling.some((option) => schedule.options[option] && matters(option, schedule.options))) {
      notes.push("cycle_momentum");
    }
    for (const option of cycling) schedule.options[option] = false;
  }
  const full = state.optimizer === "lbfgs" || state.batch === 0 || state.batch >= data.train.y.length;
  if (state.optimizer === "lbfgs" && state.batch !== 0) notes.push("batch");
  return {
    state,
    data,
    task: source.task,
    pair,
    loss,
    sizes: [source.inputs, ...state.hidden, pair.outputs],
    activation: state.activation,
    init: { name: init, options: optionsOf({ ...state, init }, "init"), bias: state.bias },
    lossOptions: { ...defaults(LOSSES[pair.loss].options), ...optionsOf({ ...state, loss }, "loss") },
    optimizer,
    schedule,
    batch: full ? 0 : state.batch,
    seed: state.seed,
    events: eventsOf(state.events, DESCRIBED[state.optimizer].options),
    notes,
  };
}
