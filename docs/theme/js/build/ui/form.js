// Forms from the table: one field per argument, with torch's default where nothing is set. Pure: HTML as text.

import { escape } from "../../ui/words.js";
import { print } from "./values.js";

/**
 * @import { Argument } from "../table.js"
 * @import { Words } from "../../ui/words.js"
 * Where a form's values go: a block's path, or "data", "loss", "opt", "sched", "sched.2", "init.0", "run".
 * @typedef {string} Target
 */

/**
 * @param {string} id of the field @param {Target} target @param {Argument} argument
 * @param {Record<string, any>} given what is set @param {Record<string, any>} complete what holds
 * @param {Words} words
 */
export function field(id, target, argument, given, complete, words) {
  const { name, kind, values } = argument;
  const set = Object.hasOwn(given, name);
  const value = set ? given[name] : undefined;
  const holds = complete[name] ?? argument.default;
  const own = `id="${id}" data-target="${escape(target)}" data-name="${escape(name)}"`;
  const mark = set ? "" : ' class="build-default"';
  const label = `<label for="${id}"${mark}><code>${escape(name)}</code></label>`;
  const hint = words.has(`arg.${name}`) ? `<small id="${id}-hint">${escape(words.say(`arg.${name}`))}</small>` : "";
  const described = hint ? ` aria-describedby="${id}-hint"` : "";
  const wrap = (/** @type {string} */ control) => `<div class="build-field">${label}${control}${hint}</div>`;
  if (kind === "bool" && !argument.optional) {
    const on = (set ? value : argument.default) === true;
    const box = `<input type="checkbox" ${own}${on ? " checked" : ""}${described}>`;
    return `<div class="build-field build-check">${box}${label}${hint}</div>`;
  }
  if (kind === "choice" || kind === "bool") {
    const choices = kind === "bool" ? ["True", "False"] : values ?? [];
    const all = argument.optional ? ["None", ...choices] : choices;
    const now = print(set ? value : argument.default ?? null);
    const options = all.map((each) =>
      `<option value="${escape(each)}"${each === now ? " selected" : ""}>${escape(each)}</option>`
    );
    return wrap(`<select ${own}${described}>${options.join("")}</select>`);
  }
  const shown = value === undefined ? "" : print(value);
  const empty = holds === undefined ? "" : print(holds);
  const must = argument.required ? " required" : "";
  return wrap(
    `<input type="text" ${own} value="${escape(shown)}" placeholder="${escape(empty)}" autocomplete="off" ` +
      `spellcheck="false"${must}${described}>`,
  );
}

/**
 * All fields of a call.
 * @param {string} id @param {Target} target @param {Argument[]} args @param {Record<string, any>} given
 * @param {Record<string, any>} complete @param {Words} words
 */
export function fields(id, target, args, given, complete, words) {
  const made = args.map((each) => field(`${id}-${each.name}`, target, each, given, complete, words));
  return made.length ? `<div class="build-fields">${made.join("")}</div>` : "";
}

/**
 * A choice of one name.
 * @param {string} id @param {string} target @param {string} label @param {[string, string][]} options value and text
 * @param {string} value
 */
export function select(id, target, label, options, value) {
  const made = options.map(([each, text]) =>
    `<option value="${escape(each)}"${each === value ? " selected" : ""}>${escape(text)}</option>`
  );
  return `<div class="build-field"><label for="${id}">${escape(label)}</label>` +
    `<select id="${id}" data-choose="${escape(target)}">${made.join("")}</select></div>`;
}

/** @param {string} action @param {string} text @param {string} [rest] more attributes */
export const button = (action, text, rest = "") =>
  `<button type="button" data-do="${escape(action)}"${rest}>${escape(text)}</button>`;
