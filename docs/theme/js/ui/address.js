// A figure's state in the page's address: one parameter per figure, nothing where nothing was changed.

import { decode, defaults, encode } from "./spec.js";

/**
 * @typedef {import("./spec.js").Spec} Spec
 * @typedef {import("./spec.js").State} State
 */

/** @param {HTMLElement} root */
const parameter = (root) => root.dataset.key ?? root.dataset.explorer ?? "";

/**
 * The state that an address asks a figure for, on top of the page's own defaults.
 * @param {Spec} spec
 * @param {HTMLElement} root
 * @param {string} query
 */
export function read(spec, root, query) {
  const own = decode(spec, defaults(spec), root.dataset.own ?? "").state;
  return decode(spec, own, new URLSearchParams(query).get(parameter(root)) ?? "");
}

/**
 * The address that leads to this figure in this state.
 * @param {Spec} spec
 * @param {State} own
 * @param {State} state
 * @param {HTMLElement} root
 * @returns {URL}
 */
export function address(spec, own, state, root) {
  const url = new URL(location.href);
  url.search = query(spec, own, state, root);
  url.hash = root.id;
  return url;
}

/**
 * @param {Spec} spec
 * @param {State} own
 * @param {State} state
 * @param {HTMLElement} root
 */
function query(spec, own, state, root) {
  const name = parameter(root);
  const others = location.search.slice(1).split("&").filter((part) => part && part.split("=")[0] !== name);
  const text = encode(spec, own, state);
  const mine = text ? [`${name}=${encodeURIComponent(text).replace(/%(3B|3A|2C)/g, decodeURIComponent)}`] : [];
  return [...others, ...mine].join("&");
}

/** @type {WeakMap<HTMLElement, number>} */
const waiting = new WeakMap();

/**
 * Write the state into the address, not more often than browsers bear.
 * @param {Spec} spec
 * @param {State} own
 * @param {State} state
 * @param {HTMLElement} root
 */
export function store(spec, own, state, root) {
  clearTimeout(waiting.get(root));
  const later = setTimeout(() => {
    if (!root.isConnected) return;
    const url = new URL(location.href);
    url.search = query(spec, own, state, root);
    try {
      if (url.href !== location.href) history.replaceState(history.state, "", url);
    } catch {
      // Safari refuses after a hundred calls in half a minute; the next change is stored again.
    }
  }, 350);
  waiting.set(root, later);
}
