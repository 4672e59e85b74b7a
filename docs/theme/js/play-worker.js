// The playground's worker: trains, at most some milliseconds at a time, and says what there is to see.

/** @import { State } from "./ui/spec.js" */
/** @import { Event } from "./model/run.js" */
import { settingsOf } from "./model/playground.js";
import { Run } from "./model/run.js";
import { domainOf, gridOf, shotOf } from "./model/shot.js";

const BUDGET = 8; // ms of training between two pictures
const SEEDS = 10;

/** @type {Run} */
let run;
/** @type {Float64Array} */
let grid;
/** @type {number[]} */
let domain;
let order = 0; // of the latest start: answers to earlier ones are not wanted any more

const send = (/** @type {object} */ message) => postMessage({ order, ...message });
const show = () => send({ shot: shotOf(run, grid, domain), events: run.events });

/** @param {number} most steps */
function train(most) {
  const end = performance.now() + BUDGET;
  for (let n = 0; n < most && run.advance(); n++) if (performance.now() > end) break;
}

/** Other draws of the same settings, one after another, so that messages come between. @param {State} state @param {number} mine */
async function seeds(state, mine) {
  for (let k = 1; k < SEEDS && mine === order; k++) {
    const other = new Run(settingsOf({ ...state, seed: state.seed + k }));
    while (other.step < state.steps && other.advance());
    send({ seed: state.seed + k, losses: Float64Array.from(other.losses), failed: other.failure !== null });
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** @type {Record<string, (message: any) => void>} */
const ORDERS = {
  start: (/** @type {{ state: State, order: number, at: number, events: Event[] }} */ message) => {
    order = message.order;
    run = new Run(settingsOf(message.state), message.events);
    domain = domainOf(run.settings);
    grid = gridOf(run.settings.sizes[0], domain);
    while (run.step < message.at && run.advance());
    show();
  },
  go: ({ most }) => {
    train(most);
    show();
  },
  rewind: ({ step }) => {
    run.rewind(step);
    show();
  },
  event: ({ name, value }) => {
    run.change(name, value);
    show();
  },
  seeds: ({ state }) => void seeds(state, order),
};

addEventListener("message", ({ data }) => ORDERS[data.do](data));
