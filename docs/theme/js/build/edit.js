// Edits of a program. Each gives a new program and leaves the old one as it was; what did not change is shared by both.
// A path that leads nowhere throws ProgramError("no_block"). Pure.

import { argumentsOf, blockAt, branchAt, branches, firstBranch, isName, key, ProgramError } from "./tree.js";

/** @import { Block, Branch, Path, Program } from "./tree.js" */

/** @param {Path} path @param {number} index @returns {Path} */
export const sibling = (path, index) => [.../** @type {Path} */ (path.slice(0, -1)), index];

/** @param {Path} path */
const last = (path) => /** @type {number} */ (path.at(-1));

/**
 * The program with the branch of a path's last step replaced.
 * @param {Program} program @param {Path} path @param {(branch: Branch) => Branch} change
 * @returns {Program}
 */
function within(program, path, change) {
  if (!branchAt(program, path)) throw new ProgramError("no_block", key(path));
  const [root, ...steps] = path;
  if (root === "net") return { ...program, net: inside(program.net, steps, change) };
  const name = root.slice(1);
  const definition = program.defs[name];
  return {
    ...program,
    defs: { ...program.defs, [name]: { ...definition, net: inside(definition.net, steps, change) } },
  };
}

/** @param {Branch} branch @param {number[]} steps @param {(branch: Branch) => Branch} change @returns {Branch} */
function inside(branch, steps, change) {
  if (steps.length === 1) return change(branch);
  const [index, number, ...rest] = steps;
  const block = branch[index];
  const at = firstBranch(block) + number;
  const made = /** @type {Block} */ (block.with(at, inside(block[at], rest, change)));
  return branch.with(index, made);
}

/** @param {Program} program @param {Path} path @returns {Block} */
function demand(program, path) {
  const block = blockAt(program, path);
  if (!block) throw new ProgramError("no_block", key(path));
  return block;
}

/** Put blocks before what stands at the path; the index after the last block appends. @param {Program} program @param {Path} path @param {...Block} blocks */
export const insert = (program, path, ...blocks) =>
  within(program, path, (branch) => branch.toSpliced(last(path), 0, ...blocks));

/** @param {Program} program @param {Path} path */
export function remove(program, path) {
  demand(program, path);
  return within(program, path, (branch) => branch.toSpliced(last(path), 1));
}

/** @param {Program} program @param {Path} path @param {...Block} blocks */
export function replace(program, path, ...blocks) {
  demand(program, path);
  return within(program, path, (branch) => branch.toSpliced(last(path), 1, ...blocks));
}

/** @param {Program} program @param {Path} path */
export const duplicate = (program, path) => insert(program, sibling(path, last(path) + 1), demand(program, path));

/**
 * Move a block within its branch. Past an end it stays where it is.
 * @param {Program} program @param {Path} path @param {number} by
 * @returns {{ program: Program, path: Path }}
 */
export function move(program, path, by) {
  const block = demand(program, path);
  const branch = /** @type {Branch} */ (branchAt(program, path));
  const to = Math.min(Math.max(last(path) + by, 0), branch.length - 1);
  if (to === last(path)) return { program, path };
  const moved = within(program, path, (all) => all.toSpliced(last(path), 1).toSpliced(to, 0, block));
  return { program: moved, path: sibling(path, to) };
}

/**
 * Move a block to another place, named as it is before the move. Into itself is no place.
 * @param {Program} program @param {Path} from @param {Path} to
 */
export function transfer(program, from, to) {
  const block = demand(program, from);
  if (key(to).startsWith(`${key(from)}.`)) throw new ProgramError("no_block", key(to));
  const depth = from.length - 1;
  const same = from.slice(0, -1).every((step, at) => to[at] === step);
  const later = same && to.length > depth && /** @type {number} */ (to[depth]) > last(from);
  const target = /** @type {Path} */ (later ? to.with(depth, /** @type {number} */ (to[depth]) - 1) : to);
  return insert(remove(program, from), target, block);
}

/** @type {Record<string, (block: Block) => Block>} */
const WRAPPERS = {
  seq: (block) => ["seq", [block]],
  add: (block) => ["add", [block], []],
  mul: (block) => ["mul", [block], []],
  cat: (block) => ["cat", { dim: 1 }, [block], []],
  repeat: (block) => ["repeat", 2, [block]],
};

/** Put a container around a block. @param {Program} program @param {Path} path @param {string} kind */
export function wrap(program, path, kind) {
  if (!Object.hasOwn(WRAPPERS, kind)) throw new ProgramError("no_block", kind);
  return replace(program, path, WRAPPERS[kind](demand(program, path)));
}

/** Put a container's blocks, branch by branch, in its place. @param {Program} program @param {Path} path */
export function unwrap(program, path) {
  const block = demand(program, path);
  return firstBranch(block) < 0 ? program : replace(program, path, ...branches(block).flat());
}

/**
 * Set one argument; undefined takes it away.
 * @param {Program} program @param {Path} path @param {string} name @param {any} value
 */
export function setArgument(program, path, name, value) {
  const block = demand(program, path);
  const kept = Object.entries(argumentsOf(block)).filter(([each]) => each !== name);
  const made = Object.fromEntries(value === undefined ? kept : [...kept, [name, value]]);
  if (block[0] === "use") return replace(program, path, ["use", block[1], made]);
  const first = firstBranch(block);
  return replace(program, path, [block[0], made, ...(first < 0 ? [] : block.slice(first))]);
}

/** Set what stands first behind a block's name: a repeat's number, a tap's name. @param {Program} program @param {Path} path @param {any} value */
export const setHead = (program, path, value) =>
  replace(program, path, /** @type {Block} */ (demand(program, path).with(1, value)));

/** @param {Program} program @param {Path} path */
export function addBranch(program, path) {
  const block = demand(program, path);
  return replace(program, path, [...block, []]);
}

/** @param {Program} program @param {Path} path @param {number} number */
export function removeBranch(program, path, number) {
  const block = demand(program, path);
  const first = firstBranch(block);
  if (first < 0 || branches(block).length < 2) return program;
  return replace(program, path, /** @type {Block} */ (block.toSpliced(first + number, 1)));
}

/**
 * Give a block, or a container's only branch, a name: it becomes a definition, and a use stands in its place.
 * @param {Program} program @param {Path} path @param {string} name
 */
export function define(program, path, name) {
  const block = demand(program, path);
  if (!isName(name) || Object.hasOwn(program.defs, name)) throw new ProgramError("bad_name", name);
  const net = block[0] === "seq" && branches(block).length === 1 ? branches(block)[0] : [block];
  const used = replace(program, path, ["use", name]);
  return { ...used, defs: { ...used.defs, [name]: { params: {}, net } } };
}

/** Leave out the definitions that nothing uses. @param {Program} program */
export function prune(program) {
  const used = new Set();
  /** @param {Branch} branch */
  const visit = (branch) => {
    for (const block of branch) {
      if (block[0] === "use" && !used.has(block[1]) && Object.hasOwn(program.defs, block[1])) {
        used.add(block[1]);
        visit(program.defs[block[1]].net);
      }
      branches(block).forEach(visit);
    }
  };
  visit(program.net);
  const kept = Object.entries(program.defs).filter(([name]) => used.has(name));
  return kept.length === Object.keys(program.defs).length ? program : { ...program, defs: Object.fromEntries(kept) };
}
