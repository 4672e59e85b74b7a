// Undo over everything: programs are never changed, so the past is a list of them. Pure.

/** @import { Program } from "../tree.js" */

export const KEPT = 200;

/** @typedef {{ past: Program[], now: Program, future: Program[] }} History */

/** @param {Program} now @returns {History} */
export const begin = (now) => ({ past: [], now, future: [] });

/** @param {History} history @param {Program} next @returns {History} */
export function push(history, next) {
  if (next === history.now) return history;
  return { past: [...history.past, history.now].slice(-KEPT), now: next, future: [] };
}

/** @param {History} history @returns {History} */
export function undo({ past, now, future }) {
  const before = past.at(-1);
  return before ? { past: past.slice(0, -1), now: before, future: [now, ...future] } : { past, now, future };
}

/** @param {History} history @returns {History} */
export function redo({ past, now, future }) {
  const [next, ...rest] = future;
  return next ? { past: [...past, now], now: next, future: rest } : { past, now, future };
}
