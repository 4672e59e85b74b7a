// The playground's controls on the page: what the reader does to them, and what they show.

/** @import { State } from "./spec.js" */
/** @import { Shot } from "../model/shot.js" */
/** @import { Words } from "./words.js" */
import { shown, SPEC } from "../model/playground.js";
import { NAMES } from "../model/events.js";
import { limits, refresh, valueOf } from "./fields.js";
import { form, settled } from "./play_form.js";

/**
 * Who listens.
 * @typedef {object} Listener
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
    this.keys = "";
    const all = this.box("form");
    all.addEventListener("submit", (event) => event.preventDefault(), { signal });
    all.addEventListener("change", (event) => this.changed(/** @type {any} */ (event.target)), { signal });
    all.addEventListener("input", (event) => this.slid(/** @type {any} */ (event.target)), { signal });
    addEventListener("beforeprint", () => this.box(".play-paper").innerHTML = settled(listener.state, words), {
      signal,
    });
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

  /** Show the controls of what is chosen, with the values of now. @param {State} state */
  arrange(state) {
    const keys = shown(state).join();
    if (keys !== this.keys) {
      const groups = () => [...this.root.querySelectorAll(".play-controls details")];
      const focused = document.activeElement?.id;
      const open = groups().map((each) => each.hasAttribute("open"));
      this.box(".play-controls").innerHTML = form(this.root.id, state, this.words);
      groups().forEach((each, k) => each.toggleAttribute("open", open[k]));
      if (focused) document.getElementById(focused)?.focus();
      this.keys = keys;
    }
    for (const input of this.root.querySelectorAll(":is(input, select)[data-key]")) {
      refresh(/** @type {any} */ (input), SPEC, state, this.words, false);
    }
    this.button("seeds").setAttribute("aria-pressed", String(state.seeds > 1));
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
