// Controls as HTML, made from a specification. Native elements only, each with its name; a slider has a number field
// beside it, so that nothing needs a pointer or a steady hand.

import { place, print } from "./spec.js";
import { escape } from "./words.js";

/**
 * @typedef {import("./spec.js").Field} Field
 * @typedef {import("./spec.js").State} State
 * @typedef {import("./words.js").Words} Words
 */

const DECADE = 50; // steps of a slider on a logarithmic scale: 5 % each

/**
 * A slider's steps: each press of an arrow key gives another number.
 * @param {import("./spec.js").Linear | import("./spec.js").Log | import("./spec.js").Integer} field
 */
export function stepsOf(field) {
  if (field.kind === "log") return Math.round(DECADE * Math.log10(field.max / field.min));
  return Math.round((field.max - field.min) / (field.kind === "linear" ? field.step : 1));
}

/**
 * A field's name as HTML. A key with a dot is an argument of torch and stands as code.
 * @param {string} key
 * @param {Words} words
 */
export function name(key, words) {
  if (words.has(`field.${key}`)) return escape(words.say(`field.${key}`));
  return `<code>${escape(argument(key))}</code>`;
}

/** torch's name of an argument; of a compound's children with the place, as both may have one of that name. @param {string} key */
function argument(key) {
  const [name, , place] = key.split(".").reverse();
  return place === "first" || place === "second" ? `${place}: ${name}` : name;
}

/**
 * A value's name: a word where there is one, else the name itself, which is torch's.
 * @param {string} value
 * @param {Words} words
 */
export const label = (value, words) => words.has(`value.${value}`) ? words.say(`value.${value}`) : value;

/**
 * One field's control.
 * @param {string} id unique on the page
 * @param {string} key
 * @param {Field} field
 * @param {any} value
 * @param {Words} words
 * @returns {string}
 */
export function control(id, key, field, value, words) {
  const own = `id="${id}" data-key="${escape(key)}"`;
  const title = `<label for="${id}">${name(key, words)}</label>`;
  switch (field.kind) {
    case "choice":
      return wrap(key, `${title}<select ${own}>${options(field.values, [value], words)}</select>`);
    case "flag":
      return wrap(
        key,
        `<label class="explorer-check"><input type="checkbox" ${own}${value ? " checked" : ""}> ${
          name(key, words)
        }</label>`,
      );
    case "many":
      return group(id, key, field, value, words);
    case "numbers":
      return wrap(key, `${title}<input type="text" inputmode="decimal" ${own} value="${escape(print(value))}">`);
    case "letters":
      return wrap(key, `${title}<input type="text" maxlength="${field.most}" ${own} value="${escape(value)}">`);
    default:
      return wrap(key, title + slider(own, id, key, field, value, words));
  }
}

/** @param {string} key @param {string} body */
const wrap = (key, body) => `<div class="explorer-field" data-field="${escape(key)}">${body}</div>`;

/**
 * @param {readonly string[]} values
 * @param {string[]} chosen
 * @param {Words} words
 */
function options(values, chosen, words) {
  return values.map((value) =>
    `<option value="${escape(value)}"${chosen.includes(value) ? " selected" : ""}>${
      escape(label(value, words))
    }</option>`
  ).join("");
}

/**
 * @param {string} id
 * @param {string} key
 * @param {import("./spec.js").Many} field
 * @param {string[]} chosen
 * @param {Words} words
 */
function group(id, key, field, chosen, words) {
  const boxes = field.values.map((value, index) => {
    const on = chosen.includes(value);
    // The last one stays on: a picture of nothing helps nobody.
    const locked = on ? chosen.length === 1 : chosen.length >= field.most;
    return `<label class="explorer-check"><input type="checkbox" id="${id}-${index}" data-key="${escape(key)}" value="${
      escape(value)
    }"${on ? " checked" : ""}${locked ? " disabled" : ""}> ${escape(label(value, words))}</label>`;
  });
  return `<fieldset class="explorer-many" data-field="${escape(key)}"><legend>${name(key, words)}</legend>${
    boxes.join("")
  }</fieldset>`;
}

/**
 * @param {string} own
 * @param {string} id
 * @param {string} key
 * @param {import("./spec.js").Linear | import("./spec.js").Log | import("./spec.js").Integer} field
 * @param {number} value
 * @param {Words} words
 */
function slider(own, id, key, field, value, words) {
  const steps = stepsOf(field);
  const plain = words.has(`field.${key}`) ? words.say(`field.${key}`) : argument(key);
  return `<input type="range" ${own} min="0" max="${steps}" step="1" value="${
    Math.round(place(field, value) * steps)
  }" aria-valuetext="${escape(words.number(value))}"><input type="number" id="${id}-number" data-key="${
    escape(key)
  }" aria-label="${escape(words.say("number_of", { name: plain }))}" min="${field.min}" max="${field.max}" step="${
    field.kind === "integer" ? 1 : "any"
  }" value="${value}">`;
}
