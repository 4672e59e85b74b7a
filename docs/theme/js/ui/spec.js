// What can be set, declared once: controls, limits, addresses, printed code and the random states of tests all come
// from these fields. Pure: no document here.

/**
 * A number on a linear scale; `step` is what one press of an arrow key adds.
 * @typedef {{ kind: "linear", min: number, max: number, fallback: number, step: number }} Linear
 * A positive number on a logarithmic scale.
 * @typedef {{ kind: "log", min: number, max: number, fallback: number }} Log
 * @typedef {{ kind: "integer", min: number, max: number, fallback: number }} Integer
 * One of some names.
 * @typedef {{ kind: "choice", values: readonly string[], fallback: string }} Choice
 * Several of some names, at least one and at most `most`.
 * @typedef {{ kind: "many", values: readonly string[], fallback: string[], most: number }} Many
 * @typedef {{ kind: "flag", fallback: boolean }} Flag
 * A list of numbers, each within the limits, at most `most` of them; `whole` admits integers only, `empty` none at all.
 * @typedef {{ kind: "numbers", min: number, max: number, fallback: number[], most: number, whole: boolean, empty?: boolean }} Numbers
 * A short word of some letters.
 * @typedef {{ kind: "letters", alphabet: string, fallback: string, most: number }} Letters
 * @typedef {Linear | Log | Integer | Choice | Many | Flag | Numbers | Letters} Field
 * @typedef {number | string | boolean | number[] | string[]} Value
 * @typedef {Record<string, Field>} Spec
 * @typedef {Record<string, any>} State
 */

/** @param {number} min @param {number} max @param {number} fallback @param {number} [step] @returns {Linear} */
export const linear = (min, max, fallback, step = (max - min) / 100) => ({ kind: "linear", min, max, fallback, step });

/** @param {number} min @param {number} max @param {number} fallback @returns {Log} */
export const log = (min, max, fallback) => ({ kind: "log", min, max, fallback });

/** @param {number} min @param {number} max @param {number} fallback @returns {Integer} */
export const integer = (min, max, fallback) => ({ kind: "integer", min, max, fallback });

/** @param {readonly string[]} values @param {string} [fallback] @returns {Choice} */
export const choice = (values, fallback = values[0]) => ({ kind: "choice", values, fallback });

/** @param {readonly string[]} values @param {string[]} fallback @param {number} [most] @returns {Many} */
export const many = (values, fallback, most = values.length) => ({ kind: "many", values, fallback, most });

/** @param {boolean} [fallback] @returns {Flag} */
export const flag = (fallback = false) => ({ kind: "flag", fallback });

/** @param {number} min @param {number} max @param {number[]} fallback @param {number} most @param {boolean} [whole] @returns {Numbers} */
export const numbers = (min, max, fallback, most, whole = false) => ({
  kind: "numbers",
  min,
  max,
  fallback,
  most,
  whole,
});

/** @param {string} alphabet @param {string} fallback @param {number} most @returns {Letters} */
export const letters = (alphabet, fallback, most) => ({ kind: "letters", alphabet, fallback, most });

/**
 * The state that a specification starts from.
 * @param {Spec} spec
 * @returns {State}
 */
export function defaults(spec) {
  return Object.fromEntries(Object.entries(spec).map(([key, field]) => [key, field.fallback]));
}

/**
 * A field's value from its text, or undefined where the field does not admit it.
 * @param {Field} field
 * @param {string} text
 * @returns {Value | undefined}
 */
export function parse(field, text) {
  switch (field.kind) {
    case "choice":
      return field.values.includes(text) ? text : undefined;
    case "flag":
      return { yes: true, no: false }[text];
    case "letters":
      return text && text.length <= field.most && [...text].every((each) => field.alphabet.includes(each))
        ? text
        : undefined;
    case "many": {
      const names = [...new Set(text.split(","))];
      const known = names.every((name) => field.values.includes(name));
      return known && names.length <= field.most ? names : undefined;
    }
    case "numbers": {
      if (field.empty && text.trim() === "") return [];
      const values = text.split(",").map((part) => within(field, part, field.whole));
      return values.length <= field.most && !values.includes(undefined) ? /** @type {number[]} */ (values) : undefined;
    }
    default:
      return within(field, text, field.kind === "integer");
  }
}

/**
 * @param {{ min: number, max: number }} field
 * @param {string} text
 * @param {boolean} whole
 * @returns {number | undefined}
 */
function within(field, text, whole) {
  const value = Number(text);
  if (text.trim() === "" || !(value >= field.min && value <= field.max)) return undefined;
  return whole && !Number.isInteger(value) ? undefined : value;
}

/**
 * The text that `parse` reads back, without loss.
 * @param {Value} value
 * @returns {string}
 */
export function print(value) {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return Array.isArray(value) ? value.join(",") : String(value);
}

const VERSION = "a"; // of the addresses; a later one may read this one's

/**
 * A state as it stands in an address: what differs from the page's own defaults, or "" for nothing.
 * @param {Spec} spec
 * @param {State} own the page's defaults
 * @param {State} state
 * @returns {string}
 */
export function encode(spec, own, state) {
  const changed = Object.keys(spec).filter((key) => print(state[key]) !== print(own[key]));
  return changed.length ? [VERSION, ...changed.map((key) => `${key}:${print(state[key])}`)].join(";") : "";
}

/**
 * The state that an address asks for. What it asks for in vain keeps the page's default and is listed.
 * @param {Spec} spec
 * @param {State} own the page's defaults
 * @param {string} text
 * @returns {{ state: State, refused: string[] }}
 */
export function decode(spec, own, text) {
  const state = { ...own };
  const refused = [];
  const [version, ...parts] = text.split(";");
  if (text && version !== VERSION) return { state, refused: [text] };
  for (const part of parts) {
    const cut = part.indexOf(":");
    const field = Object.hasOwn(spec, part.slice(0, cut)) ? spec[part.slice(0, cut)] : undefined;
    const value = field && parse(field, part.slice(cut + 1));
    if (value === undefined) refused.push(part);
    else state[part.slice(0, cut)] = value;
  }
  return { state, refused };
}

/**
 * Where a number stands on its slider, from 0 to 1.
 * @param {Linear | Log | Integer} field
 * @param {number} value
 */
export function place(field, value) {
  if (field.kind !== "log") return (value - field.min) / (field.max - field.min);
  return Math.log(value / field.min) / Math.log(field.max / field.min);
}

/**
 * The number at a place of the slider, with no more digits than the slider can tell apart.
 * @param {Linear | Log | Integer} field
 * @param {number} where from 0 to 1
 */
export function value(field, where) {
  if (where <= 0) return field.min;
  if (where >= 1) return field.max;
  if (field.kind === "log") {
    return Number((field.min * (field.max / field.min) ** where).toPrecision(3));
  }
  const step = field.kind === "integer" ? 1 : field.step;
  const steps = Math.round((where * (field.max - field.min)) / step);
  return Math.min(Number((field.min + steps * step).toPrecision(10)), field.max);
}
