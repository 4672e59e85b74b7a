// Settings changed in the middle of a run. In an address they stand as numbers: step, place of the name, value, and so on.

/** @import { Spec } from "../ui/spec.js" */

/**
 * A setting changed during the run: before this step, the optimizer's option got this value.
 * @typedef {{ step: number, name: string, value: number }} Event
 */

/** What can change while a run goes on; the order stands in addresses. */
export const NAMES = ["lr", "momentum", "beta1", "weight_decay", "eps"];

/**
 * The events of an address that this optimizer can follow, by step.
 * @param {number[]} numbers @param {Spec} options of the optimizer
 * @returns {Event[]}
 */
export function eventsOf(numbers, options) {
  const found = [];
  for (let at = 0; at + 2 < numbers.length; at += 3) {
    const [step, place, value] = numbers.slice(at, at + 3);
    const field = options[NAMES[place]];
    if (!Number.isInteger(step) || !field || !("min" in field)) continue;
    if (value >= field.min && value <= field.max) found.push({ step, name: NAMES[place], value });
  }
  return found.sort((a, b) => a.step - b.step);
}

/** @param {Event[]} events */
export const numbersOf = (events) => events.flatMap(({ step, name, value }) => [step, NAMES.indexOf(name), value]);
