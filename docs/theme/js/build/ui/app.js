// The builder's life on the page: listens, keeps the program and its past, draws what changed.

import { copy } from "../../ui/hand.js";
import { Words } from "../../ui/words.js";
import { arranged } from "../table.js";
import { EMPTY, parse, pathOf, ProgramError } from "../tree.js";
import { EDITS, step } from "./actions.js";
import { changedField, chose } from "./changes.js";
import { set, setting } from "./drafts.js";
import { Keep } from "./keep.js";
import { press } from "./press.js";
import { begin, push, redo, undo } from "./history.js";
import { pressed } from "./keys.js";
import { problemText, size, troubleText } from "./net.js";
import { Palette } from "./open_palette.js";
import { checkPanel, codePanel, headings, netPanel, summary, TABS, trainPanel } from "./panels.js";
import { known } from "./state.js";

/**
 * @import { Table } from "../table.js"
 * @import { Path, Program } from "../tree.js"
 * @import { Shown } from "./net.js"
 * @import { Known } from "./state.js"
 */

export class Builder {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.words = new Words(JSON.parse(root.dataset.words ?? "{}"), document.documentElement.lang || "en");
    /** @type {Table} */
    this.table = JSON.parse(root.dataset.table ?? "{}");
    const start = arranged(parse(JSON.parse(root.dataset.start ?? "{}")), this.table);
    this.history = begin(start);
    /** @type {Program | null} */
    this.examined = null;
    /** @type {Known} */
    this.known = this.examine();
    this.selected = "";
    this.tab = "net";
    this.keep = new Keep(this);
    this.leave = new AbortController();
    this.palette = new Palette(this);
    this.pressing = false;
    this.letters = setting("letters") !== "off";
    /** @type {typeof import("./out.js") | undefined} */
    this.out = undefined;
    this.listen();
    root.dataset.ready = "";
    this.draw();
    this.keep.open();
  }

  /** What follows from the program, computed once for each. @returns {Known} */
  examine() {
    if (this.examined === this.program) return this.known;
    this.examined = this.program;
    return known(this.program, this.table);
  }

  get program() {
    return this.history.now;
  }

  /** @returns {Shown} */
  get shown() {
    const { program, known: { shapes, problems }, words, selected } = this;
    return { program, shapes, problems, words, selected };
  }

  /** @param {string} selector @returns {any} */
  box(selector) {
    return this.root.querySelector(selector);
  }

  listen() {
    const { signal } = this.leave;
    const on = (/** @type {string} */ kind, /** @type {(event: any) => void} */ act) =>
      this.root.addEventListener(kind, act, { signal });
    on("click", (event) => this.clicked(event.target));
    on("change", (event) => this.changed(event.target));
    on("keydown", (event) => pressed(this, event));
    on("pointerdown", () => this.pressing = true);
    for (const end of ["pointerup", "pointercancel"]) {
      globalThis.addEventListener(end, () => this.pressing = false, { signal });
    }
    globalThis.addEventListener("hashchange", () => this.keep.open(), { signal });
  }

  /**
   * A new program, or the same with another selection.
   * @param {Program} program @param {string} [selected] @param {string} [focus] a selector of what gets the focus
   */
  set(program, selected = this.selected, focus) {
    this.history = push(this.history, arranged(program, this.table));
    this.after(selected, focus);
  }

  /** @param {string} selected @param {string} [focus] */
  after(selected, focus) {
    this.known = this.examine();
    this.selected = selected;
    this.draw();
    if (focus) this.focus(focus);
    this.keep.store();
  }

  /** @param {"undo" | "redo"} which */
  travel(which) {
    this.history = which === "undo" ? undo(this.history) : redo(this.history);
    this.after(this.selected);
    this.say(this.words.say(`did.${which}`), false);
  }

  /** Draw the tab that is seen, and what stands above all. */
  draw() {
    const { shown, table, root } = this;
    root.classList.toggle("build-open", Boolean(this.selected) && this.tab === "net");
    const focused = /** @type {HTMLElement | null} */ (root.querySelector(":focus"));
    const again = focused && selectorOf(focused);
    const text = summary(shown);
    const line = this.box(".build-summary");
    line.textContent = text;
    line.classList.toggle("build-error", Boolean(shown.problems.length || shown.shapes?.error));
    this.box('[data-do="undo"]').disabled = !this.history.past.length;
    this.box('[data-do="redo"]').disabled = !this.history.future.length;
    const panel = this.box(`#build-panel-${this.tab}`);
    const open = [...panel.querySelectorAll("details[open]")].map((each) => each.className);
    const texts = new Map([...panel.querySelectorAll("textarea")].map((each) => [each.id, each.value]));
    panel.innerHTML = this.tab === "net"
      ? netPanel(shown, table, this.known)
      : this.tab === "train"
      ? trainPanel(shown, table)
      : this.tab === "check"
      ? checkPanel(shown, table, this.known)
      : codePanel(shown, this.made(), this.keep.times());
    for (const each of panel.querySelectorAll("details")) if (open.includes(each.className)) each.open = true;
    for (const each of panel.querySelectorAll("textarea")) each.value = texts.get(each.id) ?? "";
    const keys = this.box("[data-keys]");
    if (keys) keys.checked = this.letters;
    if (again && !this.root.contains(document.activeElement)) this.focus(again);
  }

  /** @param {string} selector */
  focus(selector) {
    const target = this.box(selector);
    target?.focus();
    if (target?.matches("[type=text]")) target.select();
  }

  /** @param {string} path */
  select(path, focus = true) {
    this.selected = path;
    this.draw();
    if (focus && path) this.focus(`.build-name[data-path="${CSS.escape(path)}"]`);
  }

  /** Put the selected block's form away: on a phone it covers half of the list. */
  close() {
    const before = this.selected;
    this.select("", false);
    this.focus(`.build-name[data-path="${CSS.escape(before)}"]`);
  }

  /** @param {string} name */
  show(name) {
    this.tab = name;
    for (const each of TABS) {
      const tab = this.box(`#build-tab-${each}`);
      tab.setAttribute("aria-selected", String(each === name));
      if (each === name) tab.removeAttribute("tabindex");
      else tab.setAttribute("tabindex", "-1");
      this.box(`#build-panel-${each}`).hidden = each !== name;
    }
    this.draw();
  }

  /** @param {HTMLElement} target */
  clicked(target) {
    const tab = /** @type {HTMLElement | null} */ (target.closest("[role=tab]"));
    if (tab) return this.show(tab.dataset.tab ?? "net");
    const box = target.closest(".d-box");
    if (box) return this.select(box.getAttribute("data-path") === "data" ? "" : box.getAttribute("data-path") ?? "");
    const button = /** @type {HTMLButtonElement | null} */ (target.closest("button[data-do]"));
    if (button) press(this, button);
  }

  /** Change the selected block. @param {string} action @param {string} [detail] */
  edit(action, detail = "") {
    if (!this.selected) return;
    try {
      const made = EDITS[action](this.program, pathOf(this.selected), detail);
      const focus = made.selected ? `.build-name[data-path="${CSS.escape(made.selected)}"]` : ".build-insert button";
      this.set(made.program, made.selected, focus);
      this.say(this.words.say(`did.${action}`), false);
    } catch (error) {
      if (!(error instanceof ProgramError)) throw error;
      this.say(this.words.say(`refused.${error.code}`, { what: error.what }), true);
    }
  }

  insertAfter() {
    const path = this.selected ? pathOf(this.selected) : /** @type {Path} */ (["net", this.program.net.length]);
    const at = this.selected ? /** @type {number} */ (path.at(-1)) + 1 : this.program.net.length;
    this.palette.show(/** @type {Path} */ (path.with(-1, at)));
  }

  /** @param {string} how */
  go(how) {
    this.select(step(this.program, this.selected, how));
  }

  /**
   * A field was changed. What follows waits until the focus has gone where it goes: the panel is drawn anew.
   * @param {any} input
   */
  changed(input) {
    if (input.matches("[data-keys]")) {
      this.letters = input.checked;
      return set("letters", this.letters ? "on" : "off");
    }
    if (input.matches("[data-file]")) return void this.take("file", input);
    if (input.dataset.choose === "preset") return void this.preset(input);
    const made = input.dataset.choose ? chose(this, input) : changedField(this, input);
    if (made === null) {
      input.setAttribute("aria-invalid", "true");
      const answer = this.words.say("invalid", { what: input.value });
      return this.later(() => this.say(answer, true)); // a line more would move what is being pressed
    }
    if (!made) return;
    this.history = push(this.history, arranged(made, this.table));
    this.known = this.examine();
    this.later(() => {
      this.after(this.selected);
      this.tell();
    });
  }

  /** Another program to begin with. @param {HTMLSelectElement} input */
  async preset(input) {
    const name = input.value;
    input.value = "";
    const { PRESETS } = await import("../presets.js");
    const preset = name === "empty" ? { ...EMPTY, data: this.program.data } : PRESETS[name];
    if (!preset) return;
    this.keep.begin();
    this.set(preset, "");
    this.say(summary(this.shown), false);
  }

  /** When the focus has moved, and a press of the pointer has become the click that it began. @param {() => void} act */
  later(act) {
    if (!this.pressing) return void setTimeout(act);
    globalThis.addEventListener("pointerup", () => setTimeout(act), { once: true, signal: this.leave.signal });
  }

  /** Say the first error, or what came of an edit. */
  tell() {
    const { problems, shapes } = this.known;
    const { words } = this;
    if (problems.length) return this.say(problemText(problems[0], words), false);
    if (shapes?.error) return this.say(troubleText(shapes.error.trouble, words), false);
    const info = shapes?.blocks[this.selected];
    this.say(info ? words.say("now", { shape: size(info.out) }) : summary(this.shown), false);
  }

  /** Files, links, pasted texts: fetched when they are asked for. @param {string} action @param {HTMLElement} source */
  async take(action, source) {
    const { take } = await import("./take.js");
    take(this, action, source);
  }

  /** The part of the script that writes Python, fetched once. */
  async fetchOut() {
    this.out ??= await import("./out.js");
    return this.out;
  }

  /** The program in Python; null while what writes it is on its way, which draws it then. */
  made() {
    if (this.out) return this.out.python(this.program, this.table, headings(this.words));
    this.fetchOut().then(() => this.tab === "code" && this.draw());
    return null;
  }

  /** @param {HTMLButtonElement} button */
  async copyProgram(button) {
    const { python } = await this.fetchOut();
    const made = python(this.program, this.table, headings(this.words));
    if ("text" in made) return copy(made.text, button, this.words);
    this.say(`${this.words.say("no_program")} ${made.sentence}`, true);
  }

  /** @param {string} sentence @param {boolean} visible */
  say(sentence, visible) {
    const live = this.box(".build-live");
    live.textContent = sentence;
    live.classList.toggle("build-told", visible);
  }

  end() {
    this.keep.end();
    this.leave.abort();
  }
}

/** What finds a control again after its panel was drawn anew. @param {HTMLElement} element */
function selectorOf(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  const { path, do: action } = element.dataset;
  if (action && path) return `[data-do="${action}"][data-path="${CSS.escape(path)}"]`;
  return action ? `[data-do="${action}"]` : null;
}
