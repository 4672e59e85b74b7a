// What the tests of the builder call: many cases with one request.

import { macs, parameters } from "../../docs/theme/js/build/counts.js";
import { apply, complete, RULES } from "../../docs/theme/js/build/rules/index.js";
import { DATA } from "../../docs/theme/js/build/data.js";
import { RUN } from "../../docs/theme/js/build/options.js";
import { PRESETS } from "../../docs/theme/js/build/presets.js";
import { EDITS } from "../../docs/theme/js/build/ui/actions.js";
import { findError, readModel } from "../../docs/theme/js/build/reading.js";
import { fixes } from "../../docs/theme/js/build/fixes.js";
import { pairs as pairsOf } from "../../docs/theme/js/build/pairs.js";
import { shapes } from "../../docs/theme/js/build/shapes.js";
import { canonical, parse, ProgramError } from "../../docs/theme/js/build/tree.js";
import * as edits from "../../docs/theme/js/build/edit.js";
import { decode, encode } from "../../docs/theme/js/build/link.js";
import { admits, problems } from "../../docs/theme/js/build/table.js";
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

export const trees = {
  /** @param {Table} table @param {unknown} program @param {import("../../docs/theme/js/build/shapes.js").Input} input */
  shapes: (table, program, input) => shapes(parse(program), table, input),
  /** @param {Table} table @param {unknown} program @param {import("../../docs/theme/js/build/shapes.js").Input} input @param {string} path */
  fixes: (table, program, input, path) => fixes(parse(program), table, input, path),
};

/** @param {() => unknown} attempt the code of what it throws, null where nothing is thrown */
function refusal(attempt) {
  try {
    attempt();
    return null;
  } catch (error) {
    if (error instanceof ProgramError) return error.code;
    throw error;
  }
}

export const forms = {
  /** @param {unknown} program */
  canonical: (program) => canonical(parse(program)),
  /** @param {Table} table @param {unknown} program */
  problems: (table, program) => problems(parse(program), table),
  /** @param {string} text */
  refusal: (text) => refusal(() => parse(text)),
  /** @param {unknown} program @param {string} edit @param {unknown[]} args */
  edited: (program, edit, ...args) => /** @type {any} */ (edits)[edit](parse(program), ...args),
  /** Everything that a page does with a program. @param {Table} table @param {unknown} program */
  examined: (table, program) => {
    const found = parse(program);
    const wrong = problems(found, table);
    if (wrong.length) return wrong;
    return shapes(found, table, { dims: [3, 32, 32], dtype: "float32", batch: 4 });
  },
};

export const links = {
  /** @param {unknown} program */
  encode: (program) => encode(parse(program)),
  /** @param {string} hash */
  decode: async (hash) => {
    try {
      const found = await decode(hash);
      return { value: found && JSON.parse(canonical(found)) };
    } catch (error) {
      if (error instanceof ProgramError) return { code: error.code };
      throw error;
    }
  },
};

export const pairs = {
  /** @param {Table} table @param {unknown} program @param {import("../../docs/theme/js/build/pairs.js").Example} example */
  found: (table, program, example) => {
    const made = parse(program);
    const input = { dims: example.input.dims, dtype: /** @type {"float32"} */ (example.input.dtype), batch: 32 };
    return pairsOf(made, table, example, shapes(made, table, input));
  },
};

export const words = {
  presets: () => Object.keys(PRESETS),
  programs: () => PRESETS,
  edits: () => Object.keys(EDITS),
  /** Names of arguments that are not torch's: of data sets, and how a program runs. */
  options: () => [...RUN, ...Object.values(DATA).flatMap((set) => set.args)].map(({ name }) => name),
};

export const readings = {
  /** @param {string} text @param {Table} table */
  model: (text, table) => readModel(text, table),
  /** @param {string} text @param {unknown} program @param {Table} table @param {import("../../docs/theme/js/build/shapes.js").Input} input */
  error: (text, program, table, input) => {
    const made = parse(program);
    return findError(text, made, shapes(made, table, input));
  },
};
