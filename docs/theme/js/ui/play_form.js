// The playground's controls as HTML: the same at build time and on the page.

/** @import { State } from "./spec.js" */
/** @import { Words } from "./words.js" */
import { LESSONS } from "../model/lessons.js";
import { shown, SPEC } from "../model/playground.js";
import { control, label, name } from "./controls.js";
import { print } from "./spec.js";
import { escape } from "./words.js";

const GROUPS = {
  data: ["data", "points", "noise", "flip", "own_class", "own"],
  net: ["hidden", "activation", "init", "bias"],
  loss: ["loss"],
  step: ["optimizer", "batch", "schedule", "steps", "seed", "seeds"],
};

/** @param {State} state @param {string[]} keys */
function useful(state, keys) {
  const own = state.data === "own";
  const without = own ? ["points", "noise", "flip"] : ["own", "own_class"];
  const visible = shown(state);
  return keys.filter((key) => !without.includes(key)).flatMap((key) => [
    key,
    ...visible.filter((each) => each.startsWith(`${key}.`)),
  ]);
}

/** All controls that the state makes useful, by part. @param {string} id @param {State} state @param {Words} words */
export function form(id, state, words) {
  return Object.entries(GROUPS).map(([name, keys]) => {
    const controls = useful(state, keys).map((key) =>
      control(`${id}-${key.replaceAll(".", "-")}`, key, SPEC[key], state[key], words)
    );
    return `<details class="play-group"><summary>${escape(words.say(`group.${name}`))}</summary>` +
      `<div class="explorer-grid">${controls.join("")}</div></details>`;
  }).join("");
}

/** The settings as one line of HTML, for paper: there are no controls. @param {State} state @param {Words} words */
export function settled(state, words) {
  const one = (/** @type {string} */ key) => {
    const value = state[key];
    const text = typeof value === "number" ? words.number(value, 6) : label(print(value), words);
    return `${name(key, words)}: ${escape(text)}`;
  };
  return Object.values(GROUPS).map((keys) => useful(state, keys).map(one).join("; ")).join("; ");
}

/** @param {string} action @param {string} title @param {string} [rest] */
const button = (action, title, rest = "") =>
  `<button type="button" data-do="${action}"${rest}>${escape(title)}</button>`;

/** @param {string} id @param {string} mark @param {string} title */
const check = (id, mark, title) =>
  `<label class="explorer-check"><input type="checkbox" id="${id}-${mark}" data-${mark}> ${escape(title)}</label>`;

/** Buttons, the way through the steps, and lessons. @param {string} id @param {Words} words */
export function transport(id, words) {
  const lessons = Object.keys(LESSONS).map((name) =>
    `<option value="${name}">${escape(words.say(`lesson.${name}`))}</option>`
  );
  return `<div class="explorer-field play-lessons"><label for="${id}-lesson">${escape(words.say("lessons"))}</label>` +
    `<select id="${id}-lesson" data-lesson><option value="">${escape(words.say("no_lesson"))}</option>${
      lessons.join("")
    }</select>` +
    `<p class="play-lesson"></p></div>` +
    `<div class="explorer-player" role="group" aria-label="${escape(words.say("player"))}">` +
    button("play", words.say("play")) + button("back", words.say("back")) + button("forth", words.say("forth")) +
    button("again", words.say("again")) + button("draw", words.say("draw")) +
    button("pin", words.say("pin"), ' aria-pressed="false"') +
    button("seeds", words.say("ten_seeds"), ' aria-pressed="false"') +
    button("rescue", words.say("rescue"), " hidden") + "</div>" +
    `<div class="play-scrub"><label for="${id}-scrub">${escape(words.say("scrub"))}</label>` +
    `<input type="range" id="${id}-scrub" data-scrub min="0" max="1" value="0"></div>` +
    check(id, "slow", words.say("slow")) + check(id, "live", words.say("live"));
}

/** @param {Words} words */
export function actions(words) {
  return `<div class="explorer-actions">${button("link", words.say("copy_link"))}${
    button("copy", words.say("copy_program"))
  }${button("save", words.say("save"))}${button("reset", words.say("reset"))}</div>`;
}
