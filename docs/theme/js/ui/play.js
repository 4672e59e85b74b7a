// The playground on the page: listens, asks the worker for pictures, and ends it when the reader leaves.

/** @import { State } from "./spec.js" */
/** @import { Shot } from "../model/shot.js" */
/** @import { Event } from "../model/run.js" */
import { LESSONS } from "../model/lessons.js";
import { settingsOf, shown, SPEC } from "../model/playground.js";
import { program } from "../model/program.js";
import { address, read, store } from "./address.js";
import { limits, refresh, valueOf } from "./fields.js";
import { copy, save } from "./hand.js";
import { form, paint, sentenceOf, views } from "./play_parts.js";
import { Words } from "./words.js";

const LIVE = /^optimizer\.\w+\.(lr|momentum|beta1|weight_decay|eps)$/; // what can change while a run goes on
const MORE = 300; // steps that Play adds at the end

export class Play {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    root.dataset.taken = "";
    this.words = new Words(JSON.parse(root.dataset.words ?? "{}"), document.documentElement.lang || "en");
    this.own = read(SPEC, root, "").state;
    const asked = read(SPEC, root, location.search);
    /** @type {State} */
    this.state = asked.state;
    /** @type {Event[]} */
    this.events = [];
    /** @type {Shot | null} */
    this.shot = null;
    /** @type {{ losses: Float64Array } | null} */
    this.pinned = null;
    /** @type {Float64Array[]} */
    this.others = [];
    /** @type {Worker | null} */
    this.worker = null;
    this.order = 0;
    this.playing = false;
    this.waiting = false;
    this.spoken = 0;
    this.leave = new AbortController();
    this.listen();
    this.arrange();
    if (asked.refused.length) this.tell(this.words.say("refused", { what: asked.refused.join("; ") }));
    this.start(this.state.steps);
  }

  /** @param {string} selector @returns {HTMLElement} */
  box(selector) {
    return /** @type {HTMLElement} */ (this.root.querySelector(selector));
  }

  listen() {
    const { signal } = this.leave;
    const all = this.box("form");
    all.addEventListener("submit", (event) => event.preventDefault(), { signal });
    all.addEventListener("change", (event) => this.changed(/** @type {any} */ (event.target)), { signal });
    all.addEventListener("input", (event) => this.slid(/** @type {any} */ (event.target)), { signal });
    all.addEventListener("click", (event) => {
      const pressed = /** @type {Element} */ (event.target).closest("button");
      if (pressed?.dataset.do) this.act(pressed.dataset.do, pressed);
    }, { signal });
    this.box(".play-field").addEventListener("click", (event) => this.draw(event), { signal });
    const again = () => this.shot && this.show(this.shot);
    for (const query of ["(max-width: 44.984375em)", "(prefers-color-scheme: dark)"]) {
      matchMedia(query).addEventListener("change", again, { signal });
    }
    this.palette = new MutationObserver(again);
    this.palette.observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
  }

  /** @param {object} message */
  ask(message) {
    this.waiting = true;
    this.worker?.postMessage(message);
  }

  /** A run from its beginning, up to a step at once. @param {number} at */
  start(at) {
    if (!this.worker) {
      this.worker = new Worker(new URL("../play-worker.js", import.meta.url), { type: "module" });
      this.worker.addEventListener("message", ({ data }) => this.hear(data));
      this.worker.addEventListener("error", () => this.tell(this.words.say("no_worker")));
    }
    this.others = [];
    this.order++;
    this.ask({ do: "start", state: this.state, events: this.events, at, order: this.order });
  }

  /** @param {any} message */
  hear(message) {
    if (message.order !== this.order) return;
    if (message.losses) {
      this.others.push(message.losses);
      if (this.shot && !this.playing) this.show(this.shot);
      return;
    }
    this.waiting = false;
    this.events = message.events;
    this.box(".explorer-all").removeAttribute("disabled"); // from the first answer on, there is something to move
    this.root.dataset.ready = "";
    this.show(message.shot);
    if (this.playing && (message.shot.failure || message.shot.step >= this.state.steps)) this.pause();
  }

  /** One picture asked for in each frame; the worker answers when it can. */
  tick() {
    if (!this.playing) return;
    const slow = /** @type {HTMLInputElement} */ (this.box("[data-slow]")).checked;
    const now = performance.now();
    if (!this.waiting && !(slow && now - this.last < 250)) {
      this.last = now;
      this.ask({ do: "go", most: slow ? 1 : Math.max(0, this.state.steps - (this.shot?.step ?? 0)) });
    }
    requestAnimationFrame(() => this.tick());
  }

  last = 0;

  play() {
    if (this.shot?.failure) return;
    if ((this.shot?.step ?? 0) >= this.state.steps) this.set({ steps: Math.min(5000, this.state.steps + MORE) });
    this.playing = true;
    this.box('[data-do="play"]').textContent = this.words.say("pause");
    this.tick();
  }

  pause() {
    this.playing = false;
    this.box('[data-do="play"]').textContent = this.words.say("play");
    if (this.shot) this.show(this.shot);
  }

  /** @param {Shot} shot */
  show(shot) {
    this.shot = shot;
    const settings = settingsOf(this.state);
    const narrow = matchMedia("(max-width: 44.984375em)").matches;
    const parts = views(shot, settings, this.words, narrow ? 328 : 330, this.pinned, this.others);
    this.box(".play-points").innerHTML = parts.points;
    this.box(".play-curves").innerHTML = parts.curves;
    paint(/** @type {HTMLCanvasElement} */ (this.box("canvas")), shot, settings);
    const sentence = sentenceOf(shot, settings, this.words, this.pinned);
    this.box(".explorer-sentence").textContent = sentence;
    const scrub = /** @type {HTMLInputElement} */ (this.box("[data-scrub]"));
    scrub.max = String(Math.max(shot.step, Number(this.playing ? 0 : scrub.max), 1));
    if (document.activeElement !== scrub || this.playing) scrub.value = String(shot.step);
    scrub.setAttribute("aria-valuetext", this.words.say("at_step", { step: shot.step }));
    if (this.playing && shot.step % 5 !== 0) return; // what is read, not watched
    this.box(".play-layers .table-scroll").innerHTML = parts.layers;
    this.box(".explorer-data .table-scroll").innerHTML = parts.table;
    this.box(".explorer-program code").textContent = this.program(settings);
    this.speak(sentence);
  }

  program(settings = settingsOf(this.state)) {
    return program(settings, this.state.steps, this.events);
  }

  /** @param {State} change */
  set(change) {
    this.state = { ...this.state, ...change };
    this.arrange();
    store(SPEC, this.own, this.state, this.root);
  }

  /** A slider on its way: only its number follows. @param {HTMLInputElement} input */
  slid(input) {
    if (input.dataset.scrub !== undefined) return this.scrub(Number(input.value));
    const field = SPEC[input.dataset.key ?? ""];
    if (!field || input.type !== "range") return;
    const found = valueOf(input, field, this.state[input.dataset.key ?? ""]);
    for (const twin of this.root.querySelectorAll(`[data-key="${input.dataset.key}"]`)) {
      refresh(
        /** @type {any} */ (twin),
        SPEC,
        { ...this.state, [input.dataset.key ?? ""]: found },
        this.words,
        twin === input,
      );
    }
  }

  /** @param {number} step */
  scrub(step) {
    this.pause();
    if (this.shot && step <= this.shot.step) this.ask({ do: "rewind", step });
    else if (this.shot) this.ask({ do: "go", most: step - this.shot.step });
  }

  /** @param {HTMLInputElement | HTMLSelectElement} input */
  changed(input) {
    if (input.dataset.lesson !== undefined) return this.lesson(input.value);
    const key = input.dataset.key ?? "";
    const field = SPEC[key];
    if (!field) return;
    const found = valueOf(input, field, this.state[key]);
    if (found === undefined) {
      input.setAttribute("aria-invalid", "true");
      return this.tell(this.words.say("invalid", { what: input.value, ...limits(field) }));
    }
    input.removeAttribute("aria-invalid");
    const live = /** @type {HTMLInputElement} */ (this.box("[data-live]")).checked;
    if (live && LIVE.test(key) && this.shot && this.shot.step > 0) {
      // The state keeps the value that the run began with; the event holds the new one, for the program.
      this.ask({ do: "event", name: key.slice(key.lastIndexOf(".") + 1), value: found });
      return this.tell(
        this.words.say("event", {
          name: key.slice(key.lastIndexOf(".") + 1),
          value: Number(found),
          step: this.shot.step,
        }),
      );
    }
    this.set({ [key]: found });
    if (key !== "own_class") this.again(key === "steps" ? undefined : []);
  }

  /** From the beginning, with the same settings and numbers. @param {Event[]} [events] */
  again(events = this.events) {
    this.pause();
    this.events = events;
    this.start(this.state.steps);
  }

  /** @param {string} name */
  lesson(name) {
    const text = this.box(".play-lesson");
    text.textContent = "";
    if (!Object.hasOwn(LESSONS, name)) return;
    const { state, steps, page } = LESSONS[name];
    const link = document.createElement("a");
    link.href = new URL(`../../${page}`, import.meta.url).href;
    link.textContent = this.words.say("proof");
    text.append(`${this.words.say(`lesson.${name}.text`)} `, link);
    this.set({ ...this.own, ...state, steps });
    this.again([]);
  }

  /** @param {string} action @param {HTMLButtonElement} button */
  act(action, button) {
    switch (action) {
      case "play":
        return this.playing ? this.pause() : this.play();
      case "back":
      case "forth":
        return this.scrub(Math.max(0, (this.shot?.step ?? 0) + (action === "back" ? -1 : 1)));
      case "again":
        this.pause();
        return this.ask({ do: "rewind", step: 0 });
      case "draw":
        this.set({ seed: (this.state.seed + 1) % 10000 });
        return this.again([]);
      case "pin":
        this.pinned = this.pinned ? null : { losses: (this.shot?.losses ?? new Float64Array(0)).slice() };
        button.setAttribute("aria-pressed", String(this.pinned !== null));
        return this.shot ? this.show(this.shot) : undefined;
      case "seeds":
        this.others = [];
        return void this.worker?.postMessage({ do: "seeds", state: this.state });
      case "reset":
        this.set(this.own);
        return this.again([]);
      case "link":
        return void copy(address(SPEC, this.own, this.state, this.root).href, button, this.words);
      case "copy":
        return void copy(this.program(), button, this.words);
      case "save":
        return save(this.program(), "playground.py");
    }
  }

  /** A point of one's own where the reader clicks. @param {MouseEvent} event */
  draw(event) {
    if (this.state.data !== "own") return;
    const { left, top, width, height } = this.box(".play-field").getBoundingClientRect();
    const x = -4 + 8 * (event.clientX - left) / width;
    const y = 4 - 8 * (event.clientY - top) / height;
    const own = [...this.state.own, Number(x.toFixed(2)), Number(y.toFixed(2)), Number(this.state.own_class)];
    if (own.length <= 600) this.set({ own });
    this.again([]);
  }

  /** Show the controls of what is chosen, with the values of now. */
  arrange() {
    const keys = shown(this.state).join();
    if (keys !== this.keys) {
      const focused = document.activeElement?.id;
      const open = [...this.root.querySelectorAll(".play-controls details")].map((each) => each.hasAttribute("open"));
      this.box(".play-controls").innerHTML = form(this.root.id, this.state, this.words);
      this.root.querySelectorAll(".play-controls details").forEach((each, k) => each.toggleAttribute("open", open[k]));
      if (focused) document.getElementById(focused)?.focus();
      this.keys = keys;
    }
    for (const input of this.root.querySelectorAll(":is(input, select)[data-key]")) {
      refresh(/** @type {any} */ (input), SPEC, this.state, this.words, false);
    }
  }

  keys = "";

  /** An answer that everybody should see. @param {string} text */
  tell(text) {
    const status = this.box(".explorer-status");
    status.textContent = text;
    status.classList.add("explorer-told");
    this.spoken = performance.now();
  }

  /** For screen readers, at most one sentence in two seconds. @param {string} sentence */
  speak(sentence) {
    const now = performance.now();
    if (this.playing && now - this.spoken < 2000) return;
    const status = this.box(".explorer-status");
    if (now - this.spoken < 2000) return;
    this.spoken = now;
    status.classList.remove("explorer-told");
    status.textContent = sentence;
  }

  end() {
    this.playing = false;
    this.worker?.terminate();
    this.palette?.disconnect();
    this.leave.abort();
  }
}
