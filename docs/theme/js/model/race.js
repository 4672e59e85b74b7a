// The race of the optimizers, by the rules of optimizers/paths: one start, one grid of learning rates, one criterion and
// as many gradients for each. Both surfaces have their minimum, 0, at (1, 1).

import { PLAIN } from "./optim_plain.js";

export const START = [-1.2, 1];
export const BUDGET = 100;
export const GRID = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
/**
 * torch's names, of the optimizers that are there at once and of those that are fetched when they are asked for.
 * @type {Record<string, string>}
 */
export const LABELS = {
  ...Object.fromEntries(Object.entries(PLAIN).map(([name, { label }]) => [name, label])),
  adafactor: "Adafactor",
  muon: "Muon",
  lbfgs: "LBFGS",
};
const LAST = 10; // losses that the score is the mean of

const [COS, SIN] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];

/**
 * @typedef {object} Surface
 * @property {(x: number, y: number) => { loss: number, gradient: [number, number] }} at
 * @property {(level: number, angle: number) => [number, number]} ring a point of the line where the loss is `level`
 */

/** @type {Record<string, Surface>} */
export const SURFACES = {
  bowl: {
    at: (x, y) => {
      const [along, across] = [COS * (x - 1) + SIN * (y - 1), COS * (y - 1) - SIN * (x - 1)];
      const loss = (along * along + 25 * across * across) / 2;
      return { loss, gradient: [COS * along - 25 * SIN * across, SIN * along + 25 * COS * across] };
    },
    ring: (level, angle) => {
      const [along, across] = [Math.sqrt(2 * level) * Math.cos(angle), Math.sqrt(2 * level) / 5 * Math.sin(angle)];
      return [1 + COS * along - SIN * across, 1 + SIN * along + COS * across];
    },
  },
  rosenbrock: {
    at: (x, y) => {
      const off = y - x * x;
      return { loss: (1 - x) * (1 - x) + 100 * off * off, gradient: [2 * (x - 1) - 400 * x * off, 200 * off] };
    },
    ring: (level, angle) => {
      const x = 1 - Math.sqrt(level) * Math.cos(angle);
      return [x, x * x + Math.sqrt(level) / 10 * Math.sin(angle)];
    },
  },
};

/** @typedef {{ lr: number, xs: number[], ys: number[], losses: number[], score: number }} Run */

let optimizers = PLAIN;

/** Fetch what these optimizers need. @param {string[]} names @returns {Promise<void> | undefined} nothing to wait for */
export function load(names) {
  if (names.every((name) => name in optimizers)) return undefined;
  return import("./optim.js").then(({ OPTIMIZERS }) => void (optimizers = OPTIMIZERS));
}

/**
 * Where the optimizer asks for its gradients. Everything but the learning rate keeps torch's default.
 * @param {string} name
 * @param {string} surface
 * @param {number} lr
 * @returns {Run}
 */
export function run(name, surface, lr) {
  const { init, step, options, closure } = optimizers[name];
  const settings = Object.fromEntries(Object.entries(options).map(([key, { fallback }]) => [key, fallback]));
  settings.lr = lr;
  const theta = [Float64Array.from(START)];
  const state = init([name === "muon" ? [1, 2] : [2]], settings); // Muon wants a matrix
  /** @type {Run} */
  const trace = { lr, xs: [], ys: [], losses: [], score: NaN };
  const evaluate = () => {
    const [x, y] = theta[0];
    const { loss, gradient } = SURFACES[surface].at(x, y);
    trace.xs.push(x);
    trace.ys.push(y);
    trace.losses.push(loss);
    return { loss, grads: [Float64Array.from(gradient)] };
  };
  while (trace.losses.length < BUDGET) {
    if (closure) step(theta, [], state, settings, evaluate);
    else step(theta, evaluate().grads, state, settings);
  }
  for (const list of [trace.xs, trace.ys, trace.losses]) list.length = BUDGET; // a line search may ask for more
  const mean = trace.losses.slice(-LAST).reduce((sum, loss) => sum + loss, 0) / LAST;
  return { ...trace, score: Number.isFinite(mean) ? mean : Infinity };
}

/** @type {Map<string, Run>} */
const known = new Map();

/**
 * The run with the grid's best learning rate; LBFGS, whose steps have a natural length, runs at 1.
 * @param {string} name
 * @param {string} surface
 * @returns {Run}
 */
export function best(name, surface) {
  const key = `${name} ${surface}`;
  let found = known.get(key);
  if (!found) {
    const runs = (name === "lbfgs" ? [1] : GRID).map((lr) => run(name, surface, lr));
    found = runs.reduce((a, b) => b.score < a.score ? b : a);
    known.set(key, found);
  }
  return found;
}
