// What follows from a program: problems, shapes, findings, fixes. Pure; nothing here knows a page.

import { dataOf, inputOf } from "../data.js";
import { fixes } from "../fixes.js";
import { pairs } from "../pairs.js";
import { refused, RUN } from "../options.js";
import { shapes } from "../shapes.js";
import { problems } from "../table.js";
import { argumentsOf } from "../tree.js";

/**
 * @import { Finding } from "../finding.js"
 * @import { Fix } from "../fixes.js"
 * @import { Input, Shapes } from "../shapes.js"
 * @import { Problem, Table } from "../table.js"
 * @import { Program } from "../tree.js"
 * @typedef {{ problems: Problem[], input: Input | null, shapes: Shapes | null, findings: Finding[] }} Known
 */

/** @param {Program} program @param {Table} table @returns {Known} */
export function known(program, table) {
  const data = dataOf(program);
  const found = problems(program, table);
  if (!data) found.push({ path: ["data"], code: "unknown_name", name: program.data[0] });
  else {
    for (const name of refused(data.set.args, argumentsOf(/** @type {any} */ (program.data)))) {
      found.push({ path: ["data"], code: "bad_value", name });
    }
  }
  for (const name of refused(RUN, program.run)) found.push({ path: ["run"], code: "bad_value", name });
  const input = found.length ? null : /** @type {Input} */ (inputOf(program));
  if (!input || !data) return { problems: found, input, shapes: null, findings: [] };
  const seen = shapes(program, table, input);
  return { problems: found, input, shapes: seen, findings: pairs(program, table, data, seen) };
}

/** @param {Program} program @param {Table} table @param {Known} known @returns {Fix[]} */
export function fixesOf(program, table, { input, shapes: seen }) {
  return input && seen?.error ? fixes(program, table, input, seen.error.path) : [];
}
