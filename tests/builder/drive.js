// What the tests of the builder call: many cases with one request.

import { macs, parameters } from "../../docs/theme/js/build/counts.js";
import { apply, complete, RULES } from "../../docs/theme/js/build/rules/index.js";
import { admits } from "../../docs/theme/js/build/table.js";
import { Refusal } from "../../docs/theme/js/build/rules/torch.js";

/**
 * @import { Table } from "../../docs/theme/js/build/table.js"
 * @typedef {[Record<string, any>, number[], "float32" | "int64"]} Case
 */

export const rules = {
  names: () => Object.keys(RULES),
  /** @param {Table} table @param {string} name @param {Case[]} cases */
  outcomes: (table, name, cases) =>
    cases.map(([given, dims, dtype]) => {
      const x = { dims, dtype };
      const args = complete(name, table.layers[name], given, x);
      try {
        const y = apply(name, args, x);
        return { ...y, params: parameters(name, args), macs: macs(name, args, x, y) };
      } catch (error) {
        if (error instanceof Refusal) return { type: error.type, sentence: error.message };
        throw error;
      }
    }),
};

export const tables = {
  /** Defaults and starts that the limits do not admit. @param {Table} table */
  refused: (table) =>
    [table.layers, table.own, table.inits, table.losses, table.optimizers, table.schedulers].flatMap((part) =>
      Object.entries(part).flatMap(([name, { args }]) =>
        args.filter((each) =>
          (each.default !== undefined && !admits(each, each.default)) ||
          (each.start !== undefined && !admits(each, each.start))
        ).map((each) => `${name}.${each.name}`)
      )
    ),
};
