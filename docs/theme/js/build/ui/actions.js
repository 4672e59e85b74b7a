// What buttons and keys do to a program. Each gives the new program and the path to select. Pure.

import * as edit from "../edit.js";

import { blockAt, branchAt, branches, key, pathOf, walk } from "../tree.js";

/**
 * @import { Table } from "../table.js"
 * @import { Block, Choice, Path, Program } from "../tree.js"
 * @typedef {{ program: Program, selected: string }} Edited
 */

/** @param {Path} path @param {number} by */
const beside = (path, by) => edit.sibling(path, /** @type {number} */ (path.at(-1)) + by);

/** The block to go to when the one at a path is gone. @param {Program} program @param {Path} path */
function nearest(program, path) {
  const branch = branchAt(program, path) ?? [];
  const index = Math.min(/** @type {number} */ (path.at(-1)), branch.length - 1);
  if (index >= 0) return key(edit.sibling(path, index));
  return path.length > 2 ? key(/** @type {Path} */ (path.slice(0, -2))) : "";
}

/** @type {Record<string, (program: Program, path: Path, detail: string) => Edited>} */
export const EDITS = {
  delete: (program, path) => {
    const made = edit.prune(edit.remove(program, path));
    return { program: made, selected: nearest(made, path) };
  },
  duplicate: (program, path) => ({ program: edit.duplicate(program, path), selected: key(beside(path, 1)) }),
  up: (program, path) => moved(program, path, -1),
  down: (program, path) => moved(program, path, 1),
  wrap: (program, path, kind) => ({ program: edit.wrap(program, path, kind), selected: key(path) }),
  unwrap: (program, path) => {
    const made = edit.unwrap(program, path);
    return { program: made, selected: nearest(made, path) };
  },
  branch: (program, path) => ({ program: edit.addBranch(program, path), selected: key(path) }),
  unbranch: (program, path) => {
    const last = branches(/** @type {Block} */ (blockAt(program, path))).length - 1;
    return { program: edit.removeBranch(program, path, last), selected: key(path) };
  },
  define: (program, path, name) => ({ program: edit.define(program, path, name), selected: key(path) }),
};

/** @param {Program} program @param {Path} path @param {number} by @returns {Edited} */
function moved(program, path, by) {
  const made = edit.move(program, path, by);
  return { program: made.program, selected: key(made.path) };
}

/** @param {Program} program @param {string} selected @param {string} how "up", "down", "out" or "in" */
export function step(program, selected, how) {
  const all = [...walk(program)].map(({ path }) => key(path));
  const at = all.indexOf(selected);
  if (at < 0) return all[0] ?? "";
  if (how === "up") return all[Math.max(at - 1, 0)];
  if (how === "down") return all[Math.min(at + 1, all.length - 1)];
  const path = pathOf(selected);
  if (how === "out") return path.length > 2 ? key(/** @type {Path} */ (path.slice(0, -2))) : selected;
  const next = all[at + 1];
  return next?.startsWith(`${selected}.`) ? next : selected;
}

/**
 * A choice of loss, optimizer, scheduler, init or data set made anew: with what torch asks for, nothing more.
 * @param {Record<string, import("../table.js").Entry>} part @param {string} name @returns {Choice}
 */
export function chosen(part, name) {
  const args = part[name]?.args.filter((each) => each.required && each.start !== undefined) ?? [];
  return [name, Object.fromEntries(args.map((each) => [each.name, each.start]))];
}

/** A scheduler; those that hold others get a warm-up and a cosine. @param {Table} table @param {string} name @returns {Choice} */
export function scheduler(table, name) {
  const own = chosen(table.schedulers, name);
  if (name !== "SequentialLR" && name !== "ChainedScheduler") return own;
  return [own[0], own[1], ["LinearLR", { start_factor: 0.1, total_iters: 2 }], ["CosineAnnealingLR", { T_max: 10 }]];
}

/**
 * Set, or take away, an argument of a choice.
 * @param {Choice} choice @param {string} name @param {any} value
 * @returns {Choice}
 */
export function withArgument(choice, name, value) {
  const given = Object.entries(choice[1] ?? {}).filter(([each]) => each !== name);
  const made = Object.fromEntries(value === undefined ? given : [...given, [name, value]]);
  return [choice[0], made, ...choice.slice(2)];
}

/**
 * The program with a value set somewhere: see form.js for targets.
 * @param {Program} program @param {string} target @param {string} name @param {any} value
 * @returns {Program}
 */
export function assigned(program, target, name, value) {
  const [part, at] = target.split(".");
  if (part === "data" || part === "loss" || part === "opt") {
    return { ...program, [part]: withArgument(program[part], name, value) };
  }
  if (part === "run") {
    const given = Object.entries(program.run).filter(([each]) => each !== name);
    return { ...program, run: Object.fromEntries(value === undefined ? given : [...given, [name, value]]) };
  }
  if (part === "init") {
    const rows = program.init.map((row, index) =>
      index === Number(at) ? /** @type {[string, Choice]} */ ([row[0], withArgument(row[1], name, value)]) : row
    );
    return { ...program, init: rows };
  }
  if (part === "sched" && program.sched) {
    if (at === undefined) return { ...program, sched: withArgument(program.sched, name, value) };
    const place = Number(at) + 2;
    const child = withArgument(/** @type {Choice} */ (program.sched[place]), name, value);
    return { ...program, sched: /** @type {Choice} */ (program.sched.with(place, child)) };
  }
  return edit.setArgument(program, pathOf(target), name, value);
}
