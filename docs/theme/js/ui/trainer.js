// A training run on the page's side: one worker, one question at a time, and what it answers is handed on.

/** @import { State } from "./spec.js" */
/** @import { Event } from "../model/events.js" */
/** @import { Ended } from "../model/series.js" */
/** @import { Shot } from "../model/shot.js" */

/**
 * Who listens: to pictures with the events that led to them, to runs of a series that ended, to the end of playing, to a worker
 * that the browser refused.
 * @typedef {object} Listener
 * @property {(shot: Shot, events: Event[]) => void} shown
 * @property {(ended: Ended) => void} finished
 * @property {() => void} paused
 * @property {() => void} refused
 */

const SLOW = 250; // ms between two steps in slow motion
const STILL = 500; // ms between two pictures for readers who want less motion

export class Trainer {
  /** @param {URL} address of the worker @param {Listener} listener */
  constructor(address, listener) {
    this.listener = listener;
    this.worker = new Worker(address, { type: "module" });
    this.worker.addEventListener("message", ({ data }) => this.hear(data));
    this.worker.addEventListener("error", () => listener.refused());
    this.order = 0; // of the latest start: answers to earlier ones are not wanted any more
    this.waiting = false;
    this.last = 0;
    this.step = 0;
    /** @type {number | null} where it is on its way to */
    this.target = null;
    this.failed = false;
    /** @type {(() => { to: number, slow: boolean }) | null} while it plays: how far, and whether step by step */
    this.playing = null;
  }

  /** @param {object} message */
  ask(message) {
    this.waiting = true;
    this.worker.postMessage({ ...message, order: this.order });
  }

  /** A run from its beginning, up to a step at once; then its other seeds. @param {State} state @param {number} at */
  start(state, at) {
    this.order++;
    this.target = at;
    this.ask({ do: "start", state, at });
    if (state.seeds > 1) this.series(state);
  }

  /** @param {State} state */
  series(state) {
    this.worker.postMessage({ do: "series", state, order: this.order });
  }

  /** To a step, back or forth. @param {number} step */
  move(step) {
    this.pause();
    this.target = step;
    this.ask({ do: "to", step });
  }

  /** Some steps on or back from where it is, or will be once the worker has answered. @param {number} steps */
  by(steps) {
    this.move(Math.max(0, (this.target ?? this.step) + steps));
  }

  /** @param {any} message */
  hear({ order, ended, shot, events }) {
    if (order !== this.order) return;
    if (ended) return this.listener.finished(ended);
    this.waiting = false;
    [this.step, this.failed] = [shot.step, shot.failure !== null];
    if (this.step === this.target || this.failed) this.target = null;
    const over = this.playing && (this.failed || this.step >= this.playing().to);
    if (over) this.playing = null;
    this.listener.shown(shot, events);
    if (over) this.listener.paused();
  }

  /** @param {() => { to: number, slow: boolean }} plan */
  play(plan) {
    if (this.failed) return;
    this.playing = plan;
    this.target = null;
    this.tick();
  }

  /** One picture asked for in each frame; the worker answers when it can. A hidden page has no frames. */
  tick() {
    if (!this.playing) return;
    const { to, slow } = this.playing();
    const pause = slow ? SLOW : matchMedia("(prefers-reduced-motion: reduce)").matches ? STILL : 0;
    const now = performance.now();
    if (!this.waiting && now - this.last >= pause) {
      this.last = now;
      this.ask({ do: "go", most: slow ? 1 : Math.max(0, to - this.step) });
    }
    requestAnimationFrame(() => this.tick());
  }

  pause() {
    if (!this.playing) return;
    this.playing = null;
    this.listener.paused();
  }

  end() {
    this.playing = null;
    this.worker.terminate();
  }
}
