// Arguments as people type them: 3, "3, 5", None, same. Pure.

import { admits } from "../table.js";

/**
 * @import { Argument } from "../table.js"
 */

/** @param {any} value @returns {string} */
export function print(value) {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return value.map(print).join(", ");
  return String(value);
}

/** @param {string} text @returns {any} undefined where it is none of what Python would read */
function atom(text) {
  if (text === "None") return null;
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) return Number(text);
  return /^\$?[A-Za-z_][\w-]*$/.test(text) ? text : undefined;
}

/**
 * The value that a text means for an argument. An empty text is torch's default: `{ value: undefined }`.
 * @param {Argument} argument @param {string} text @param {string[]} [params] names that may stand behind a $
 * @returns {{ value: any } | null} null where the argument does not admit it
 */
export function read(argument, text, params = []) {
  const bare = text.trim().replace(/^[([]\s*|\s*[)\]]$/g, "").replace(/,\s*$/, "");
  if (bare === "") return argument.required ? null : { value: undefined };
  const parts = bare.split(/[,\s]+/).map(atom);
  if (parts.includes(undefined)) return null;
  const known = parts.every((part) =>
    typeof part !== "string" || !part.startsWith("$") || params.includes(part.slice(1))
  );
  if (!known) return null;
  const several = argument.kind === "ints" || argument.kind === "floats";
  const list = several && (parts.length > 1 || !argument.scalar) && typeof parts[0] !== "string";
  if (!list && parts.length > 1) return null;
  const value = list ? parts : parts[0];
  const probe = JSON.parse(
    JSON.stringify(value),
    (_, each) => typeof each === "string" && each.startsWith("$") ? 1 : each,
  );
  return admits(argument, probe) || admits(argument, value) ? { value } : null;
}

/** @param {Argument} argument what a field of this argument admits, for an answer */
export function limits({ kind, min, max, values, n, optional }) {
  const words = values ? values.join(", ") : "";
  const range = kind === "choice" || kind === "bool" || kind === "name" ? "" : `${min ?? "−∞"} … ${max ?? "∞"}`;
  const count = n && n > 1 ? ` × 1 / ${n}` : "";
  return [range + count, words, optional ? "None" : ""].filter(Boolean).join(", ");
}
