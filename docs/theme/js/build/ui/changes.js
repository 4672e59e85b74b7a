// What a changed field means for the program. Reads the field, touches nothing.

import { DATA } from "../data.js";
import { RUN } from "../options.js";
import { entryOf } from "../table.js";
import { blockAt, isName, LIMITS, pathOf } from "../tree.js";
import { setHead } from "../edit.js";
import { assigned, chosen, EDITS, scheduler } from "./actions.js";
import { read } from "./values.js";

/**
 * @import { Argument, Table } from "../table.js"
 * @import { Choice, Program } from "../tree.js"
 * @typedef {{ program: Program, table: Table, selected: string }} Place
 * @typedef {{ value: string, checked: boolean, type: string, dataset: DOMStringMap }} Field
 */

/**
 * @param {Place} place @param {Field} field
 * @returns {Program | null | undefined} null where the value is not admitted, undefined where nothing changes
 */
export function changedField({ program, table }, field) {
  const { target, name, head, params, shared } = field.dataset;
  if (shared !== undefined) {
    const definition = { ...program.defs[shared], shared: field.checked };
    return { ...program, defs: { ...program.defs, [shared]: definition } };
  }
  if (params !== undefined) return parameters(program, params, field.value);
  if (head !== undefined) {
    const block = blockAt(program, pathOf(head));
    const text = field.value.trim();
    if (block?.[0] === "repeat") {
      const count = Number(text);
      const good = Number.isInteger(count) && count >= 1 && count <= LIMITS.repeat;
      return good ? setHead(program, pathOf(head), count) : null;
    }
    return isName(text) ? setHead(program, pathOf(head), text) : null;
  }
  if (target === undefined || name === undefined) return undefined;
  const argument = argumentOf(program, table, target, name);
  if (!argument) return undefined;
  if (field.type === "checkbox") return assigned(program, target, name, unless(argument, field.checked));
  const found = read(argument, field.value, parametersOf(program, target));
  return found && assigned(program, target, name, unless(argument, found.value));
}

/** Nothing where torch would do that anyway. @param {Argument} argument @param {any} value */
const unless = (argument, value) =>
  !argument.required && JSON.stringify(argument.default) === JSON.stringify(value) ? undefined : value;

/** @param {Program} program @param {string} target */
const parametersOf = (program, target) =>
  target.startsWith(":") ? Object.keys(program.defs[target.slice(1).split(".")[0]]?.params ?? {}) : [];

/** @param {Program} program @param {Table} table @param {string} target @param {string} name @returns {Argument | undefined} */
function argumentOf(program, table, target, name) {
  const [part, at] = target.split(".");
  /** @type {Record<string, () => Argument[] | undefined>} */
  const places = {
    data: () => DATA[program.data[0]]?.args,
    run: () => RUN,
    loss: () => table.losses[program.loss[0]]?.args,
    opt: () => table.optimizers[program.opt[0]]?.args,
    init: () => table.inits[program.init[Number(at)]?.[1][0]]?.args,
    sched: () => {
      const choice = at === undefined ? program.sched : program.sched?.[Number(at) + 2];
      return choice ? table.schedulers[choice[0]]?.args : undefined;
    },
  };
  const args = Object.hasOwn(places, part) ? places[part]() : undefined;
  if (args) return args.find((each) => each.name === name);
  const block = blockAt(program, pathOf(target));
  if (block?.[0] === "use") return { name, kind: "float" };
  return block && entryOf(table, block[0])?.args.find((each) => each.name === name);
}

/** `c=16, s=1` @param {Program} program @param {string} name @param {string} text @returns {Program | null} */
function parameters(program, name, text) {
  const parts = text.split(",").map((part) => part.trim()).filter(Boolean).map((part) => part.split(/\s*=\s*/));
  const good = parts.every(([each, value]) => isName(each) && value !== "" && Number.isFinite(Number(value)));
  if (!good) return null;
  const params = Object.fromEntries(parts.map(([each, value]) => [each, Number(value)]));
  return { ...program, defs: { ...program.defs, [name]: { ...program.defs[name], params } } };
}

/**
 * A name was chosen from a list.
 * @param {Place} place @param {Field} field @returns {Program | undefined}
 */
export function chose({ program, table, selected }, field) {
  const [what, at] = (field.dataset.choose ?? "").split(/[.:](.*)/s);
  const { value } = field;
  switch (what) {
    case "data":
      return { ...program, data: chosen(DATA, value) };
    case "loss":
      return { ...program, loss: chosen(table.losses, value) };
    case "opt":
      return { ...program, opt: chosen(table.optimizers, value) };
    case "sched":
      return { ...program, sched: schedule(program, table, at, value) };
    case "init":
      return { ...program, init: row(program, Number(at), 1, chosen(table.inits, value)) };
    case "kind":
      return { ...program, init: row(program, Number(at), 0, value) };
    case "get":
      return setHead(program, pathOf(at), value);
    case "wrap":
      return value ? EDITS.wrap(program, pathOf(selected), value).program : undefined;
  }
}

/** @param {Program} program @param {Table} table @param {string | undefined} at @param {string} name @returns {Choice | null} */
function schedule(program, table, at, name) {
  if (!at) return name ? scheduler(table, name) : null;
  return /** @type {Choice} */ (program.sched?.with(Number(at) + 2, chosen(table.schedulers, name)));
}

/** @param {Program} program @param {number} at @param {0 | 1} place @param {any} value */
const row = (program, at, place, value) =>
  program.init.map((each, index) => index === at ? /** @type {[string, Choice]} */ (each.with(place, value)) : each);
