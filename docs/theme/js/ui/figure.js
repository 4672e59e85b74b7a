// An explorer's whole figure as HTML. The build writes it with the default state; the page's script takes the same
// boxes over. So there is one look, and nothing jumps.

import { control } from "./controls.js";
import { decode, defaults } from "./spec.js";
import { escape, Words } from "./words.js";

/** @typedef {import("./spec.js").State} State */
/** @typedef {import("./spec.js").Spec} Spec */
/** @typedef {{ head: string[], rows: (string | number)[][] }} Table */

/**
 * What an explorer is: a specification, and pure functions from its state to what is seen.
 * @template R what the model gives to the others
 * @typedef {{
 *   name: string,
 *   spec: Spec,
 *   main: (state: State) => string[],
 *   more?: (state: State) => string[],
 *   groups?: (state: State) => { title: string, keys: string[] }[],
 *   presets?: Record<string, State | ((state: State) => State)>,
 *   model: (state: State) => R,
 *   view: (result: R, state: State, width: number, words: Words) => string,
 *   legend?: (result: R, state: State, words: Words) => string,
 *   sentence: (result: R, state: State, words: Words) => string,
 *   table: (result: R, state: State, words: Words) => Table,
 *   program?: (state: State) => string,
 *   drag?: (handle: string, at: { x: number, y: number }, result: R, state: State, width: number) => State,
 *   player?: { key: string, seconds: number },
 * }} Explorer
 */

/**
 * @typedef {(id: string, given: Record<string, string>, entries: Record<string, import("./words.js").Entry>,
 *   language: string) => string} Render
 */

/** Widths of the two pictures: a phone's shows panels below each other, so that its text stays readable. */
export const WIDE = 640;
export const NARROW = 328;

/**
 * What is seen at once, by the name of its box.
 * @param {Explorer<any>} explorer
 * @param {any} result
 * @param {State} state
 * @param {Words} words
 * @param {number[]} widths
 */
export const seen = (explorer, result, state, words, widths) => ({
  pictures: widths.map((width) => explorer.view(result, state, width, words)),
  legend: explorer.legend?.(result, state, words) ?? "",
  sentence: explorer.sentence(result, state, words),
});

/**
 * What is folded away: the table and the program.
 * @param {Explorer<any>} explorer
 * @param {any} result
 * @param {State} state
 * @param {Words} words
 */
export function folded(explorer, result, state, words) {
  const { head, rows } = explorer.table(result, state, words);
  const cells = (/** @type {(string | number)[]} */ row) =>
    row.map((cell) => `<td>${escape(typeof cell === "number" ? words.number(cell, 6) : cell)}</td>`).join("");
  const heads = head.map((each) => `<th scope="col">${escape(each)}</th>`).join("");
  return {
    table: `<table class="grid-table"><thead><tr>${heads}</tr></thead><tbody>${
      rows.map((row) => `<tr>${cells(row)}</tr>`).join("")
    }</tbody></table>`,
    program: explorer.program?.(state) ?? "",
  };
}

/**
 * The controls of the fields that the state makes useful.
 * @param {Explorer<any>} explorer
 * @param {string} id
 * @param {State} state
 * @param {Words} words
 */
export function controls(explorer, id, state, words) {
  const all = (/** @type {string[]} */ keys) =>
    keys.map((key) => control(`${id}-${key.replaceAll(".", "-")}`, key, explorer.spec[key], state[key], words)).join(
      "",
    );
  const more = explorer.more?.(state) ?? [];
  const rest = more.length
    ? `<details class="explorer-more"><summary>${escape(words.say("more"))}</summary><div class="explorer-grid">${
      all(more)
    }</div></details>`
    : "";
  const groups = (explorer.groups?.(state) ?? []).filter(({ keys }) => keys.length).map(({ title, keys }) =>
    `<fieldset class="explorer-group"><legend>${escape(title)}</legend><div class="explorer-grid">${
      all(keys)
    }</div></fieldset>`
  );
  return `<div class="explorer-grid">${all(explorer.main(state))}</div>${groups.join("")}${rest}`;
}

/**
 * The inside of the figure. Throws where `given` names what the explorer does not have.
 * @param {Explorer<any>} explorer
 * @param {string} id
 * @param {Record<string, string>} given texts of the fields that this page sets otherwise
 * @param {Record<string, import("./words.js").Entry>} entries
 * @param {string} language
 */
export function figure(explorer, id, given, entries, language) {
  const words = new Words(entries, language);
  const asked = Object.entries(given).map(([key, text]) => `${key}:${text}`);
  const { state, refused } = decode(explorer.spec, defaults(explorer.spec), ["a", ...asked].join(";"));
  if (refused.length) throw new Error(`${explorer.name} has no ${refused.join(", ")}`);
  const result = explorer.model(state);
  const parts = { ...seen(explorer, result, state, words, [WIDE, NARROW]), ...folded(explorer, result, state, words) };
  const [wide, narrow] = parts.pictures;
  return [
    `<div class="explorer-stage"><div class="explorer-wide">${wide}</div><div class="explorer-narrow">${narrow}</div></div>`,
    `<div class="explorer-legends">${parts.legend}</div>`,
    `<figcaption class="explorer-sentence">${escape(parts.sentence)}</figcaption>`,
    `<p class="explorer-status" role="status"></p>`,
    `<form class="explorer-form" autocomplete="off"><fieldset class="explorer-all" disabled><legend>${
      escape(words.say("settings"))
    }</legend>`,
    presets(explorer, words),
    player(explorer, words),
    `<div class="explorer-controls">${controls(explorer, id, state, words)}</div>`,
    actions(explorer, words),
    "</fieldset></form>",
    details(
      "explorer-data",
      words.say("data"),
      `<div class="table-scroll" role="group" tabindex="0" aria-label="${
        escape(words.say("data"))
      }">${parts.table}</div>`,
    ),
    explorer.program
      ? details(
        "explorer-program",
        words.say("program"),
        `<pre tabindex="0"><code>${escape(parts.program)}</code></pre>`,
      )
      : "",
  ].join("");
}

/** @param {string} style @param {string} summary @param {string} body */
const details = (style, summary, body) =>
  `<details class="${style}"><summary>${escape(summary)}</summary>${body}</details>`;

/** @param {string} action @param {string} title @param {string} [rest] */
const button = (action, title, rest = "") =>
  `<button type="button" data-do="${escape(action)}"${rest}>${escape(title)}</button>`;

/** @param {Explorer<any>} explorer @param {Words} words */
function presets(explorer, words) {
  const names = Object.keys(explorer.presets ?? {});
  if (!names.length) return "";
  const buttons = names.map((name) => button(`preset:${name}`, words.say(`preset.${name}`)));
  return `<div class="explorer-presets" role="group" aria-label="${escape(words.say("presets"))}">${
    buttons.join("")
  }</div>`;
}

/** @param {Explorer<any>} explorer @param {Words} words */
function player(explorer, words) {
  if (!explorer.player) return "";
  return `<div class="explorer-player" role="group" aria-label="${escape(words.say("player"))}">${
    button("play", words.say("play"), ` data-pause="${escape(words.say("pause"))}"`)
  }${button("back", words.say("back"))}${button("forth", words.say("forth"))}</div>`;
}

/** @param {Explorer<any>} explorer @param {Words} words */
function actions(explorer, words) {
  const own = explorer.program ? button("copy", words.say("copy_program")) + button("save", words.say("save")) : "";
  return `<div class="explorer-actions">${button("link", words.say("copy_link"))}${own}${
    button("reset", words.say("reset"))
  }</div>`;
}
