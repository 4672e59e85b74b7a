// What makes a refused block fit: small changes that were tried with the same rules. Pure.

import { insert, setArgument } from "./edit.js";
import { entryOf, problems } from "./table.js";
import { shapes } from "./shapes.js";
import { argumentsOf, blockAt, key, pathOf } from "./tree.js";

/**
 * @import { Input } from "./shapes.js"
 * @import { Table } from "./table.js"
 * @import { Block, Program } from "./tree.js"
 * A change and what it does: `code` is a key of the page's words behind "fix.".
 * @typedef {{ program: Program, code: string, values: Record<string, any> }} Fix
 */

const BUDGET = 20000; // blocks looked at: a large net gets fewer attempts

/** Blocks that often lack before another. @type {Block[]} */
const BEFORE = [["Flatten"], ["Unflatten", { dim: 1, unflattened_size: [1, -1] }], ["last_step"], ["permute", {
  dims: [0, 2, 1],
}]];

/**
 * The changes of one argument, or one block in front, after which the block at the path is not refused.
 * @param {Program} program @param {Table} table @param {Input} input @param {string} path
 * @returns {Fix[]} at most three, first those after which torch refuses nothing
 */
export function fixes(program, table, input, path) {
  const block = blockAt(program, pathOf(path));
  const entry = block && entryOf(table, block[0]);
  if (!block || !entry) return [];
  const before = shapes(program, table, input).blocks[path];
  /** @type {Map<string, { fix: Fix, whole: boolean }>} by what is changed: the first that fits, better one that fits all */
  const best = new Map();
  let budget = BUDGET;
  for (const fix of [...own(program, path, block, before?.args ?? {}, sizesOf(before)), ...inFront(program, path)]) {
    if (budget <= 0) break;
    const what = fix.code === "insert" ? "insert" : String(fix.values.name);
    if (best.get(what)?.whole || problems(fix.program, table).length) continue;
    const made = shapes(fix.program, table, input);
    budget -= Object.keys(made.blocks).length;
    const info = made.blocks[fix.code === "insert" ? after(path) : path];
    if (!info || info.trouble || !info.out) continue;
    if (!best.has(what) || !made.error) best.set(what, { fix, whole: !made.error });
  }
  const all = [...best.values()];
  return [...all.filter(({ whole }) => whole), ...all.filter(({ whole }) => !whole)].slice(0, 3).map(({ fix }) => fix);
}

/** @param {string} path */
function after(path) {
  const at = pathOf(path);
  return key(/** @type {any} */ (at.with(-1, /** @type {number} */ (at.at(-1)) + 1)));
}

/** @param {import("./shapes.js").Info | undefined} info */
const sizesOf = (info) => (info?.in?.dims ?? []).filter((each) => typeof each === "number");

/**
 * Each argument back to its default, a size that comes in, smaller numbers, more padding.
 * @param {Program} program @param {string} path @param {Block} block @param {Record<string, any>} complete
 * @param {number[]} sizes of what comes in
 * @returns {Generator<Fix>}
 */
function* own(program, path, block, complete, sizes) {
  const given = argumentsOf(block);
  const at = pathOf(path);
  for (const [name, value] of Object.entries(given)) {
    yield { program: setArgument(program, at, name, undefined), code: "unset", values: { name } };
    if (typeof value !== "number" || !Number.isInteger(value)) continue;
    for (const size of sizes) {
      yield { program: setArgument(program, at, name, size), code: "set", values: { name, value: String(size) } };
    }
    for (let less = value - 1; less > 0 && less > value - 32; less--) {
      yield { program: setArgument(program, at, name, less), code: "set", values: { name, value: String(less) } };
    }
  }
  if (complete.padding === 0) {
    for (const size of [1, 2, 3]) {
      yield {
        program: setArgument(program, at, "padding", size),
        code: "set",
        values: { name: "padding", value: String(size) },
      };
    }
  }
}

/** @param {Program} program @param {string} path @returns {Generator<Fix>} */
function* inFront(program, path) {
  for (const block of BEFORE) {
    yield { program: insert(program, pathOf(path), block), code: "insert", values: { name: block[0] } };
  }
}
