// One layer's constructor as an expression. Sizes that follow from the input are asked of the class that it stands in. Pure.

import { call, keyword, literal, raw } from "./code.js";

/**
 * @import { Expr, Item } from "./code.js"
 * @import { Argument, Entry, Table } from "./table.js"
 * @import { Node } from "./trace.js"
 * What a class says about values: `given` prints what stands in the tree, `size` what follows from inputs, one value for
 * each instance of the class.
 * @typedef {{ given: (value: any, whole: boolean) => Expr, size: (values: any[], slot: string) => Expr }} Sizes
 */

/** @param {Argument} argument */
const whole = ({ kind }) => kind === "int" || kind === "ints";

/**
 * A call with what differs from the defaults. What has no default is given by place, the rest by name.
 * @param {string} name @param {Entry} entry @param {Record<string, any>} given @param {boolean} byName all of it
 * @param {(argument: Argument, value: any) => Expr} print
 * @param {Item[]} first @returns {Expr}
 */
export function construct(name, entry, given, byName, print, first = []) {
  /** @type {Item[]} */
  const items = [...first];
  let leading = !byName;
  for (const argument of entry.args) {
    if (argument.own) continue;
    const needed = argument.required || argument.derived;
    leading &&= Boolean(needed);
    const has = Object.hasOwn(given, argument.name);
    if (!has || (!needed && JSON.stringify(given[argument.name]) === JSON.stringify(argument.default))) continue;
    const value = print(argument, given[argument.name]);
    items.push(leading ? value : keyword(argument.name, value));
  }
  return call(name, items);
}

/** A choice of loss, optimizer, schedule or init, whose values are plain. @param {Argument} argument @param {any} value */
export function plain(argument, value) {
  if (argument.tensor && value !== null) return call("torch.tensor", [listed(value, false)]);
  return LISTS.includes(argument.name) ? listed(value, true) : literal(value, whole(argument));
}

const LISTS = ["milestones", "cutoffs"]; // of any length, so no tuples

/** @param {number[]} values @param {boolean} ints @returns {Expr} */
const listed = (values, ints) => ({ before: "[", after: "]", items: values.map((each) => literal(each, ints)) });

/**
 * A layer of torch. `nodes` is the same block in each instance of the class.
 * @param {Table} table @param {Node[]} nodes @param {Sizes} sizes @returns {Expr}
 */
export function layer(table, nodes, sizes) {
  const [{ kind, given, args }] = nodes;
  const entry = table.layers[kind] ?? table.own[kind];
  /** @type {Record<string, any>} */
  const all = { ...given };
  for (const { name, derived } of entry.args) if (derived && !Object.hasOwn(given, name)) all[name] = args[name];
  /** @type {(argument: Argument, value: any) => Expr} */
  const print = (argument, value) =>
    Object.hasOwn(given, argument.name)
      ? sizes.given(value, whole(argument))
      : sizes.size(nodes.map((node) => node.args[argument.name]), argument.name);
  if (kind === "position") return construct("Position", entry, all, false, print);
  if (kind !== "TransformerEncoder") return construct(`nn.${kind}`, entry, all, false, print);
  const inner = { args: entry.args.filter(({ name }) => name !== "num_layers") };
  const count = print({ name: "num_layers", kind: "int" }, given.num_layers);
  return call("nn.TransformerEncoder", [
    construct("nn.TransformerEncoderLayer", inner, all, false, print),
    keyword("num_layers", count),
    keyword("enable_nested_tensor", raw("False")),
  ]);
}
