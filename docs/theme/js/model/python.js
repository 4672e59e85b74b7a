// Python text: one printer for every program that a page emits.

/** @import { Field, Value } from "../ui/spec.js" */

export const WIDTH = 84; // characters, as in the programs of the pages

/**
 * A number as Python reads it back, without loss. A whole float keeps its point: torch tells 1 from 1.0.
 * @param {number} value
 * @param {boolean} [whole] whether an int is meant
 */
export function number(value, whole = false) {
  if (Number.isNaN(value)) return 'float("nan")';
  if (!Number.isFinite(value)) return value > 0 ? 'float("inf")' : 'float("-inf")';
  const text = Object.is(value, -0) ? "-0" : String(value);
  return whole || /[.e]/.test(text) ? text : `${text}.0`;
}

/**
 * A field's value as Python text.
 * @param {Field} field
 * @param {any} value
 */
export function literal(field, value) {
  switch (field.kind) {
    case "flag":
      return value ? "True" : "False";
    case "choice":
      return value === "none" ? "None" : JSON.stringify(value);
    case "numbers":
      return `[${value.map((/** @type {number} */ item) => number(item, field.whole)).join(", ")}]`;
    case "many":
      return JSON.stringify(value);
    default:
      return number(value, field.kind === "integer");
  }
}

/**
 * A call, on one line if it fits, else with one argument per line.
 * @param {string} name
 * @param {string[]} parts arguments as they are printed
 * @param {number} [indent] spaces before the statement that it stands in
 */
export function call(name, parts, indent = 0) {
  const line = `${name}(${parts.join(", ")})`;
  if (indent + line.length <= WIDTH && !line.includes("\n")) return line;
  const pad = " ".repeat(indent);
  return `${name}(\n${parts.map((part) => `${pad}    ${part},\n`).join("")}${pad})`;
}

/**
 * Keyword arguments from a specification and its values.
 * @param {Record<string, Field>} spec
 * @param {Record<string, Value>} values
 * @param {(name: string) => boolean} [wanted]
 */
export function keywords(spec, values, wanted = () => true) {
  return Object.keys(spec).filter(wanted).map((name) => `${name}=${literal(spec[name], values[name])}`);
}
