// Reads what torch prints: the repr of a model as a tree, and an error as the block that raised it. Pure.

import { admits, changed, entryOf } from "./table.js";
import { argumentsOf, branches, key, walk } from "./tree.js";

/**
 * @import { Shapes } from "./shapes.js"
 * @import { Table } from "./table.js"
 * @import { Block, Branch, Program } from "./tree.js"
 * `lost` names what could not be read, and what a repr does not say.
 * @typedef {{ net: Branch, lost: string[] }} Read
 * @typedef {{ name: string, text: string, args: string, children: Line[], times: number }} Line
 */

/** What a repr prints first, without a name. @type {Record<string, string[]>} */
const POSITIONAL = {
  Linear: [],
  Embedding: ["num_embeddings", "embedding_dim"],
  EmbeddingBag: ["num_embeddings", "embedding_dim"],
  RNN: ["input_size", "hidden_size"],
  LSTM: ["input_size", "hidden_size"],
  GRU: ["input_size", "hidden_size"],
  LayerNorm: ["normalized_shape"],
  RMSNorm: ["normalized_shape"],
  GroupNorm: ["num_groups", "num_channels"],
  LocalResponseNorm: ["size"],
  CELU: [],
};
/** What a repr keeps to itself: a model that sets these comes back without. @type {[RegExp, string][]} */
const UNSAID = [
  [/^AvgPool1d$/, "ceil_mode, count_include_pad"],
  [/^AvgPool[23]d$/, "ceil_mode, count_include_pad, divisor_override"],
  [/^Upsample$/, "align_corners"],
  [/^RNN$/, "nonlinearity"],
  [/^PReLU$/, "init"],
];
const CONV = ["in_channels", "out_channels"];
const NORM = ["num_features"];

/** @param {string} name */
function positional(name) {
  if (/^Conv/.test(name)) return CONV;
  if (/^(Batch|Instance)Norm/.test(name)) return NORM;
  if (/Pad\dd$/.test(name)) return ["padding"];
  return POSITIONAL[name] ?? (/^Adaptive/.test(name) ? ["output_size"] : ["", ""]);
}

/** Cut at commas outside brackets. @param {string} text */
function parts(text) {
  const found = [""];
  let depth = 0;
  for (const letter of text) {
    if (letter === "(" || letter === "[") depth += 1;
    if (letter === ")" || letter === "]") depth -= 1;
    if (letter === "," && depth === 0) found.push("");
    else found[found.length - 1] += letter;
  }
  return found.map((part) => part.trim()).filter(Boolean);
}

/** @param {string} text @returns {any} undefined where it is no value */
function value(text) {
  if (text === "None") return null;
  if (text === "True" || text === "False") return text === "True";
  if (/^[([].*[)\]]$/.test(text)) return parts(text.slice(1, -1)).map(value);
  const quoted = /^['"](.*)['"]$/.exec(text);
  if (quoted) return quoted[1];
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : /^\w+$/.test(text) ? text : undefined;
}

/**
 * The lines of a repr as a tree, by their indents.
 * @param {string} text @returns {Line[]}
 */
function lines(text) {
  /** @type {{ indent: number, line: Line }[]} */
  const open = [];
  /** @type {Line[]} */
  const roots = [];
  for (const raw of text.split("\n")) {
    const found = /^(\s*)(?:\(([\w.-]+)\):\s*)?(?:(\d+) x )?([A-Za-z_]\w*)\((.*)$/.exec(raw);
    if (!found) continue;
    const [, space, , times, name, rest] = found;
    const args = rest.endsWith(")") ? rest.slice(0, -1) : rest;
    /** @type {Line} */
    const line = { name, text: raw.trim(), args, children: [], times: Number(times ?? 1) };
    while (open.length && open[open.length - 1].indent >= space.length) open.pop();
    const parent = open.at(-1)?.line;
    (parent ? parent.children : roots).push(line);
    if (!rest.endsWith(")")) open.push({ indent: space.length, line });
  }
  return roots;
}

/**
 * The net of `print(model)`. A module of one's own says nothing about its forward: its children come one after the other.
 * @param {string} text @param {Table} table
 * @returns {Read}
 */
export function readModel(text, table) {
  /** @type {string[]} */
  const lost = [];
  const net = lines(text.slice(0, 200_000)).flatMap((line) => blocksOf(line, table, lost));
  return { net, lost: [...new Set(lost)] };
}

/** @param {Line} line @param {Table} table @param {string[]} lost @returns {Branch} */
function blocksOf(line, table, lost) {
  const one = known(line, table, lost);
  const inner = one ?? line.children.flatMap((child) => blocksOf(child, table, lost));
  if (!one && !line.children.length && line.name !== "Sequential") lost.push(line.text);
  if (!one && line.children.length && !["Sequential", "ModuleList"].includes(line.name)) {
    lost.push(`${line.name}.forward`);
  }
  return line.times > 1 ? [["repeat", line.times, inner]] : inner;
}

/** A layer of the table, null for everything else. @param {Line} line @param {Table} table @param {string[]} lost @returns {Branch | null} */
function known(line, table, lost) {
  if (line.name === "NonDynamicallyQuantizableLinear" || !Object.hasOwn(table.layers, line.name)) return null;
  if (line.children.length) return composed(line, lost);
  const entry = table.layers[line.name];
  /** @type {Record<string, any>} */
  const given = {};
  const unnamed = positional(line.name);
  for (const [at, part] of parts(line.args).entries()) {
    const cut = /^(\w+)=(.*)$/s.exec(part);
    const name = cut ? cut[1] : unnamed[at] || entry.args.filter((each) => !each.derived)[at]?.name;
    const argument = entry.args.find((each) => each.name === name);
    const read = value(cut ? cut[2] : part);
    if (!argument) {
      if (name !== "mode" || !/^Upsampling/.test(line.name)) lost.push(`${line.name}: ${part}`);
      continue;
    }
    const plain = Array.isArray(read) && argument.scalar && new Set(read).size === 1 ? read[0] : read;
    if (admits(argument, plain)) given[argument.name] = plain;
    else lost.push(`${line.name}: ${part}`);
  }
  for (const [pattern, names] of UNSAID) if (pattern.test(line.name)) lost.push(`${line.name}: ${names}`);
  for (const { name, derived } of entry.args) if (derived) delete given[name];
  if (given.stride !== undefined && String(given.stride) === String(given.kernel_size) && /Pool/.test(line.name)) {
    delete given.stride;
  }
  const args = changed(entry, given);
  return [Object.keys(args).length ? [line.name, args] : [line.name]];
}

/** Attention and transformers print their insides. @param {Line} line @param {string[]} lost @returns {Branch} */
function composed(line, lost) {
  lost.push(`${line.name}: nhead`);
  const first = line.name === "TransformerEncoder" ? line.children[0]?.children[0] : line;
  const feed = first?.children.find((child) => child.text.includes("linear1"));
  const wide = /out_features=(\d+)/.exec(feed?.args ?? "")?.[1];
  if (line.name === "MultiheadAttention") return [[line.name, { num_heads: 1 }]];
  const args = { nhead: 1, ...(wide ? { dim_feedforward: Number(wide) } : {}) };
  if (line.name !== "TransformerEncoder") return [[line.name, args]];
  return [[line.name, { ...args, num_layers: first?.times ?? 1 }]];
}

/**
 * The block that a pasted error of torch speaks of: the one that the rules refuse with the same sentence, else the one
 * whose sizes or class stand in it.
 * @param {string} text @param {Program} program @param {Shapes} shapes
 * @returns {string[]} paths, the likeliest first
 */
export function findError(text, program, shapes) {
  const said = text.trim();
  const refused = Object.entries(shapes.blocks).filter(([, { trouble }]) =>
    trouble && "sentence" in trouble && said.includes(trouble.sentence.split("\n")[0])
  );
  if (refused.length) return refused.map(([path]) => path);
  const scored = [...walk(program)].filter(({ block }) => !branches(block).length).map(({ block, path }) => {
    const info = shapes.blocks[key(path)];
    return { path: key(path), score: score(said, block, info) };
  });
  const most = Math.max(0, ...scored.map((each) => each.score));
  return most > 0 ? scored.filter((each) => each.score === most).map((each) => each.path) : [];
}

/** @param {string} said @param {Block} block @param {import("./shapes.js").Info | undefined} info */
function score(said, block, info) {
  const [name] = block;
  const call = `F.${name.replace(/([a-z\d])([A-Z])/g, "$1_$2").toLowerCase()}`;
  let points = said.includes(name) ? 2 : 0;
  if (said.includes(call) || said.toLowerCase().includes(name.toLowerCase())) points += 1;
  if (!info) return points;
  const product = /cannot be multiplied \(\d+x(\d+) and (\d+)x(\d+)\)/.exec(said);
  if (product && name === "Linear") {
    const { in_features: inside, out_features: out } = info.args;
    points += inside === Number(product[2]) && out === Number(product[3]) ? 4 : 0;
    points += inside === Number(product[1]) && out === Number(product[3]) ? 3 : 0;
    points += out === Number(product[3]) ? 2 : 0;
  }
  const weight = /weight of size \[(\d+), (\d+)/.exec(said);
  if (weight && /^Conv/.test(name)) points += info.args.out_channels === Number(weight[1]) ? 3 : 0;
  const given = Object.entries(argumentsOf(block)).filter(([, each]) => typeof each === "number");
  const pattern = /running_mean should contain (\d+) elements not (\d+)/.exec(said);
  if (pattern && /Norm/.test(name)) points += info.args.num_features === Number(pattern[2]) ? 4 : 1;
  return points && given.some(([arg, each]) => said.includes(`${arg}=${each}`)) ? points + 1 : points;
}

/** Whether a text looks like a model's repr. @param {string} text @param {Table} table */
export const looksLikeModel = (text, table) =>
  lines(text.slice(0, 200_000)).some((line) => line.children.length > 0 || entryOf(table, line.name) !== undefined);
