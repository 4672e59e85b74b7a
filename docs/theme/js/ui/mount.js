// Brings the figures of one explorer to life: listens, keeps the state, redraws, and ends when the reader leaves.

import { address, read, store } from "./address.js";
import { follow } from "./drag.js";
import { limits, refresh, valueOf } from "./fields.js";
import { controls, folded, NARROW, seen, settings, WIDE } from "./figure.js";
import { copy, save } from "./hand.js";
import { Words } from "./words.js";

/**
 * @typedef {import("./figure.js").Explorer<any>} Explorer
 * @typedef {import("./spec.js").State} State
 */

const STILL = "(prefers-reduced-motion: reduce)";
const SPOKEN = 2000; // ms between two sentences that a screen reader hears

class Figure {
  /** @param {HTMLElement} root @param {Explorer} explorer */
  constructor(root, explorer) {
    this.root = root;
    this.explorer = explorer;
    this.words = new Words(JSON.parse(root.dataset.words ?? "{}"), document.documentElement.lang || "en");
    this.own = read(explorer.spec, root, "").state;
    const asked = read(explorer.spec, root, location.search);
    this.state = explorer.still?.chosen(root, this.own, asked.state) ?? asked.state;
    /** @type {(() => void) | null} */
    this.stop = null;
    this.next = 0;
    this.shown = "";
    this.spoken = 0;
    this.result = undefined;
    this.leave = new AbortController();
    this.listen();
    this.box(".explorer-all").removeAttribute("disabled");
    root.dataset.ready = "";
    this.show();
    if (explorer.still) store(explorer.spec, this.own, this.state, root);
    if (asked.refused.length) this.say(this.words.say("refused", { what: asked.refused.join("; ") }), true);
  }

  /** @param {string} selector @returns {HTMLElement} */
  box(selector) {
    return /** @type {HTMLElement} */ (this.root.querySelector(selector));
  }

  listen() {
    const { signal } = this.leave;
    const form = this.box("form");
    form.addEventListener("submit", (event) => event.preventDefault(), { signal });
    form.addEventListener("input", (event) => this.changed(/** @type {any} */ (event.target), false), { signal });
    form.addEventListener("change", (event) => this.changed(/** @type {any} */ (event.target), true), { signal });
    this.root.addEventListener("click", (event) => {
      const pressed = /** @type {Element} */ (event.target).closest("button");
      if (pressed?.dataset.do) this.act(pressed.dataset.do, pressed);
    }, { signal });
    this.box(".explorer-stage").addEventListener("pointerdown", (event) => this.grab(event), { signal });
    addEventListener("beforeprint", () => {
      this.box(".explorer-paper").innerHTML = settings(this.explorer, this.state, this.words);
    }, { signal });
    matchMedia(narrow).addEventListener("change", () => this.show(), { signal });
  }

  /**
   * A control was moved. While a slider moves only the picture follows; when it is let go, everything does.
   * @param {HTMLInputElement | HTMLSelectElement} input
   * @param {boolean} settled
   */
  changed(input, settled) {
    const key = input.dataset.key ?? "";
    const field = this.explorer.spec[key];
    if (!field) return;
    const found = valueOf(input, field, this.state[key]);
    if (found === undefined) {
      input.setAttribute("aria-invalid", "true");
      const answer = field.kind === "letters" ? "invalid_word" : "invalid";
      if (settled) this.say(this.words.say(answer, { what: input.value, ...limits(field) }), true);
      return;
    }
    input.removeAttribute("aria-invalid");
    if (input.type !== "range") this.pause();
    this.set({ [key]: found }, settled, input);
  }

  /**
   * @param {State} change
   * @param {boolean} [settled]
   * @param {Element} [source] the control that needs no update
   */
  set(change, settled = true, source) {
    this.state = { ...this.state, ...change };
    this.show(source, settled);
    if (settled) store(this.explorer.spec, this.own, this.state, this.root);
  }

  /** @param {Element} [source] @param {boolean} [settled] */
  show(source, settled = true) {
    const { explorer, state, words } = this;
    cancelAnimationFrame(this.next);
    if (explorer.still?.rest(this)) return this.arrange();
    const loading = explorer.load?.(state);
    if (loading) return void loading.then(() => state === this.state && this.show(source, settled));
    this.result = explorer.model(state);
    const goesOn = explorer.unfinished?.(this.result) ?? false;
    const again = () => void (this.next = requestAnimationFrame(() => this.show(source, settled)));
    if (goesOn && matchMedia(STILL).matches) return again();
    const wide = !matchMedia(narrow).matches;
    const parts = seen(explorer, this.result, state, words, [wide ? WIDE : NARROW]);
    this.box(wide ? ".explorer-wide" : ".explorer-narrow").innerHTML = parts.pictures[0];
    this.box(".explorer-legends").innerHTML = parts.legend;
    this.box(".explorer-sentence").textContent = parts.sentence;
    if (goesOn) return again();
    if (settled) {
      const { table, program } = folded(explorer, this.result, state, words);
      this.box(".explorer-data .table-scroll").innerHTML = table;
      if (explorer.program) this.box(".explorer-program code").textContent = program;
    }
    this.arrange(source);
    this.say(parts.sentence);
  }

  /** Show the controls that matter now, with the values of now. @param {Element} [source] */
  arrange(source) {
    const { main, more, groups } = this.explorer;
    const own = (groups?.(this.state) ?? []).flatMap(({ keys }) => keys);
    const keys = [...main(this.state), ...own, "", ...(more?.(this.state) ?? [])].join();
    if (this.shown && keys !== this.shown) {
      const focused = document.activeElement?.id;
      const open = this.root.querySelector(".explorer-more")?.hasAttribute("open");
      this.box(".explorer-controls").innerHTML = controls(this.explorer, this.root.id, this.state, this.words);
      if (open) this.root.querySelector(".explorer-more")?.setAttribute("open", "");
      if (focused) document.getElementById(focused)?.focus();
    }
    this.shown = keys;
    for (const input of this.root.querySelectorAll(":is(input, select)[data-key]")) {
      refresh(/** @type {any} */ (input), this.explorer.spec, this.state, this.words, input === source);
    }
  }

  /** @param {string} action @param {HTMLButtonElement} button */
  act(action, button) {
    const { spec, presets = {}, player } = this.explorer;
    const at = player ? this.state[player.key] : 0;
    if (action.startsWith("preset:")) {
      const preset = presets[action.slice(7)];
      return this.jump(typeof preset === "function" ? preset(this.state) : { ...this.own, ...preset });
    }
    if (action === "reset") return this.jump(this.own);
    if (action === "play") return this.stop ? this.pause() : this.play(button);
    if (player && (action === "back" || action === "forth")) {
      const field = /** @type {import("./spec.js").Integer} */ (spec[player.key]);
      const next = Math.max(field.min, Math.min(field.max, at + (action === "back" ? -1 : 1)));
      this.pause();
      return this.set({ [player.key]: next });
    }
    if (action === "link") return copy(address(spec, this.own, this.state, this.root).href, button, this.words);
    this.take(action, button);
  }

  /** Copy or save the program. @param {string} action @param {HTMLButtonElement} button */
  async take(action, button) {
    const { name, load, program } = this.explorer;
    await load?.(this.state);
    const text = program?.(this.state) ?? "";
    if (action === "copy") copy(text, button, this.words);
    else save(text, `${name}.py`);
  }

  /** @param {State} state */
  jump(state) {
    this.pause();
    this.set(state);
  }

  /** @param {HTMLButtonElement} button */
  play(button) {
    const player = this.explorer.player;
    if (!player) return;
    const field = /** @type {import("./spec.js").Integer} */ (this.explorer.spec[player.key]);
    const from = this.state[player.key] >= field.max ? field.min : this.state[player.key];
    const title = button.textContent ?? "";
    const speed = matchMedia(STILL).matches ? 2 : (field.max - field.min) / player.seconds;
    const stop = player.run(from, field.max, speed, (at) => this.set({ [player.key]: at }, false), () => this.pause());
    button.textContent = button.dataset.pause ?? "";
    this.stop = () => {
      stop();
      button.textContent = title;
    };
  }

  pause() {
    if (!this.stop) return;
    this.stop();
    this.stop = null;
    this.set({});
  }

  /** @param {PointerEvent} event */
  grab(event) {
    const { drag } = this.explorer;
    const name = /** @type {Element} */ (event.target).closest("[data-handle]")?.getAttribute("data-handle");
    if (!name || !drag) return;
    this.pause();
    const width = matchMedia(narrow).matches ? NARROW : WIDE;
    follow(event, this.box(".explorer-stage"), width, (at) => {
      this.set(drag(name, at, this.result, this.state, width), false);
    }, () => this.set({}));
  }

  /**
   * Let a screen reader hear a sentence, at most one in two seconds and always the last one.
   * @param {string} sentence
   * @param {boolean} [visible] an answer to a wrong input, which everybody should see
   */
  say(sentence, visible = false) {
    const status = this.box(".explorer-status");
    clearTimeout(this.speaking);
    if (!this.spoken && !visible) return void (this.spoken = 1); // what the page said already
    const wait = visible ? 0 : Math.max(300, this.spoken + SPOKEN - performance.now());
    this.speaking = setTimeout(() => {
      this.spoken = performance.now();
      status.textContent = sentence;
      status.classList.toggle("explorer-told", visible);
    }, wait);
  }

  /** @type {number | undefined} */
  speaking;

  end() {
    this.stop?.();
    cancelAnimationFrame(this.next);
    clearTimeout(this.speaking);
    this.leave.abort();
  }
}

const narrow = "(max-width: 44.984375em)";

/** @type {Figure[]} */
let alive = [];

/**
 * Take over every figure of this explorer, now and whenever the theme swaps pages.
 * @param {Explorer} explorer
 */
export function mount(explorer) {
  if (typeof document === "undefined") return; // the build, or a test
  const start = () => {
    alive.filter((figure) => !figure.root.isConnected).forEach((figure) => figure.end());
    alive = alive.filter((figure) => figure.root.isConnected);
    const roots = document.querySelectorAll(`figure[data-explorer="${explorer.name}"]:not([data-ready])`);
    for (const root of roots) alive.push(new Figure(/** @type {HTMLElement} */ (root), explorer));
  };
  const pages = /** @type {any} */ (globalThis).document$;
  if (pages) pages.subscribe(start);
  else start();
}
