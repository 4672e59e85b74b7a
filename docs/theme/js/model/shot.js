// What the playground shows of a run at one step: numbers only, ready to be sent from the worker.

/** @import { Settings } from "./playground.js" */
/** @import { Run } from "./run.js" */

export const GRID = 60; // cells of the field along each side
const BINS = 24;

/**
 * All points, measured every some steps and now.
 * @typedef {{ steps: Float64Array, train: Float64Array, test: Float64Array, rightTrain: Float64Array, rightTest: Float64Array }} Told
 * @typedef {{ low: number, high: number, counts: number[] }} Histogram
 * @typedef {{ layer: number, spread: number, values: Histogram, grads: Histogram, dead: number, units: number, ratio: number }} Layer
 * @typedef {object} Shot
 * @property {number} step
 * @property {Float64Array} losses of each step's batch
 * @property {Float64Array} rates
 * @property {Told} told
 * @property {{ train: { loss: number, accuracy: number }, test: { loss: number, accuracy: number } }} measured
 * @property {Float64Array} field what the network says on the grid, row by row from below, or along x where there is one input
 * @property {number[]} domain left, right, bottom, top
 * @property {Layer[]} layers
 * @property {import("./run.js").Failure | null} failure
 */

/** The part of the plane that holds the data. @param {Settings} settings @returns {number[]} */
export function domainOf({ data: { train, test }, sizes: [inputs], task, state }) {
  if (state.data === "own") return [-4, 4, -4, 4];
  const column = (/** @type {number} */ k) =>
    [train, test].flatMap(({ x }) => [...x].filter((_, at) => at % inputs === k));
  const wide = (/** @type {number[]} */ values) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const room = 0.08 * (high - low || 1);
    return [low - room, high + room];
  };
  if (inputs === 1) return [...wide(column(0)), ...wide([...train.y, ...test.y])];
  const [x, y] = [wide(column(0)), wide(column(1))];
  if (task === "value") return [...x, ...y];
  const reach = Math.max(...[...x, ...y].map(Math.abs)); // one scale for both, so that circles are round
  return [-reach, reach, -reach, reach];
}

/** The inputs at which the field is asked. @param {number} inputs @param {number[]} domain */
export function gridOf(inputs, [left, right, bottom, top]) {
  if (inputs === 1) {
    return Float64Array.from({ length: 4 * GRID + 1 }, (_, k) => left + (right - left) * k / (4 * GRID));
  }
  const side = GRID + 1;
  return Float64Array.from({ length: side * side * inputs }, (_, at) => {
    const [cell, input] = [Math.floor(at / inputs), at % inputs];
    if (input === 0) return left + (right - left) * (cell % side) / GRID;
    return input === 1 ? bottom + (top - bottom) * Math.floor(cell / side) / GRID : 0;
  });
}

/** @param {Float64Array} values @returns {Histogram} */
function histogram(values) {
  const usable = values.filter(Number.isFinite);
  const [low, high] = [
    usable.reduce((a, b) => Math.min(a, b), Infinity),
    usable.reduce((a, b) => Math.max(a, b), -Infinity),
  ];
  const counts = new Array(BINS).fill(0);
  for (const value of usable) counts[Math.min(BINS - 1, Math.floor(BINS * (value - low) / (high - low || 1)))]++;
  return { low, high, counts };
}

/** @param {Float64Array} values */
const rms = (values) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

/** What happens in each hidden layer, on all training points. @param {Run} run @returns {Layer[]} */
function layersOf(run) {
  const { passed, flows } = run.evaluate(run.settings.data.train);
  const { sizes } = run.settings;
  return sizes.slice(1, -1).map((units, k) => {
    const [values, flow] = [passed.outs[k + 1], flows[k]];
    let dead = 0;
    for (let unit = 0; unit < units; unit++) {
      let silent = true;
      for (let at = unit; at < values.length && silent; at += units) silent = values[at] === 0;
      if (silent) dead++;
    }
    return {
      layer: k + 1,
      spread: rms(values),
      values: histogram(values),
      grads: histogram(flow),
      dead,
      units,
      ratio: run.ratios[2 * k] ?? NaN,
    };
  });
}

/** @param {Run} run @param {ReturnType<Run["measure"]>} now @returns {Told} */
function toldOf({ history, step }, now) {
  const all = history.at(-1)?.step === step ? history : [...history, { step, ...now }];
  return {
    steps: Float64Array.from(all, (each) => each.step),
    train: Float64Array.from(all, (each) => each.train.loss),
    test: Float64Array.from(all, (each) => each.test.loss),
    rightTrain: Float64Array.from(all, (each) => each.train.accuracy),
    rightTest: Float64Array.from(all, (each) => each.test.accuracy),
  };
}

/** @param {Run} run @param {Float64Array} grid @param {number[]} domain @returns {Shot} */
export function shotOf(run, grid, domain) {
  const measured = run.measure();
  return {
    step: run.step,
    losses: Float64Array.from(run.losses),
    rates: Float64Array.from(run.rates),
    told: toldOf(run, measured),
    measured,
    field: run.at(grid),
    domain,
    layers: layersOf(run),
    failure: run.failure,
  };
}
