// What an explorer shows, as HTML. The build writes it with the default state (build.js); the page's script takes the
// same boxes over. So there is one look, and nothing jumps.

import { control, label, name } from "./controls.js";
import { print } from "./spec.js";
import { escape } from "./words.js";

/** @typedef {import("./words.js").Words} Words */

/** @typedef {import("./spec.js").State} State */
/** @typedef {import("./spec.js").Spec} Spec */
/** @typedef {{ head: string[], rows: (string | number)[][] }} Table */

/**
 * What an explorer is: a specification, and pure functions from its state to what is seen. `still` has no picture of its own
 * until something is chosen: a figure of the page stands below it. A model that is `unfinished` is asked again,
 * frame by frame; `load` fetches what it needs for rare states.
 * @template R what the model gives to the others
 * @typedef {{
 *   name: string,
 *   spec: Spec,
 *   main: (state: State) => string[],
 *   more?: (state: State) => string[],
 *   groups?: (state: State) => { title: string, keys: string[] }[],
 *   presets?: Record<string, State | ((state: State) => State)>,
 *   still?: typeof import("./still.js"),
 *   model: (state: State) => R,
 *   load?: (state: State) => Promise<void> | undefined,
 *   unfinished?: (result: R) => boolean,
 *   view: (result: R, state: State, width: number, words: Words) => string,
 *   legend?: (result: R, state: State, words: Words) => string,
 *   sentence: (result: R, state: State, words: Words) => string,
 *   table: (result: R, state: State, words: Words) => Table,
 *   program?: (state: State) => string,
 *   drag?: (handle: string, at: { x: number, y: number }, result: R, state: State, width: number) => State,
 *   player?: { key: string, seconds: number, run: typeof import("./clock.js").run },
 * }} Explorer
 */

/** Widths of the two pictures: a phone's shows panels below each other, so that its text stays readable. */
export const WIDE = 640;
export const NARROW = 328;

/**
 * The settings of a state as one line of HTML, for paper: there are no controls.
 * @param {Explorer<any>} explorer
 * @param {State} state
 * @param {Words} words
 */
export function settings(explorer, state, words) {
  const groups = explorer.groups?.(state) ?? [];
  const one = (/** @type {string} */ key) => {
    const values = [state[key]].flat().map((value) =>
      typeof value === "number" ? words.number(value, 6) : label(print(value), words)
    );
    return `${name(key, words)}: ${escape(values.join(", "))}`;
  };
  return [
    ...explorer.main(state).map(one),
    ...(explorer.more?.(state) ?? []).map(one),
    ...groups.map(({ title, keys }) => `${escape(title)} (${keys.map(one).join("; ")})`),
  ].join("; ");
}

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
