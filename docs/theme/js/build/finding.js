// One thing that does not fit. Pure.

import { argumentsOf } from "./tree.js";

/**
 * @import { Table } from "./table.js"
 * @import { Block } from "./tree.js"
 * @typedef {"error" | "warn" | "note"} Level torch stops; it runs and is wrong; taste or cost
 * `code` is a key of the page's words behind "pair."; `torch` is its own sentence; `page` is one of this site.
 * @typedef {{ level: Level, code: string, path: string, values: Record<string, any>, page: string, torch?: string }} Finding
 */

/** @param {Level} level @param {string} code @param {string} path @param {string} page @param {Record<string, any>} [values] @param {string} [torch] @returns {Finding} */
export const finding = (level, code, path, page, values = {}, torch) => ({
  level,
  code,
  path,
  values,
  page,
  ...(torch ? { torch } : {}),
});

/** A choice's argument, torch's default where it is not given. @param {Table["losses"]} part @param {[string, ...any[]]} choice @param {string} name */
export function valueOf(part, choice, name) {
  const given = argumentsOf(/** @type {Block} */ (choice));
  if (Object.hasOwn(given, name)) return given[name];
  return part[choice[0]]?.args.find((each) => each.name === name)?.default;
}
