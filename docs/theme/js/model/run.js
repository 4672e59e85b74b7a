// One training run, step by step, as the printed program makes it. It can be saved between two steps and restored.

/** @import { Settings } from "./playground.js" */
/** @import { Points } from "./data.js" */
/** @import { Scheduler } from "./schedule.js" */
/** @import { Group } from "./schedule_rules.js" */
import { backward, forward, shapesOf, start } from "./net.js";
import { PLAIN } from "./optim_plain.js";
import { meanLoss, read, refused } from "./pair.js";
import { Generator } from "./rng.js";
import { makeSchedule } from "./schedule.js";

/**
 * @typedef {{ loss: number, accuracy: number }} Measured
 * @typedef {{ step: number, train: Measured, test: Measured }} Told
 * Why a run cannot go on. `layer` counts from 1; 0 means the loss itself.
 * @typedef {{ reason: "nan" | "refused" | "over", step: number, layer: number }} Failure
 */

const EVERY = 50; // steps between two checkpoints
const TOLD = 10; // steps between two measurements of all points; divides EVERY

let optimizers = PLAIN;

/** Fetch what an optimizer's steps need, before a run is made. @param {string} name @returns {Promise<void> | undefined} nothing to wait for */
export function load(name) {
  if (name in optimizers) return undefined;
  return import("./optim.js").then(({ OPTIMIZERS }) => void (optimizers = OPTIMIZERS));
}

export class Run {
  /** @param {Settings} settings @param {{ told?: boolean }} [options] `told` whether it measures all points now and then */
  constructor(settings, { told = true } = {}) {
    this.settings = settings;
    this.events = settings.events;
    this.told = told;
    /** @type {Told[]} what was measured before step 0, TOLD, 2 TOLD … */
    this.history = [];
    this.shape = { sizes: settings.sizes, activation: settings.activation };
    this.generator = new Generator(settings.seed);
    const { name, options, bias } = settings.init;
    /** @type {Float64Array[]} */
    this.params = start(settings.sizes, name, options, bias, this.generator);
    this.options = { ...settings.optimizer.options };
    /** @type {Group} */
    this.group = { lr: this.options.lr, initial: NaN, momentum: this.options.momentum ?? this.options.beta1 ?? 0 };
    /** @type {any} made at the first step, as torch does */
    this.kept = null;
    /** @type {number[][]} */
    this.queue = [];
    this.step = 0;
    /** @type {Failure | null} */
    this.failure = null;
    /** @type {number[]} the loss of each step's batch, before its update */
    this.losses = [];
    /** @type {number[]} */
    this.rates = [];
    /** Brought back by replaying the losses that it saw. */
    this.scheduler = this.schedule();
    /** @type {Map<number, any>} */
    this.checkpoints = new Map();
    /** @type {Float64Array[]} */
    this.grads = this.params.map((param) => new Float64Array(param.length));
    /** @type {number[]} */
    this.ratios = [];
  }

  /** @returns {Scheduler | null} */
  schedule() {
    const { name, options } = this.settings.schedule;
    return name === "none" ? null : makeSchedule(name, options, this.group);
  }

  /** The next batch's points, in the order of `torch.randperm(n).split(size)`. @returns {Points} */
  batch() {
    const { data: { train }, batch } = this.settings;
    if (batch === 0) return train;
    if (this.queue.length === 0) {
      const order = [...this.generator.randperm(train.y.length)];
      for (let at = 0; at < order.length; at += batch) this.queue.push(order.slice(at, at + batch));
    }
    const chosen = /** @type {number[]} */ (this.queue.shift());
    const { inputs } = train;
    return {
      x: Float64Array.from(
        { length: chosen.length * inputs },
        (_, k) => train.x[chosen[Math.floor(k / inputs)] * inputs + k % inputs],
      ),
      y: Float64Array.from(chosen, (at) => train.y[at]),
      inputs,
    };
  }

  /** Loss and gradients on points. @param {Points} points */
  evaluate(points) {
    const passed = forward(this.shape, this.params, points.x);
    const outputs = passed.outs[passed.outs.length - 1];
    const { loss, grads: last } = meanLoss(this.settings.pair, outputs, points.y, this.settings.lossOptions);
    return { loss, passed, ...backward(this.shape, this.params, passed, last) };
  }

  /** One step. @returns {boolean} whether it was taken */
  advance() {
    if (this.failure) return false;
    if (this.step % EVERY === 0 && !this.checkpoints.has(this.step)) this.checkpoints.set(this.step, this.save());
    if (this.told && this.step === TOLD * this.history.length) {
      this.history.push({ step: this.step, ...this.measure() });
    }
    for (const { step, name, value } of this.events) {
      if (step !== this.step) continue;
      if (name === "lr") this.group.lr = value;
      else if (name === "momentum" || name === "beta1") this.group.momentum = value;
      else this.options[name] = value;
    }
    if (Number.isNaN(this.group.lr)) return this.fail("over", 0);
    const points = this.batch();
    const { loss, passed, grads } = this.evaluate(points);
    if (refused(this.settings.pair, passed.outs[passed.outs.length - 1])) return this.fail("refused", 0);
    if (!Number.isFinite(loss)) return this.fail("nan", broken(passed.sums));
    this.update(grads, points);
    this.losses.push(loss);
    this.rates.push(this.options.lr);
    this.scheduler?.step(loss);
    this.step++;
    return true;
  }

  /** @param {Float64Array[]} grads @param {Points} points */
  update(grads, points) {
    const optimizer = optimizers[this.settings.optimizer.name];
    const momentum = "momentum" in this.options ? "momentum" : "beta1";
    this.options.lr = this.group.lr;
    if (momentum in this.options) this.options[momentum] = this.group.momentum;
    this.kept ??= optimizer.init(shapesOf(this.settings.sizes), this.options);
    const before = this.params.map((param) => param.slice());
    optimizer.step(this.params, grads, this.kept, this.options, () => this.evaluate(points));
    this.grads = grads;
    this.ratios = this.params.map((param, k) => length(param, before[k]) / length(before[k]));
  }

  /** From here on another value: what came later is forgotten. @param {string} name @param {number} value */
  change(name, value) {
    const kept = this.events.filter((each) => each.step < this.step || (each.step === this.step && each.name !== name));
    this.events = [...kept, { step: this.step, name, value }];
    for (const step of this.checkpoints.keys()) if (step > this.step) this.checkpoints.delete(step);
  }

  /** @param {Failure["reason"]} reason @param {number} layer @returns {false} */
  fail(reason, layer) {
    this.failure = { reason, step: this.step, layer };
    return false;
  }

  /** All that the next step depends on. */
  save() {
    return {
      step: this.step,
      params: this.params.map((param) => param.slice()),
      kept: structuredClone(this.kept),
      options: { ...this.options },
      generator: this.generator.save(),
      queue: this.queue.map((batch) => batch.slice()),
    };
  }

  /** Go to a step that was reached before: the same numbers again. @param {number} step */
  rewind(step) {
    const start = Math.floor(Math.min(step, this.step) / EVERY) * EVERY;
    const saved = structuredClone(this.checkpoints.get(start));
    if (!saved) return;
    ({ step: this.step, params: this.params, kept: this.kept, options: this.options, queue: this.queue } = saved);
    this.generator.restore(saved.generator);
    this.failure = null;
    Object.assign(this.group, { lr: this.settings.optimizer.options.lr, initial: NaN });
    this.group.momentum = this.settings.optimizer.options.momentum ?? this.settings.optimizer.options.beta1 ?? 0;
    this.scheduler = this.schedule();
    for (let at = 0; at < start; at++) {
      for (const { step: when, name, value } of this.events) {
        if (when !== at) continue;
        if (name === "lr") this.group.lr = value;
        else if (name === "momentum" || name === "beta1") this.group.momentum = value;
      }
      this.scheduler?.step(this.losses[at]);
    }
    this.losses.length = this.rates.length = start;
    this.history.length = start / TOLD;
    while (this.step < step && this.advance());
  }

  /** Loss and accuracy on training and test points. */
  measure() {
    const { data, pair, task, lossOptions } = this.settings;
    const one = (/** @type {Points} */ points) => {
      const outputs = forward(this.shape, this.params, points.x).outs[this.settings.sizes.length - 1];
      const right = points.y.filter((y, k) => (this.predict(outputs, k) > 0.5 ? 1 : 0) === y).length;
      return {
        loss: meanLoss(pair, outputs, points.y, lossOptions).loss,
        accuracy: task === "class" ? right / points.y.length : NaN,
      };
    };
    return { train: one(data.train), test: one(data.test) };
  }

  /** @param {Float64Array} outputs @param {number} row */
  predict(outputs, row) {
    const { pair, lossOptions } = this.settings;
    return read(pair, outputs.slice(row * pair.outputs, (row + 1) * pair.outputs), lossOptions);
  }

  /** What the network says at points. @param {Float64Array} x */
  at(x) {
    const outputs = forward(this.shape, this.params, x).outs[this.settings.sizes.length - 1];
    return Float64Array.from({ length: x.length / this.settings.sizes[0] }, (_, row) => this.predict(outputs, row));
  }
}

/** The first layer with a value that is not finite, from 1; 0 if all are. @param {Float64Array[]} sums */
const broken = (sums) => sums.findIndex((sum) => sum.some((value) => !Number.isFinite(value))) + 1;

/** @param {Float64Array} a @param {Float64Array} [b] */
function length(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - (b ? b[i] : 0)) ** 2;
  return Math.sqrt(sum);
}
