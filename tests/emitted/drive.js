// What the tests of emitted programs call.

import { DATA, dataOf, inputOf } from "../../docs/theme/js/build/data.js";
import * as augment from "../../docs/theme/js/build/augment.js";
import { emit } from "../../docs/theme/js/build/emit.js";
import { decode } from "../../docs/theme/js/build/link.js";
import { notebook } from "../../docs/theme/js/build/notebook.js";
import { RUN } from "../../docs/theme/js/build/options.js";
import { PRESETS } from "../../docs/theme/js/build/presets.js";
import { starts } from "../../docs/theme/js/build/starts.js";
import { known } from "../../docs/theme/js/build/ui/state.js";
import { shapes } from "../../docs/theme/js/build/shapes.js";
import { KINDS, logits, sample, seen, weightsOf } from "../../docs/theme/js/build/toy.js";
import { admits } from "../../docs/theme/js/build/table.js";
import { EmitError } from "../../docs/theme/js/build/trace.js";
import { canonical, parse, ProgramError } from "../../docs/theme/js/build/tree.js";

/** @import { Table } from "../../docs/theme/js/build/table.js" */

/** @type {{ table?: Table, words: Record<string, string> }} read once: tests call thousands of times */
const kept = { words: {} };

/** @param {Table} table @param {Record<string, string>} words */
export function keep(table, words) {
  kept.table = table;
  kept.words = words;
  return Object.keys(table).length;
}

/** @param {unknown} tree @returns {unknown} text, shape and counts, or why there is none */
export function program(tree) {
  const table = /** @type {Table} */ (kept.table);
  try {
    const found = parse(tree);
    const text = emit(found, table, kept.words);
    const data = inputOf(found);
    if (!data) throw new RangeError("no data");
    const { out, params, error } = shapes(found, table, data);
    return { text, out: out?.dims, params, error };
  } catch (error) {
    if (error instanceof EmitError) return { code: error.code, path: error.path, sentence: error.sentence };
    if (error instanceof ProgramError) return { code: error.code };
    throw error;
  }
}

/** @param {unknown} tree */
export const cells = (tree) => notebook(parse(tree), /** @type {Table} */ (kept.table), kept.words);

export const presets = () => PRESETS;

/** @param {string} name */
export const preset = (name) => PRESETS[name];

/** Arguments of data sets and of a run, and which defaults their limits do not admit. */
export const options = () => ({
  data: Object.fromEntries(Object.entries(DATA).map(([name, { args }]) => [name, args])),
  run: RUN,
  refused: [...Object.values(DATA).flatMap(({ args }) => args), ...RUN].filter((each) => !admits(each, each.default)),
});

/** @param {unknown} tree what a data set says of its examples */
export function data(tree) {
  const found = dataOf(parse(tree));
  return found &&
    { input: found.input, target: found.target, rows: found.set.train(found.args), test: found.set.test(found.args) };
}

/** The one text of what a link holds. @param {string} link */
export async function opened(link) {
  const found = await decode(link);
  return found && canonical(found);
}

/** @param {unknown} tree */
export const written = (tree) => canonical(parse(tree));

/** Programs that a page of a name leads to. */
export const uses = () => starts(/** @type {Table} */ (kept.table));

/** What the builder's page says against a program: codes of sentences, by level. @param {unknown} tree */
export const findings = (tree) =>
  known(parse(tree), /** @type {Table} */ (kept.table)).findings.map(({ level, code }) => `${level} ${code}`);

/** The program without headings and comments. @param {unknown} tree */
export const bare = (tree) => emit(parse(tree), /** @type {Table} */ (kept.table), {});

/** Logits of the page's net for some pictures. @param {string[][]} weights @param {number[][]} pictures */
export function inferred(weights, pictures) {
  const found = weightsOf(weights);
  return pictures.map((pixels) => Array.from(logits(found, pixels)));
}

/** What the net says of a sample. @param {string[][]} weights @param {"disc" | "square"} kind @param {number} seed */
export function looked(weights, kind, seed) {
  const { kind: found, count, box } = seen(logits(weightsOf(weights), sample(kind, seed)));
  return { kind: KINDS[found], count, box };
}

export { half } from "../../docs/theme/js/build/toy.js";

/** A picture changed by one of augment.js. @param {"flip" | "crop" | "rotate" | "jitter" | "erase"} name @param {number[]} pixels @param {number[]} args */
export const changed = (name, pixels, args) =>
  Array.from(/** @type {any} */ (augment)[name](Float32Array.from(pixels), ...args));

/** All draws of a turn. @param {number[]} pixels @param {number} seed */
export const drawn = (pixels, seed) =>
  Object.fromEntries(
    Object.keys(augment.DRAWS).map((name) => [
      name,
      Array.from(augment.augmented(name, Float32Array.from(pixels), seed)),
    ]),
  );
