// The table of what torch offers, and what a program asks of it: every name, argument and value is looked up here before
// anything is computed or printed with it. Pure.

import { argumentsOf, branches, isName, LIMITS, walkBranch } from "./tree.js";

/**
 * @import { Block, Branch, Choice, Path, Program } from "./tree.js"
 * @typedef {{
 *   name: string, kind: "int" | "float" | "bool" | "choice" | "ints" | "floats" | "name", default?: any, start?: any,
 *   required?: boolean, optional?: boolean, derived?: boolean, own?: boolean, scalar?: boolean, tensor?: boolean,
 *   items?: "optional", n?: number, values?: string[], min?: number, max?: number
 * }} Argument
 * @typedef {{ group?: string, args: Argument[], page?: string }} Entry
 * @typedef {{
 *   torch: string, layers: Record<string, Entry>, own: Record<string, Entry>, inits: Record<string, Entry>,
 *   losses: Record<string, Entry>, optimizers: Record<string, Entry>, schedulers: Record<string, Entry>,
 *   left_out: Record<string, string>
 * }} Table
 * What is wrong with a program's names and values: `code` is a key of the page's words; `path` names the block, or the
 * part of the program ("loss", "opt", …).
 * @typedef {{ path: Path, code: string, name: string, value?: any }} Problem
 */

const MOST = 8; // numbers in a tuple whose length torch leaves open

/** Blocks of the tree that are no layer, with their arguments. @type {Record<string, Argument[]>} */
export const SHAPERS = {
  seq: [],
  add: [],
  mul: [],
  cat: [{ name: "dim", kind: "int", default: 1, min: -8, max: 8 }],
  repeat: [],
  use: [],
  tap: [],
  get: [],
};

/**
 * The arguments of a block's kind, undefined where nobody knows it.
 * @param {Table} table @param {string} name @returns {Entry | undefined}
 */
export function entryOf(table, name) {
  if (Object.hasOwn(SHAPERS, name)) return { args: SHAPERS[name] };
  if (Object.hasOwn(table.layers, name)) return table.layers[name];
  return Object.hasOwn(table.own, name) ? table.own[name] : undefined;
}

/**
 * Whether an argument admits a value.
 * @param {Argument} argument @param {any} value @returns {boolean}
 */
export function admits(argument, value) {
  if (value === null) return Boolean(argument.optional);
  switch (argument.kind) {
    case "bool":
      return typeof value === "boolean";
    case "choice":
      return typeof value === "string" && (argument.values ?? []).includes(value);
    case "name":
      return isName(value);
    case "ints":
    case "floats": {
      if (typeof value === "string") return (argument.values ?? []).includes(value);
      if (!Array.isArray(value)) return Boolean(argument.scalar) && isNumber(argument, value);
      const fits = argument.n ? value.length === argument.n : value.length <= (argument.tensor ? 1000 : MOST);
      return fits && value.every((each) => each === null ? argument.items === "optional" : isNumber(argument, each));
    }
    default:
      return isNumber(argument, value);
  }
}

/** @param {Argument} argument @param {unknown} value */
function isNumber({ kind, min = -1e9, max = 1e9 }, value) {
  if (typeof value !== "number" || !Number.isFinite(value) || value < min || value > max) return false;
  return kind === "float" || kind === "floats" || Number.isInteger(value);
}

/**
 * An argument's values of a call: what is given, else torch's defaults.
 * @param {Entry} entry @param {Record<string, any>} given @returns {Record<string, any>}
 */
export function filled(entry, given) {
  return Object.fromEntries(
    entry.args.map((each) => [each.name, Object.hasOwn(given, each.name) ? given[each.name] : each.default]),
  );
}

/** A block with what it needs to begin with. @param {Table} table @param {string} name @returns {Block} */
export function fresh(table, name) {
  const entry = entryOf(table, name);
  if (!entry) throw new RangeError(name);
  const starts = entry.args.filter((each) => each.start !== undefined);
  return starts.length ? [name, Object.fromEntries(starts.map((each) => [each.name, each.start]))] : [name];
}

/** Given arguments without those that say what torch would do anyway. @param {Entry} entry @param {Record<string, any>} given */
export function changed(entry, given) {
  const defaults = new Map(entry.args.map((each) => [each.name, JSON.stringify(each.default)]));
  return Object.fromEntries(
    Object.entries(given).filter(([name, value]) => defaults.get(name) !== JSON.stringify(value)),
  );
}

/**
 * The program with every block's arguments in torch's order, as people read them. The same object where they are.
 * @param {Program} program @param {Table} table @returns {Program}
 */
export function arranged(program, table) {
  const net = arrangedBranch(program.net, table);
  const defs = Object.fromEntries(
    Object.entries(program.defs).map(([name, definition]) => [
      name,
      { ...definition, net: arrangedBranch(definition.net, table) },
    ]),
  );
  const made = { ...program, net, defs };
  return JSON.stringify(made) === JSON.stringify(program) ? program : made;
}

/** @param {Branch} branch @param {Table} table @returns {Branch} */
function arrangedBranch(branch, table) {
  return branch.map((block) => {
    const [name, ...rest] = block;
    const order = (entryOf(table, name)?.args ?? []).map((each) => each.name);
    const rank = (/** @type {string} */ each) => order.includes(each) ? order.indexOf(each) : order.length;
    const parts = rest.map((part) => {
      if (Array.isArray(part)) return branches(block).includes(part) ? arrangedBranch(part, table) : part;
      if (typeof part !== "object" || part === null) return part;
      return Object.fromEntries(Object.entries(part).sort(([a], [b]) => rank(a) - rank(b)));
    });
    return /** @type {Block} */ ([name, ...parts]);
  });
}

/**
 * Everything in a program that the table does not know. Nothing may be printed while there is any.
 * @param {Program} program @param {Table} table @returns {Problem[]}
 */
export function problems(program, table) {
  const seen = new Set();
  const found = [...netProblems(program, program.net, ["net"], {}, table, seen)];
  for (const [name, definition] of Object.entries(program.defs)) {
    /** @type {Path} */
    const root = [`:${name}`];
    if (!isName(name)) found.push({ path: root, code: "bad_name", name });
    for (const [parameter, value] of Object.entries(definition.params)) {
      if (!isName(parameter)) found.push({ path: root, code: "bad_name", name: parameter });
      if (typeof value !== "number" || !Number.isFinite(value)) {
        found.push({ path: root, code: "bad_value", name: parameter, value });
      }
    }
    if (definition.shared !== undefined && typeof definition.shared !== "boolean") {
      found.push({ path: root, code: "bad_value", name: "shared", value: definition.shared });
    }
    found.push(...netProblems(program, definition.net, root, definition.params, table, seen));
  }
  found.push(...recursions(program));
  found.push(...callProblems(table.losses, program.loss, "loss"));
  found.push(...callProblems(table.optimizers, program.opt, "opt"));
  if (program.sched) found.push(...scheduleProblems(table, program.sched, 0));
  for (const [kind, choice] of program.init) {
    if (kind !== "*" && !Object.hasOwn(table.layers, kind)) {
      found.push({ path: ["init"], code: "unknown_block", name: kind });
    }
    if (choice[0] !== "default") found.push(...callProblems(table.inits, choice, "init"));
  }
  return found;
}

/** @param {Table} table @param {Choice} choice @param {number} depth @returns {Problem[]} */
function scheduleProblems(table, choice, depth) {
  const children = choice.slice(2);
  const own = callProblems(table.schedulers, /** @type {Choice} */ (choice.slice(0, 2)), "sched");
  const nests = choice[0] === "SequentialLR" || choice[0] === "ChainedScheduler";
  if (!nests && !children.length) return own;
  const good = nests && depth < 2 && children.every((child) => Array.isArray(child) && typeof child[0] === "string");
  if (!good) return [...own, { path: ["sched"], code: "bad_value", name: choice[0] }];
  return [...own, ...children.flatMap((child) => scheduleProblems(table, child, depth + 1))];
}

/** @param {Record<string, Entry>} part @param {Choice} choice @param {string} root @returns {Problem[]} */
function callProblems(part, choice, root) {
  const [name] = choice;
  if (!Object.hasOwn(part, name)) return [{ path: [root], code: "unknown_name", name }];
  return argumentProblems(part[name], argumentsOf(choice), [root], {});
}

/**
 * @param {Entry} entry @param {Record<string, any>} given @param {Path} path @param {Record<string, number>} params
 * @returns {Problem[]}
 */
function argumentProblems(entry, given, path, params) {
  /** @type {Problem[]} */
  const found = [];
  for (const [name, value] of Object.entries(given)) {
    const argument = entry.args.find((each) => each.name === name);
    if (!argument) found.push({ path, code: "unknown_argument", name });
    else if (!admits(argument, resolve(value, params))) found.push({ path, code: "bad_value", name, value });
  }
  for (const { name, required } of entry.args) {
    if (required && !Object.hasOwn(given, name)) found.push({ path, code: "missing", name });
  }
  return found;
}

/**
 * A value with the parameters of its definition put in; an unknown parameter stays text, which no argument admits.
 * @param {any} value @param {Record<string, number>} params @returns {any}
 */
export function resolve(value, params) {
  if (Array.isArray(value)) return value.map((each) => resolve(each, params));
  if (typeof value !== "string" || !value.startsWith("$")) return value;
  return Object.hasOwn(params, value.slice(1)) ? params[value.slice(1)] : value;
}

/**
 * `seen` holds the definitions with the values that were looked at: each once, however often it is used.
 * @param {Program} program @param {Branch} net @param {Path} root @param {Record<string, number>} params @param {Table} table
 * @param {Set<string>} seen @returns {Generator<Problem>}
 */
function* netProblems(program, net, root, params, table, seen) {
  for (const { path, block } of walkBranch(net, root)) {
    const entry = entryOf(table, block[0]);
    if (!entry) yield { path, code: "unknown_block", name: block[0] };
    else if (block[0] === "use") yield* useProblems(program, block, path, params, table, seen);
    else {
      yield* formProblems(block, path, params);
      yield* argumentProblems(entry, argumentsOf(block), path, params);
    }
  }
}

/** @param {Block} block @param {Path} path @param {Record<string, number>} params @returns {Generator<Problem>} */
function* formProblems(block, path, params) {
  const [name, head] = block;
  if (name === "repeat") {
    const count = resolve(head, params);
    const good = Number.isInteger(count) && count >= 1 && count <= LIMITS.repeat;
    if (!good || block.length !== 3) yield { path, code: "bad_value", name: "repeat", value: head };
  } else if (name === "tap" || name === "get") {
    if (!isName(head) || block.length !== 2) yield { path, code: "bad_name", name: String(head) };
  } else if (name === "seq" || name === "add" || name === "mul" || name === "cat") {
    const count = branches(block).length;
    if (name === "seq" ? count !== 1 : count < 2) yield { path, code: "branches", name };
  } else if (
    block.length > 2 || (block.length === 2 && (typeof head !== "object" || head === null || Array.isArray(head)))
  ) {
    yield { path, code: "bad_value", name };
  }
}

/**
 * @param {Program} program @param {Block} block @param {Path} path @param {Record<string, number>} params @param {Table} table
 * @param {Set<string>} seen @returns {Generator<Problem>}
 */
function* useProblems(program, block, path, params, table, seen) {
  const [, name] = block;
  if (block.length > 3 || typeof name !== "string" || !Object.hasOwn(program.defs, name)) {
    yield { path, code: "unknown_definition", name: String(name) };
    return;
  }
  const own = program.defs[name].params;
  /** @type {Record<string, number>} */
  const values = { ...own };
  let good = true;
  for (const [parameter, value] of Object.entries(argumentsOf(block))) {
    const found = resolve(value, params);
    const known = Object.hasOwn(own, parameter);
    if (!known) yield { path, code: "unknown_argument", name: parameter };
    else if (typeof found !== "number" || !Number.isFinite(found)) {
      yield { path, code: "bad_value", name: parameter, value };
      good = false;
    } else values[parameter] = found;
  }
  const id = JSON.stringify([name, values]);
  if (!good || seen.has(id) || seen.size > LIMITS.blocks || JSON.stringify(values) === JSON.stringify(own)) return;
  seen.add(id);
  for (
    const { code, name: inside, value } of netProblems(
      program,
      program.defs[name].net,
      [`:${name}`],
      values,
      table,
      seen,
    )
  ) {
    yield { path, code, name: inside, value }; // what this use gives does not fit inside
  }
}

/** Definitions that use themselves. @param {Program} program @returns {Problem[]} */
function recursions(program) {
  const state = /** @type {Record<string, string>} */ ({});
  /** @type {Problem[]} */
  const found = [];
  /** @param {string} name */
  const visit = (name) => {
    state[name] = "open";
    for (const { path, block } of walkBranch(program.defs[name].net, [`:${name}`])) {
      if (block[0] !== "use" || !Object.hasOwn(program.defs, block[1])) continue;
      if (state[block[1]] === "open") found.push({ path, code: "recursion", name: block[1] });
      else if (!state[block[1]]) visit(block[1]);
    }
    state[name] = "done";
  };
  for (const name of Object.keys(program.defs)) if (!state[name]) visit(name);
  return found;
}
