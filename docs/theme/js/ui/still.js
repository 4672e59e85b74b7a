// For a figure that waits: a picture of the page stands in its place until something else is chosen.

import { encode } from "./spec.js";

/** @typedef {import("./spec.js").State} State */
/** @typedef {{ root: HTMLElement, own: State, state: State, explorer: import("./figure.js").Explorer<any>, words: import("./words.js").Words }} Waiting */

/**
 * The state that the menus show: the reader may have been faster than the module.
 * @param {HTMLElement} root
 * @param {State} own
 * @param {State} asked by the address
 */
export function chosen(root, own, asked) {
  const state = { ...asked };
  for (const { value, dataset: { key = "" } } of root.querySelectorAll("select")) {
    if (value !== own[key]) state[key] = value;
  }
  return state;
}

/** Whether nothing is chosen, so that the page's own picture stands. @param {Waiting} figure */
export function rest({ root, own, state, explorer, words }) {
  const resting = encode(explorer.spec, own, state) === "";
  root.toggleAttribute("data-moved", !resting);
  if (!resting) return false;
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (root.querySelector(selector));
  for (const picture of [".explorer-wide", ".explorer-narrow"]) find(picture).replaceChildren();
  find(".explorer-sentence").textContent = words.say("still");
  find(".explorer-program code").textContent = explorer.program?.(state) ?? "";
  return true;
}
