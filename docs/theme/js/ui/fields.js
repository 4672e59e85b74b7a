// Between a control and the state: what the reader asks for, and what the control shows.

import { stepsOf } from "./controls.js";
import { parse, place, print, value } from "./spec.js";

/**
 * What a control asks for, or undefined where the field does not admit it.
 * @param {HTMLInputElement | HTMLSelectElement} input
 * @param {import("./spec.js").Field} field
 * @param {any} now
 */
export function valueOf(input, field, now) {
  if (input instanceof HTMLSelectElement) return input.value;
  if (field.kind === "many") {
    const chosen = field.values.filter((each) => each === input.value ? input.checked : now.includes(each));
    return chosen.length && chosen.length <= field.most ? chosen : undefined;
  }
  if (field.kind === "flag") return input.checked;
  if (input.type === "range" && (field.kind === "log" || field.kind === "linear" || field.kind === "integer")) {
    return value(field, Number(input.value) / Number(input.max));
  }
  return parse(field, input.value.replace(/\s+/g, ""));
}

/**
 * For messages.
 * @param {import("./spec.js").Field} field
 * @returns {Record<string, string | number>}
 */
export function limits(field) {
  if (field.kind === "letters") return { from: 1, to: field.most, letters: field.alphabet };
  return { from: "min" in field ? field.min : "", to: "max" in field ? field.max : "" };
}

/**
 * Let a control show the state.
 * @param {HTMLInputElement | HTMLSelectElement} input
 * @param {import("./spec.js").Spec} spec
 * @param {import("./spec.js").State} state
 * @param {import("./words.js").Words} words
 * @param {boolean} typing whether the reader is at it
 */
export function refresh(input, spec, state, words, typing) {
  const key = input.dataset.key ?? "";
  const [field, now] = [spec[key], state[key]];
  if (field.kind === "many" && input instanceof HTMLInputElement) {
    input.checked = now.includes(input.value);
    input.disabled = input.checked ? now.length === 1 : now.length >= field.most;
  } else if (field.kind === "flag" && input instanceof HTMLInputElement) input.checked = now;
  else if (input.type === "range" && (field.kind === "log" || field.kind === "linear" || field.kind === "integer")) {
    if (!typing) input.value = String(Math.round(place(field, now) * stepsOf(field)));
    input.setAttribute("aria-valuetext", words.number(now));
  } else if (!typing) {
    input.value = print(now);
    input.removeAttribute("aria-invalid");
  }
}
