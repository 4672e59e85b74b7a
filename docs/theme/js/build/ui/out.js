// The program in Python and as a notebook. Half of the builder's script: the page fetches it when it is first asked for.

import { emit } from "../emit.js";
import { EmitError } from "../trace.js";

export { notebook } from "../notebook.js";

/**
 * @import { Table } from "../table.js"
 * @import { Program } from "../tree.js"
 * @typedef {{ text: string } | { code: string, sentence: string }} Made
 */

/**
 * The program in Python, or why there is none.
 * @param {Program} program @param {Table} table @param {Record<string, string>} headings
 * @returns {Made}
 */
export function python(program, table, headings) {
  try {
    return { text: emit(program, table, headings) };
  } catch (error) {
    if (error instanceof EmitError) return { code: error.code, sentence: error.sentence };
    throw error;
  }
}
