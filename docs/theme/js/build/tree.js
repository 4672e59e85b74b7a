// A program as a tree of blocks: reading, checking its form, writing it canonically, and edits that share what they do
// not change. What stands in a block is torch's own names; table.js tells whether they exist. Pure.

/**
 * A block is an array: `["Conv2d", {"out_channels": 16}]`, `["add", branch, branch]`, `["repeat", 3, branch]`,
 * `["use", "Block", {"c": 16}]`, `["tap", "enc"]`. What no one knows is kept as it is.
 * @typedef {[string, ...any[]]} Block
 * @typedef {Block[]} Branch
 * A definition's parameters are named numbers; in its net the text `"$c"` stands for the parameter c. `shared` makes all
 * its uses one module with one set of weights.
 * @typedef {{ params: Record<string, number>, net: Branch, shared?: boolean }} Definition
 * @typedef {[string, Record<string, any>?, ...any[]]} Choice a name of torch and its arguments
 * @typedef {{
 *   v: number, data: Choice, net: Branch, defs: Record<string, Definition>, init: [string, Choice][],
 *   loss: Choice, opt: Choice, sched: Choice | null, run: Record<string, any>, [other: string]: any
 * }} Program
 * Where a block stands: "net" or ":" and a definition's name, then by turns an index in a branch and a branch's number.
 * @typedef {[string, ...number[]]} Path
 */

export const VERSION = 1;
export const LIMITS = { depth: 16, blocks: 1000, text: 65536, repeat: 100, word: 200 };

/** @type {Readonly<Program>} */
export const EMPTY = Object.freeze({
  v: VERSION,
  data: ["digits", {}],
  net: [],
  defs: {},
  init: [],
  loss: ["CrossEntropyLoss", {}],
  opt: ["Adam", {}],
  sched: null,
  run: {},
});

/** The text, or the value, is no program; `code` is a key of the page's words. */
export class ProgramError extends Error {
  /** @param {string} code @param {string} [what] */
  constructor(code, what = "") {
    super(what ? `${code}: ${what}` : code);
    this.code = code;
    this.what = what;
  }
}

/** @param {unknown} value @returns {value is Record<string, any>} */
const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** A name that may become one of Python's. @param {unknown} name */
export const isName = (name) =>
  typeof name === "string" && /^[A-Za-z_]\w{0,30}$/.test(name) && !KEYWORDS.has(name) && !OWN_KEYS.has(name);

const KEYWORDS = new Set(
  ("False None True and as assert async await break class continue def del elif else except finally for from global " +
    "if import in is lambda nonlocal not or pass raise return try while with yield match case type").split(" "),
);
const OWN_KEYS = new Set(["__proto__", "constructor", "prototype", "self", "torch", "nn"]);

/** Blocks that hold branches, with the place of their first. */
export const CONTAINERS = Object.freeze({ seq: 1, add: 1, mul: 1, cat: 1, repeat: 2 });

/**
 * Where a block's branches begin in its array, or -1.
 * @param {Block} block
 */
export function firstBranch(block) {
  const [kind] = block;
  if (!Object.hasOwn(CONTAINERS, kind)) return -1;
  if (kind === "cat" || kind === "seq" || kind === "add" || kind === "mul") return isRecord(block[1]) ? 2 : 1;
  return 2;
}

/** @param {Block} block @returns {Branch[]} */
export function branches(block) {
  const first = firstBranch(block);
  return first < 0 ? [] : block.slice(first);
}

/** A block's arguments; a container has them too. @param {Block | Choice} block @returns {Record<string, any>} */
export function argumentsOf(block) {
  const at = block[0] === "use" ? 2 : 1;
  return isRecord(block[at]) ? block[at] : {};
}

/**
 * A program from its text or its value. Throws ProgramError where there is nothing to show: no object, another version,
 * too deep, too many blocks, a block that is no array with a name.
 * @param {string | unknown} given
 * @returns {Program}
 */
export function parse(given) {
  let value = given;
  if (typeof given === "string") {
    if (given.length > LIMITS.text) throw new ProgramError("too_long");
    try {
      value = JSON.parse(given);
    } catch {
      throw new ProgramError("no_json");
    }
  }
  if (!isRecord(value)) throw new ProgramError("no_program");
  if (!Number.isInteger(value.v)) throw new ProgramError("no_version");
  const program = /** @type {Program} */ ({ ...EMPTY, ...value });
  const count = { blocks: 0 };
  checkBranch(program.net, 0, count);
  if (!isRecord(program.defs)) throw new ProgramError("bad_form", "defs");
  for (const [name, definition] of Object.entries(program.defs)) {
    if (!isRecord(definition) || !isRecord(definition.params ?? {})) throw new ProgramError("bad_form", name);
    checkBranch(definition.net, 0, count);
  }
  program.defs = Object.fromEntries(
    Object.entries(program.defs).map((
      [name, definition],
    ) => [name, { ...definition, params: definition.params ?? {} }]),
  );
  for (const key of ["data", "loss", "opt"]) checkChoice(program[key], key);
  if (program.sched !== null) checkChoice(program.sched, "sched");
  const rows = Array.isArray(program.init) && program.init.every((row) => Array.isArray(row) && row.length === 2);
  if (!rows || program.init.length > 100) throw new ProgramError("bad_form", "init");
  for (const [kind, choice] of program.init) {
    if (typeof kind !== "string") throw new ProgramError("bad_form", "init");
    checkChoice(choice, "init");
  }
  if (!isRecord(program.run)) throw new ProgramError("bad_form", "run");
  return program;
}

/** @param {unknown} choice @param {string} key */
function checkChoice(choice, key) {
  const good = Array.isArray(choice) && typeof choice[0] === "string" && (choice.length < 2 || isRecord(choice[1]));
  if (!good || choice[0].length > LIMITS.word || choice.length > 12) throw new ProgramError("bad_form", key);
}

/** @param {unknown} branch @param {number} depth @param {{ blocks: number }} count */
function checkBranch(branch, depth, count) {
  if (!Array.isArray(branch)) throw new ProgramError("bad_form", "net");
  if (depth > LIMITS.depth) throw new ProgramError("too_deep");
  for (const block of branch) {
    if (!Array.isArray(block) || typeof block[0] !== "string" || block[0].length > LIMITS.word) {
      throw new ProgramError("bad_form", "net");
    }
    count.blocks += 1;
    if (count.blocks > LIMITS.blocks) throw new ProgramError("too_many");
    for (const inner of branches(/** @type {Block} */ (block))) checkBranch(inner, depth + 1, count);
  }
}

/**
 * The one text of a program: keys in a fixed order, empty arguments left out, what nobody knows at the end.
 * @param {Program} program
 */
export function canonical(program) {
  const known = ["v", "data", "net", "defs", "init", "loss", "opt", "sched", "run"];
  const others = Object.keys(program).filter((key) => !known.includes(key)).sort();
  const kept = [...known, ...others].filter((key) => !isBare(program[key]) || ["v", "data", "net"].includes(key));
  return JSON.stringify(Object.fromEntries(kept.map((key) => [key, tidy(program[key])])));
}

/** @param {any} value */
const isBare = (value) =>
  value === undefined || value === null || (Array.isArray(value) && !value.length) ||
  (isRecord(value) && !Object.keys(value).length);

/** @param {any} value @returns {any} */
function tidy(value) {
  if (Array.isArray(value)) {
    const parts = value.map(tidy);
    const empty = typeof parts[0] === "string" && parts.length > 1 && isRecord(parts.at(-1)) && isBare(parts.at(-1));
    const middle = typeof parts[0] === "string" && isRecord(parts[1]) && isBare(parts[1]);
    if (empty) return parts.slice(0, -1);
    return middle ? [parts[0], ...parts.slice(2)] : parts;
  }
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, tidy(value[key])]));
}

// ---- paths ----

/** @param {Path} path */
export const key = (path) => path.join(".");

/** @param {string} text @returns {Path} */
export function pathOf(text) {
  const [root, ...rest] = text.split(".");
  return [root, ...rest.map(Number)];
}

/** The branch that a path's root names. @param {Program} program @param {string} root @returns {Branch | undefined} */
export function rootOf(program, root) {
  if (root === "net") return program.net;
  const name = root.slice(1);
  return Object.hasOwn(program.defs, name) ? program.defs[name].net : undefined;
}

/**
 * The block at a path of odd depth, undefined where there is none.
 * @param {Program} program @param {Path} path @returns {Block | undefined}
 */
export function blockAt(program, path) {
  const [root, ...steps] = path;
  let branch = rootOf(program, root);
  for (let at = 0; at < steps.length; at += 2) {
    const block = branch?.[steps[at]];
    if (at + 1 >= steps.length) return block;
    branch = block && branches(block)[steps[at + 1]];
  }
  return undefined;
}

/**
 * The branch that a path's last step, a block's index, belongs to.
 * @param {Program} program @param {Path} path @returns {Branch | undefined}
 */
export function branchAt(program, path) {
  if (path.length === 2) return rootOf(program, path[0]);
  const block = blockAt(program, /** @type {Path} */ (path.slice(0, -2)));
  return block && branches(block)[/** @type {number} */ (path.at(-2))];
}

/**
 * All blocks with their paths, in reading order.
 * @param {Program} program
 * @returns {Generator<{ path: Path, block: Block }>}
 */
export function* walk(program) {
  yield* walkBranch(program.net, ["net"]);
  for (const [name, definition] of Object.entries(program.defs)) yield* walkBranch(definition.net, [`:${name}`]);
}

/** @param {Branch} branch @param {[string, ...number[]]} base @returns {Generator<{ path: Path, block: Block }>} */
export function* walkBranch(branch, base) {
  for (const [index, block] of branch.entries()) {
    /** @type {Path} */
    const path = [...base, index];
    yield { path, block };
    for (const [number, inner] of branches(block).entries()) yield* walkBranch(inner, [...path, number]);
  }
}
