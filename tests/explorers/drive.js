// What the tests call: model functions whose arguments are not JSON, wrapped. No logic of its own.
import { ACTIVATIONS } from "../../docs/theme/js/model/activation.js";
import { fma } from "../../docs/theme/js/model/fma.js";
import { INITS, linearDefault } from "../../docs/theme/js/model/init.js";
import { LOSSES } from "../../docs/theme/js/model/loss.js";
import { OPTIMIZERS } from "../../docs/theme/js/model/optim.js";
import { besideMuon } from "../../docs/theme/js/model/optim_specs.js";
import { orthogonalize } from "../../docs/theme/js/model/optim_matrix.js";
import { settingsOf, shown, SPEC } from "../../docs/theme/js/model/playground.js";
import { program } from "../../docs/theme/js/model/program.js";
import { load, Run } from "../../docs/theme/js/model/run.js";
import { series } from "../../docs/theme/js/model/series.js";
import { domainOf, gridOf, shotOf } from "../../docs/theme/js/model/shot.js";
import { LESSONS } from "../../docs/theme/js/model/lessons.js";
import { series as drawSeries } from "../../docs/theme/js/ui/play_folded.js";
import { Words } from "../../docs/theme/js/ui/words.js";
import { render } from "../../docs/theme/js/ui/build_playground.js";
import { defaults, print } from "../../docs/theme/js/ui/spec.js";
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

/** Evaluates one of two surfaces, for LBFGS. @param {string} surface @param {Float64Array[]} params */
function surface(surface, [p]) {
  if (surface === "valley") {
    const [x, y] = p;
    const bend = y - x * x;
    return {
      loss: (1 - x) ** 2 + 20 * bend * bend,
      grads: [Float64Array.of(-2 * (1 - x) - 80 * x * bend, 40 * bend)],
    };
  }
  const weights = p.map((_, i) => 1 + 3 * i);
  return { loss: p.reduce((sum, x, i) => sum + weights[i] * x * x / 2, 0), grads: [p.map((x, i) => weights[i] * x)] };
}

/** @param {Float64Array} row @param {number[][]} shapes */
function cut(row, shapes) {
  let at = 0;
  return shapes.map((shape) => row.slice(at, at += shape.reduce((product, length) => product * length, 1)));
}

export const optimizers = {
  all: () =>
    Object.fromEntries(
      Object.entries(OPTIMIZERS).map(([name, { label, options, closure }]) => [name, { label, options, closure }]),
    ),
  /** @param {string} name @param {State} options @param {string} params */
  torch: (name, options, params) => OPTIMIZERS[name].torch(options, params),
  /** @param {State} options @param {string} params */
  beside: (options, params) => besideMuon(options, params),
  /**
   * All parameters after each step, with the gradients that torch had; everything in one row of numbers.
   * @param {string} name @param {State} options @param {number[][]} shapes @param {Float64Array} start @param {Float64Array} grads
   */
  fed: (name, options, shapes, start, grads) => {
    const state = OPTIMIZERS[name].init(shapes, options);
    const params = cut(start, shapes);
    const after = new Float64Array(grads.length);
    for (let at = 0; at < grads.length; at += start.length) {
      OPTIMIZERS[name].step(params, cut(grads.subarray(at, at + start.length), shapes), state, options);
      let to = at;
      for (const param of params) {
        after.set(param, to);
        to += param.length;
      }
    }
    return after;
  },
  /** @param {State} options @param {string} kind @param {Float64Array} start @param {number} steps */
  lbfgs: (options, kind, start, steps) => {
    const params = [start];
    const state = OPTIMIZERS.lbfgs.init([[start.length]], options);
    return Array.from({ length: steps }, () => {
      OPTIMIZERS.lbfgs.step(params, [], state, options, () => surface(kind, params));
      return { params: params[0].slice(), iterations: state.iterations, evaluations: state.evaluations };
    });
  },
  /** @param {[Float64Array, number[]][]} matrices */
  orthogonalize: (matrices) => matrices.map(([matrix, shape]) => orthogonalize(matrix, shape, 5, 1e-7)),
};

await load("lbfgs"); // and with it the others that pages fetch

/** @param {State} changed */
const settings = (changed) => settingsOf({ ...defaults(SPEC), ...changed });

export const playground = {
  spec: () => SPEC,
  /** @param {State} changed */
  shown: (changed) => shown({ ...defaults(SPEC), ...changed }),
  /** A run of some steps, and the program that makes the same. @param {State} changed @param {number} steps */
  run: (changed, steps) => {
    const run = new Run(settings({ ...changed, seeds: 1 }));
    while (run.step < steps && run.advance());
    const params = run.params.map((param) => param.slice());
    return {
      program: program(run.settings, steps),
      losses: run.losses,
      history: run.history.map(({ test }) => test.loss),
      failure: run.failure,
      params,
      measured: run.measure(),
      notes: run.settings.notes,
    };
  },
  /** To a step, back, and forth again. @param {State} changed @param {number} steps @param {number} back */
  rewound: (changed, steps, back) => {
    const run = new Run(settings(changed));
    const seen = () =>
      structuredClone({ losses: run.losses, rates: run.rates, params: run.params, history: run.history });
    while (run.step < steps && run.advance());
    const first = seen();
    run.rewind(back);
    const at = run.step;
    while (run.step < steps && run.advance());
    return { ...first, at, again: seen() };
  },
  /** Runs of several seeds, and the program that makes the same. @param {State} changed */
  series: (changed) => ({
    program: program(settings(changed), settings(changed).state.steps),
    ended: [...series({ ...defaults(SPEC), ...changed })].filter((each) => each),
  }),
  /** Changed at a step after a rewind, and the same change known from the start. @param {number} at @param {number} steps */
  changed: (at, steps) => {
    const run = new Run(settings({}));
    while (run.step < steps && run.advance());
    run.rewind(at);
    run.change("lr", 0.1);
    while (run.step < steps && run.advance());
    run.rewind(steps - 1);
    const known = new Run(settings({ events: [at, 0, 0.1] }));
    while (known.step < steps - 1 && known.advance());
    return [run, known].map(({ losses, history, params }) => ({ losses, history, params }));
  },
  /** Loss and gradients at given parameters. @param {State} changed @param {Float64Array[]} params */
  gradients: (changed, params) => {
    const run = new Run(settings(changed));
    run.params = params;
    const { loss, grads } = run.evaluate(run.settings.data.train);
    return { loss, grads, x: run.settings.data.train.x, y: run.settings.data.train.y };
  },
};

export const lessons = {
  all: () => LESSONS,
  /** The losses of a lesson, its layers at the end, and its parameters before and after. @param {string} name @param {State} changed */
  taken: (name, changed) => {
    const { state, steps } = LESSONS[name];
    const run = new Run(settings({ ...state, ...changed }));
    const first = run.params.map((param) => param.slice());
    const domain = domainOf(run.settings);
    const begin = shotOf(run, gridOf(run.settings.sizes[0], domain), domain);
    while (run.step < steps && run.advance());
    const shot = shotOf(run, gridOf(run.settings.sizes[0], domain), domain);
    return {
      losses: run.losses,
      first,
      params: run.params,
      failure: run.failure,
      begin: begin.layers,
      layers: shot.layers,
      measured: shot.measured,
    };
  },
};

export const figure = {
  /** Which words are asked for in these states. @param {State[]} states @param {Record<string, any>} entries */
  used: async (states, entries) => {
    const seen = new Set();
    const watch = { get: (/** @type {any} */ all, /** @type {string} */ key) => (seen.add(key), all[key]) };
    for (const changed of states) {
      const given = Object.fromEntries(Object.entries(changed).map(([key, value]) => [key, print(value)]));
      await render("p", given, new Proxy(entries, watch), "en");
    }
    return [...seen];
  },
  /** The same for the small curves of several seeds. @param {State} changed @param {Record<string, any>} entries */
  series: (changed, entries) => {
    const seen = new Set();
    const watch = { get: (/** @type {any} */ all, /** @type {string} */ key) => (seen.add(key), all[key]) };
    const words = new Words(new Proxy(entries, watch), "en");
    const ended = [...series({ ...defaults(SPEC), ...changed })].filter((each) => each !== null);
    for (const some of [ended.slice(0, 1), ended]) drawSeries(some, settings(changed), 660, words);
    return [...seen];
  },
};
