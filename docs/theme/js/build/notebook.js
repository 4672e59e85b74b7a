// The program as a Jupyter notebook: a cell of text and one of code for each part. Pure.

import { sections } from "./emit.js";

/**
 * @import { Table } from "./table.js"
 * @import { Program } from "./tree.js"
 */

const PARTS = ["setup", "data", "model", "init", "loss", "step", "train"];

/** @param {string[]} lines @returns {string[]} as nbformat wants them: each with its line feed but the last */
const source = (lines) => lines.map((line, at) => at < lines.length - 1 ? `${line}\n` : line);

/**
 * The text of an .ipynb file.
 * @param {Program} program @param {Table} table @param {Record<string, string>} words headings, by the sections' names
 */
export function notebook(program, table, words) {
  const own = Object.fromEntries(Object.entries(words).filter(([name]) => !PARTS.includes(name)));
  const parts = sections(program, table, own); // headings are cells of their own
  const cells = parts.flatMap(({ name, lines }, at) => [
    ...(words[name] ? [{ cell_type: "markdown", id: `text-${at}`, metadata: {}, source: [`## ${words[name]}`] }] : []),
    {
      cell_type: "code",
      id: `code-${at}`,
      metadata: {},
      execution_count: null,
      outputs: [],
      source: source(lines),
    },
  ]);
  const metadata = {
    kernelspec: { display_name: "Python 3", language: "python", name: "python3" },
    language_info: { name: "python" },
  };
  return `${JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`;
}
