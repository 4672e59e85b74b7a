// Where a program comes from and where it stays: the address, and the drafts of this browser.

import { decode, encode, LONGEST } from "../link.js";
import { canonical, parse, ProgramError } from "../tree.js";
import { drafts, remember } from "./drafts.js";

/**
 * @import { Program } from "../tree.js"
 * @import { Builder } from "./app.js"
 */

const WAIT = 350; // ms without a change until address and draft are written

export class Keep {
  /** @param {Builder} app */
  constructor(app) {
    this.app = app;
    this.begun = Date.now(); // names the draft
    /** @type {number | undefined} */
    this.waiting = undefined;
  }

  /** Another program begins; the one before stays a draft. */
  begin() {
    this.begun = Date.now();
  }

  /** The program that the address holds; beside it the newest draft is offered. */
  async open() {
    const { app } = this;
    try {
      const found = await decode(location.hash);
      if (found && canonical(found) !== canonical(app.program)) this.begin();
      this.offer(found ?? app.program);
      if (found) app.set(found, "");
    } catch (error) {
      if (!(error instanceof ProgramError)) throw error;
      app.say(app.words.say(`refused.${error.code}`, { what: error.what }), true);
    }
  }

  /** @param {Program} opened */
  offer(opened) {
    const [last] = drafts();
    const box = this.app.box(".build-draft");
    box.hidden = !last || last.text === canonical(opened);
    if (box.hidden) return;
    const time = `data-time="${last.time}"`;
    box.innerHTML =
      `<span></span> <button type="button" data-do="restore" ${time}></button> <button type="button" data-do="keep"></button>`;
    const say = (/** @type {string} */ key) => this.app.words.say(key, { time: timeText(last.time) });
    box.querySelector("span").textContent = say("draft");
    box.querySelector('[data-do="restore"]').textContent = say("restore");
    box.querySelector('[data-do="keep"]').textContent = say("keep_both");
  }

  /** @param {number} time of the draft */
  restore(time) {
    const draft = drafts().find((each) => each.time === time);
    this.app.box(".build-draft").hidden = true;
    if (!draft) return;
    try {
      const program = parse(draft.text);
      this.save();
      this.begun = draft.time;
      this.app.set(program, "");
    } catch (error) {
      if (!(error instanceof ProgramError)) throw error;
    }
  }

  /** When each draft was begun, for people and for restore(). @returns {[number, string][]} */
  times() {
    return drafts().map(({ time }) => [time, timeText(time)]);
  }

  /** Among the drafts now. */
  save() {
    remember({ time: this.begun, text: canonical(this.app.program) });
  }

  /** Into the address and among the drafts, not more often than browsers bear. */
  store() {
    clearTimeout(this.waiting);
    const { app } = this;
    const { program } = app;
    this.waiting = setTimeout(async () => {
      if (!app.root.isConnected) return;
      this.save();
      const hash = await encode(program);
      if (program !== app.program) return;
      if (hash.length > LONGEST) return app.say(app.words.say("too_long_for_a_link"), true);
      try {
        if (location.hash !== hash) history.replaceState(history.state, "", hash);
      } catch {
        // Safari refuses after a hundred calls in half a minute; the next change is stored again.
      }
    }, WAIT);
  }

  end() {
    clearTimeout(this.waiting);
  }
}

/** @param {number} time */
function timeText(time) {
  const language = document.documentElement.lang || "en";
  return new Intl.DateTimeFormat(language, { timeStyle: "short", dateStyle: "short" }).format(time);
}
