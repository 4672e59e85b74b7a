// The playground's worker: trains, at most some milliseconds at a time, and says what there is to see.

/** @import { State } from "./ui/spec.js" */
import { settingsOf } from "./model/playground.js";
import { load, Run } from "./model/run.js";
import { series } from "./model/series.js";
import { domainOf, gridOf, shotOf } from "./model/shot.js";

const BUDGET = 8; // ms of training between two pictures, and between two looks at what was asked meanwhile
const PATIENCE = 100; // ms until a long way shows where it is
const BUSY = 100; // ms after a picture in which other seeds wait

/** @type {Run} */
let run;
/** @type {Float64Array} */
let grid;
/** @type {number[]} */
let domain;
let order = 0; // of the latest start: answers to earlier ones are not wanted any more
let asked = 0; // when a picture was asked for
let latest = 0; // series
let turn = 0; // of the latest question: it ends a long way

const send = (/** @type {object} */ message) => postMessage({ order, ...message });
const show = () => send({ shot: shotOf(run, grid, domain), events: run.events });
const rest = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {number} most steps */
function train(most) {
  const end = performance.now() + BUDGET;
  for (let n = 0; n < most && run.advance(); n++) if (performance.now() > end) break;
}

/** All the way to a step, unless something else is asked meanwhile. @param {number} to */
async function reach(to) {
  for (const mine = ++turn; mine === turn;) {
    const end = performance.now() + PATIENCE;
    while (performance.now() < end && run.step < to && run.advance());
    show();
    if (run.step >= to || run.failure) return;
    await rest(0);
  }
}

/** Runs of other seeds, between the pictures of this one, until another start or series. @param {State} state */
async function others(state) {
  const mine = ++latest;
  let end = performance.now() + BUDGET;
  for (const ended of series(state)) {
    if (ended) send({ ended });
    if (performance.now() < end) continue;
    do await rest(0); while (mine === latest && performance.now() - asked < BUSY);
    if (mine !== latest) return;
    end = performance.now() + BUDGET;
  }
}

/** @type {Record<string, (message: any) => unknown>} */
const ORDERS = {
  start: ({ state, at }) => {
    latest++;
    run = new Run(settingsOf(state));
    domain = domainOf(run.settings);
    grid = gridOf(run.settings.sizes[0], domain);
    return reach(at);
  },
  to: ({ step }) => step > run.step ? reach(step) : (run.rewind(step), show()),
  go: ({ most }) => (train(most), show()),
  event: ({ name, value }) => (run.change(name, value), show()),
};

let loaded = Promise.resolve(); // what the run of the latest start needs

addEventListener("message", async ({ data }) => {
  if (data.do !== "series") turn++;
  if (data.do === "start") loaded = Promise.resolve(load(data.state.optimizer)).catch(reportError);
  await loaded; // all wait for the same, so they stay in order
  order = data.order;
  if (data.do === "series") return void others(data.state);
  asked = performance.now();
  void ORDERS[data.do](data);
});
