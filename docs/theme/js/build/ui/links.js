// Links that open the builder with a loss, an optimizer, a schedule or an init chosen, for the build. No page loads this module.

import { encode } from "../link.js";
import { starts } from "../starts.js";

/** @import { Table } from "../table.js" */

/** Hashes by torch's names. @param {Table} table @returns {Promise<Record<string, string>>} */
export async function links(table) {
  const found = Object.entries(starts(table)).map(async ([name, program]) => [name, await encode(program)]);
  return Object.fromEntries(await Promise.all(found));
}
