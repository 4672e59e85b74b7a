// The playground's controls on the page: what the reader does to them, and what they show.

/** @import { State } from "./spec.js" */
/** @import { Shot } from "../model/shot.js" */
/** @import { Words } from "./words.js" */
import { shown, SPEC } from "../model/playground.js";
import { NAMES } from "../model/events.js";
import { limits, refresh, valueOf } from "./fields.js";
import { folded } from "./play_picture.js";

/**
 * Who listens.
 * @typedef {object} Listener
 * @property {State} own what the build has drawn
 * @property {State} state
 * @property {(key: string, value: any) => void} changed
 * @property {(name: string) => void} lesson
 * @property {(step: number) => void} move
 * @property {(action: string, button: HTMLButtonElement) => void} act
 * @property {(text: string) => void} tell
 */

export class Controls {
  /** @param {HTMLElement} root @param {Words} words @param {Listener} listener @param {AbortSignal} signal */
  constructor(root, words, listener, signal) {
    this.root = root;
    this.words = words;
    this.listener = listener;
    this.keys = keysOf(listener.own);
    const all = this.box("form");
    all.addEventListener("submit", (event) => event.preventDefault(), { signal });
    all.addEventListener("change", (event) => this.changed(/** @type {any} */ (event.target)), { signal });
    all.addEventListener("input", (event) => this.slid(/** @type {any} */ (event.target)), { signal });
    all.addEventListener("click", (event) => {
      const pressed = /** @type {Element} */ (event.target).closest("button");
      if (pressed?.dataset.do) listener.act(pressed.dataset.do, pressed);
    }, { signal });
  }

  /** @param {string} selector @returns {HTMLElement} */
  box(selector) {
    return /** @type {HTMLElement} */ (this.root.querySelector(selector));
  }

  /** @param {string} selector */
  input(selector) {
    return /** @type {HTMLInputElement} */ (this.box(selector));
  }

  /** @param {string} action @returns {HTMLButtonElement} */
  button(action) {
    return /** @type {HTMLButtonElement} */ (this.box(`[data-do="${action}"]`));
  }

  /** @param {HTMLInputElement | HTMLSelectElement} input */
  changed(input) {
    if (input.dataset.lesson !== undefined) return this.listener.lesson(input.value);
    const key = input.dataset.key ?? "";
    const field = SPEC[key];
    if (!field) return;
    const found = valueOf(input, field, this.listener.state[key]);
    if (found === undefined) {
      input.setAttribute("aria-invalid", "true");
      return this.listener.tell(this.words.say("invalid", { what: input.value, ...limits(field) }));
    }
    input.removeAttribute("aria-invalid");
    this.listener.changed(key, found);
  }

  /** A slider on its way: only its number follows. @param {HTMLInputElement} input */
  slid(input) {
    if (input.dataset.scrub !== undefined) return this.listener.move(Number(input.value));
    const key = input.dataset.key ?? "";
    const field = SPEC[key];
    if (!field || input.type !== "range") return;
    const state = { ...this.listener.state, [key]: valueOf(input, field, this.listener.state[key]) };
    for (const twin of this.root.querySelectorAll(`[data-key="${key}"]`)) {
      refresh(/** @type {any} */ (twin), SPEC, state, this.words, twin === input);
    }
  }

  /** Show the values of now, and the controls of what is chosen. */
  arrange() {
    const { state, own } = this.listener;
    if (keysOf(state) !== this.keys) void this.rebuild();
    this.refresh();
    if (state !== own) {
      void folded().then(({ settled }) => this.box(".play-paper").innerHTML = settled(state, this.words));
    }
  }

  /** The controls of what is chosen: the build has drawn those of its own state. Fields that stay are not touched. */
  async rebuild() {
    const { form } = await folded();
    const { state } = this.listener;
    const made = document.createElement("div");
    made.innerHTML = form(this.root.id, state, this.words);
    const grids = made.querySelectorAll(".explorer-grid");
    this.root.querySelectorAll(".play-controls .explorer-grid").forEach((grid, k) => merge(grid, grids[k]));
    this.keys = keysOf(state);
    this.refresh();
  }

  refresh() {
    for (const input of this.root.querySelectorAll(":is(input, select)[data-key]")) {
      refresh(/** @type {any} */ (input), SPEC, this.listener.state, this.words, false);
    }
    this.button("seeds").setAttribute("aria-pressed", String(this.listener.state.seeds > 1));
  }

  /** @param {Shot} shot @param {boolean} playing */
  at({ step, failure }, playing) {
    this.box(".explorer-all").removeAttribute("disabled"); // from the first answer on, there is something to move
    const scrub = this.input("[data-scrub]");
    scrub.max = String(Math.max(step, Number(playing ? 0 : scrub.max), 1));
    if (document.activeElement !== scrub || playing) scrub.value = String(step);
    scrub.setAttribute("aria-valuetext", this.words.say("at_step", { step }));
    const rescue = this.button("rescue");
    const focused = document.activeElement === rescue;
    rescue.hidden = failure?.reason !== "nan";
    if (focused && rescue.hidden) this.button("play").focus(); // what vanishes keeps no focus
  }

  /** @param {boolean} on */
  playing(on) {
    this.button("play").textContent = this.words.say(on ? "pause" : "play");
  }

  /** From now on a change goes on with the run. */
  goOn() {
    this.input("[data-live]").checked = true;
  }

  get slow() {
    return this.input("[data-slow]").checked;
  }

  /** Whether a change of this option goes on with the run. @param {string} key */
  live(key) {
    return this.input("[data-live]").checked && key.startsWith("optimizer.") &&
      NAMES.includes(key.slice(key.lastIndexOf(".") + 1));
  }
}

/** Decides which controls there are. @param {State} state */
const keysOf = (state) => [state.data, ...shown(state)].join();

/** Bring an element's fields to those of another, in its order; what both have stays, with its focus. @param {Element} now @param {Element} wanted */
function merge(now, wanted) {
  const names = (/** @type {Element} */ of) => new Set([...of.children].map((each) => each.getAttribute("data-field")));
  const kept = names(wanted);
  for (const each of [...now.children]) if (!kept.has(each.getAttribute("data-field"))) each.remove();
  let place = now.firstElementChild;
  for (const each of [...wanted.children]) {
    if (place?.getAttribute("data-field") === each.getAttribute("data-field")) {
      place = place?.nextElementSibling ?? null;
    } else now.insertBefore(each, place);
  }
}
