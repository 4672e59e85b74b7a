// The playground on the page: keeps the state, has it trained, shows what comes back, and ends when the reader leaves.

/** @import { State } from "./spec.js" */
/** @import { Event } from "../model/events.js" */
/** @import { Ended } from "../model/series.js" */
/** @import { Shot } from "../model/shot.js" */
/** @import { Pinned } from "../view/training.js" */
import { numbersOf } from "../model/events.js";
import { settingsOf, SPEC } from "../model/playground.js";
import { address, read, store } from "./address.js";
import { copy, save } from "./hand.js";
import { Controls } from "./play_controls.js";
import { folded, Picture } from "./play_picture.js";
import { Status } from "./status.js";
import { Trainer } from "./trainer.js";
import { Words } from "./words.js";

const MORE = 300; // steps that Play adds at the end
const RESCUE = 20; // steps to go back after nan
const TEN = 10;

export class Play {
  /** @param {HTMLElement} root @param {{ worker: URL, site: URL }} addresses of the worker, and of the site's first page */
  constructor(root, addresses) {
    this.root = root;
    this.addresses = addresses;
    root.dataset.taken = "";
    this.words = new Words(JSON.parse(root.dataset.words ?? "{}"), document.documentElement.lang || "en");
    this.own = read(SPEC, root, "").state;
    const asked = read(SPEC, root, location.search);
    /** @type {State} */
    this.state = location.search ? asked.state : this.own;
    this.meant = settingsOf(this.state);
    /** @type {Shot | null} */
    this.shot = null;
    /** @type {Pinned | null} */
    this.pinned = null;
    /** @type {Ended[]} */
    this.ended = [];
    this.leave = new AbortController();
    this.status = new Status(/** @type {HTMLElement} */ (root.querySelector(".explorer-status")));
    this.controls = new Controls(root, this.words, this, this.leave.signal);
    this.picture = new Picture(root, this.words, () => this.redraw(), this.leave.signal);
    this.trainer = new Trainer(addresses.worker, this);
    this.picture.box(".play-field").addEventListener("click", (event) => this.draw(event), {
      signal: this.leave.signal,
    });
    this.controls.arrange();
    if (asked.refused.length) this.tell(this.words.say("refused", { what: asked.refused.join("; ") }));
    this.start();
  }

  /** What the state means. Its points are drawn at random, so once for each state. */
  get settings() {
    if (this.meant.state !== this.state) this.meant = settingsOf(this.state);
    return this.meant;
  }

  /** From the beginning, with the same settings and numbers, up to the last step. */
  start() {
    this.trainer.pause();
    this.ended = [];
    this.multiply();
    this.trainer.start(this.state, this.state.steps);
  }

  /** @param {State} change */
  set(change) {
    this.state = { ...this.state, ...change };
    this.controls.arrange();
    store(SPEC, this.own, this.state, this.root);
  }

  redraw() {
    if (this.shot) this.shown(this.shot);
    this.multiply();
  }

  /** @param {Shot} shot @param {Event[]} [events] that led to it */
  shown(shot, events) {
    this.shot = shot;
    if (events && String(numbersOf(events)) !== String(this.state.events)) this.set({ events: numbersOf(events) });
    const { settings } = this;
    const playing = this.trainer.playing !== null;
    const sentence = this.picture.show(shot, settings, this.pinned);
    this.controls.at(shot, playing);
    this.root.dataset.ready = "";
    if (playing) return; // what is read, not watched, can wait
    void this.picture.unfold(shot, settings);
    this.status.speak(sentence);
  }

  async multiply() {
    const said = await this.picture.multiply(this.ended, this.settings);
    if (said && this.ended.length === this.state.seeds) this.status.speak(said);
  }

  /** @param {Ended} ended */
  finished(ended) {
    if (ended.steps !== this.state.steps) return; // of a series that another one has followed
    this.ended.push(ended);
    this.multiply();
  }

  paused() {
    this.controls.playing(false);
    this.redraw();
  }

  refused() {
    this.tell(this.words.say("no_worker"));
  }

  /** @param {string} text */
  tell(text) {
    this.status.tell(text);
  }

  /** @param {number} step */
  move(step) {
    this.trainer.move(step);
  }

  play() {
    if (this.trainer.failed) return;
    if (this.trainer.step >= this.state.steps) this.extend();
    this.controls.playing(true);
    this.trainer.play(() => ({ to: this.state.steps, slow: this.controls.slow }));
  }

  /** More steps, for this run and for those of other seeds. */
  extend() {
    this.set({ steps: Math.min(5000, this.state.steps + MORE) });
    if (this.state.seeds < 2) return;
    this.ended = [];
    this.multiply();
    this.trainer.series(this.state);
  }

  /** @param {string} key @param {any} value */
  changed(key, value) {
    const name = key.slice(key.lastIndexOf(".") + 1);
    const step = this.trainer.step;
    if (step > 0 && this.controls.live(key)) {
      // The state keeps the value that the run began with; the event holds the new one.
      this.trainer.ask({ do: "event", name, value });
      return this.tell(this.words.say("event", { name, value: Number(value), step }));
    }
    this.set(key === "steps" ? { steps: value } : { [key]: value, events: [] });
    if (key !== "own_class") this.start();
  }

  /** @param {State} change */
  anew(change) {
    this.set({ events: [], ...change });
    this.start();
  }

  /** @param {string} name */
  async lesson(name) {
    const text = this.picture.box(".play-lesson");
    text.textContent = "";
    const found = (await folded()).lesson(name);
    if (!found) return;
    const link = document.createElement("a");
    link.href = new URL(found.page, this.addresses.site).href;
    link.textContent = this.words.say("proof");
    text.append(`${this.words.say(`lesson.${name}.text`)} `, link);
    this.anew({ ...this.own, ...found.state, steps: found.steps });
  }

  /** @param {string} action @param {HTMLButtonElement} button */
  act(action, button) {
    const { state, trainer, words } = this;
    const taken = (/** @type {(text: string) => void} */ use) =>
      void folded().then(({ program }) => use(program(this.settings)));
    /** @type {Record<string, () => void>} */
    const actions = {
      play: () => trainer.playing ? trainer.pause() : this.play(),
      back: () => trainer.by(-1),
      forth: () => trainer.by(1),
      again: () => trainer.move(0),
      rescue: () => {
        trainer.by(-RESCUE);
        this.controls.goOn();
      },
      draw: () => this.anew({ seed: (state.seed + 1) % 10000 }),
      pin: () => this.pin(button),
      seeds: () => {
        this.set({ seeds: state.seeds > 1 ? 1 : TEN });
        this.start();
      },
      reset: () => this.anew(this.own),
      link: () => void copy(address(SPEC, this.own, state, this.root).href, button, words),
      copy: () => taken((text) => void copy(text, button, words)),
      save: () => taken((text) => save(text, "playground.py")),
    };
    actions[action]?.();
  }

  /** @param {HTMLButtonElement} button */
  pin(button) {
    this.pinned = this.pinned || !this.shot ? null : { losses: this.shot.losses, told: this.shot.told };
    button.setAttribute("aria-pressed", String(this.pinned !== null));
    this.picture.name(this.pinned !== null);
    this.redraw();
  }

  /** A point of one's own where the reader clicks. @param {MouseEvent} event */
  draw(event) {
    if (this.state.data !== "own") return;
    const { left, top, width, height } = this.picture.box(".play-field").getBoundingClientRect();
    const x = -4 + 8 * (event.clientX - left) / width;
    const y = 4 - 8 * (event.clientY - top) / height;
    const own = [...this.state.own, Number(x.toFixed(2)), Number(y.toFixed(2)), Number(this.state.own_class)];
    if (own.length <= 600) this.anew({ own });
  }

  end() {
    this.trainer.end();
    this.status.end();
    this.leave.abort();
  }
}
