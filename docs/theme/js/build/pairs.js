// Pairs that do not fit: what runs and is wrong, what raises later, and what merely costs. Each row is executed by
// tests/builder/test_pairs.py. What the printed program does right by itself (LBFGS with its closure, Muon's matrices, the
// plateau's metric, targets of the loss's form and type) has no row. Pure.

import { NET_ROWS } from "./pairs_net.js";
import { STEP_ROWS } from "./pairs_step.js";
import { branches } from "./tree.js";

/**
 * @import { Shapes } from "./shapes.js"
 * @import { Table } from "./table.js"
 * @import { Block, Branch, Program } from "./tree.js"
 * @import { Finding } from "./finding.js"
 * What one example and its target look like: see dataOf() in data.js.
 * @typedef {{
 *   input: { dims: number[], dtype: string, most?: number },
 *   target: { kind: string, dims: number[], dtype: string, classes?: number }
 * }} Example
 * @typedef {{ program: Program, table: Table, example: Example, shapes: Shapes, last: string, steps: string }} Context
 * @typedef {(context: Context) => Finding[]} Row
 */

// Blocks that change no value, or only some to 0: what stands before them decides what comes out.
const TRANSPARENT = new Set(["Identity", "Flatten", "Unflatten", "permute", "tap", "Dropout"]);

/**
 * The block that decides what values a branch gives.
 * @param {Program} program @param {Branch} branch @param {number} [depth]
 * @returns {Block | undefined}
 */
export function lastOf(program, branch, depth = 0) {
  const block = branch.findLast(([name]) => !TRANSPARENT.has(name));
  if (!block || depth > 16) return block;
  if (block[0] === "seq" || block[0] === "repeat") return lastOf(program, branches(block)[0], depth + 1);
  if (block[0] === "use") return lastOf(program, program.defs[block[1]].net, depth + 1);
  return block;
}

const ORDER = { error: 0, warn: 1, note: 2 };

/**
 * All that does not fit, errors first. The program must be one that the table knows.
 * @param {Program} program @param {Table} table @param {Example} example @param {Shapes} shapes
 * @returns {Finding[]}
 */
export function pairs(program, table, example, shapes) {
  const last = lastOf(program, program.net)?.[0] ?? "";
  const steps = String(program.run.step ?? "auto");
  /** @type {Context} */
  const context = { program, table, example, shapes, last, steps };
  const found = [...NET_ROWS, ...STEP_ROWS].flatMap((row) => row(context));
  return found.sort((a, b) => ORDER[a.level] - ORDER[b.level]);
}
