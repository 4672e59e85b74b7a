// The data sets a program can train on: what one example and its target look like, and the lines of Python that make them.
// Pure.

import { SETS } from "./sets.js";
import { filled } from "./table.js";

/**
 * @import { Argument } from "./table.js"
 * @import { Program } from "./tree.js"
 * What a target is: a class, a number, a class for each pixel, a class for each place of a sequence, a shorter sequence.
 * @typedef {"class" | "value" | "mask" | "tag" | "text"} Kind
 * @typedef {{ dims: number[], dtype: "float32" | "int64", most?: number }} Form of one example; `most` is above its integers
 * @typedef {{ kind: Kind, dims: number[], dtype: "float32" | "int64", classes?: number }} Target
 * @typedef {{
 *   args: Argument[], input: (args: any) => Form, target: (args: any) => Target, train: (args: any) => number,
 *   test: (args: any) => number, imports: (args: any) => string[], lines: (args: any) => string[], own?: boolean
 * }} DataSet `own` sets make their loaders' data sets themselves
 */

/** @type {Argument} */
const BATCH = { name: "batch_size", kind: "int", default: 64, min: 1, max: 65536 };

/** Names and arguments of all data sets. @type {Record<string, DataSet>} */
export const DATA = Object.fromEntries(
  Object.entries(SETS).map(([name, set]) => [name, { ...set, args: [BATCH, ...set.args] }]),
);

/**
 * A program's data set with complete arguments, undefined where nobody knows it.
 * @param {Program} program
 */
export function dataOf(program) {
  const [name, given = {}] = program.data;
  if (!Object.hasOwn(DATA, name)) return undefined;
  const set = DATA[name];
  const args = /** @type {any} */ (filled(set, given));
  return { name, set, args, input: set.input(args), target: set.target(args), batch: args.batch_size };
}

/** What shapes() asks for. @param {Program} program */
export function inputOf(program) {
  const found = dataOf(program);
  return found && { dims: found.input.dims, dtype: found.input.dtype, batch: found.batch };
}
