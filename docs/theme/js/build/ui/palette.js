// What can be inserted at a place: what fits the tensor there comes first. Pure.

import { escape } from "../../ui/words.js";
import { apply, complete, RULES } from "../rules/index.js";
import { Refusal } from "../rules/torch.js";
import { argumentsOf, branchAt, key, walk } from "../tree.js";
import { symbolic } from "../shapes.js";
import { entryOf, fresh } from "../table.js";

/**
 * @import { Input, Shape, Shapes } from "../shapes.js"
 * @import { Table } from "../table.js"
 * @import { Block, Path, Program } from "../tree.js"
 * @import { Words } from "../../ui/words.js"
 * `out` is what comes out; null where it does not fit or nobody knows.
 * @typedef {{ group: string, block: Block, label: string, fits: boolean, out: string }} Offer
 */

/** The tensor that reaches a place. @param {Program} program @param {Shapes | null} shapes @param {Path} path @param {Input} input @returns {Shape | null} */
export function arriving(program, shapes, path, input) {
  const index = /** @type {number} */ (path.at(-1));
  const before = /** @type {Path} */ (path.with(-1, index - 1));
  if (index > 0) return shapes?.blocks[key(before)]?.out ?? null;
  if (branchAt(program, path)?.length) return shapes?.blocks[key(path)]?.in ?? null;
  if (path.length > 2) return shapes?.blocks[key(/** @type {Path} */ (path.slice(0, -2)))]?.in ?? null;
  return path[0] === "net" ? { dims: ["N", ...input.dims], dtype: input.dtype } : null;
}

/**
 * @param {Program} program @param {Table} table @param {Shapes | null} shapes @param {Path} path @param {Input} input
 * @returns {Offer[]}
 */
export function offers(program, table, shapes, path, input) {
  const here = arriving(program, shapes, path, input);
  const names = [...Object.keys(table.layers), ...Object.keys(table.own)];
  const layers = names.map((name) => {
    const block = fresh(table, name);
    const group = table.layers[name]?.group ?? "shape";
    return { group, block, label: name, ...tried(table, block, here, input.batch) };
  });
  /** @type {Block[]} */
  const containers = [
    ["add", [], []],
    ["cat", { dim: 1 }, [], []],
    ["mul", [], []],
    ["repeat", 2, []],
    ["seq", []],
    ["tap", "enc"],
  ];
  const taps = new Set(
    [...walk(program)].filter(({ block }) => block[0] === "tap").map(({ block }) => String(block[1])),
  );
  const gets = [...taps].map((name) => /** @type {Block} */ (["get", name]));
  const inside = path[0].slice(1);
  const uses = Object.keys(program.defs).filter((name) => name !== inside).map((
    name,
  ) => /** @type {Block} */ (["use", name]));
  const others = [...uses, ...containers, ...gets].map((block) => ({
    group: block[0] === "use" ? "named" : "structure",
    block,
    label: block[0] === "use" ? String(block[1]) : block[0] === "get" ? `get ${block[1]}` : block[0],
    fits: true,
    out: "",
  }));
  return [...layers, ...others];
}

/** @param {Table} table @param {Block} block @param {Shape | null} here @param {number} batch */
function tried(table, block, here, batch) {
  if (!here || !Object.hasOwn(RULES, block[0])) return { fits: true, out: "" };
  const entry = /** @type {import("../table.js").Entry} */ (entryOf(table, block[0]));
  try {
    const [one, two] = [batch, batch + 1].map((n) => {
      const dims = here.dims.map((each) => each === "N" ? n : each);
      const x = { dims, dtype: /** @type {"float32" | "int64"} */ (here.dtype) };
      return apply(block[0], complete(block[0], entry, argumentsOf(block), x), x);
    });
    const dims = symbolic(one, two, batch);
    return { fits: dims !== null, out: dims ? dims.join(" × ") : "" };
  } catch (error) {
    if (error instanceof Refusal) return { fits: false, out: "" };
    throw error;
  }
}

const ORDER = [
  "named",
  "linear",
  "convolution",
  "activation",
  "norm",
  "pooling",
  "dropout",
  "shape",
  "sequence",
  "attention",
];

/** How well a name answers a search: the name itself, its beginning, a part. @param {string} label @param {string} wanted */
function closeness(label, wanted) {
  const name = label.toLowerCase();
  return name === wanted ? 0 : name.startsWith(wanted) ? 1 : name.includes(wanted) ? 2 : 3;
}

/** @param {Offer & { at: number }} offer */
const item = ({ label, out, at }) =>
  `<li><button type="button" data-do="offer" data-at="${at}"><b>${escape(label)}</b>${
    out ? `<span>→ ${escape(out)}</span>` : ""
  }</button></li>`;

/** @param {Offer[]} all @param {string} search @param {Words} words */
export function palette(all, search, words) {
  const wanted = search.trim().toLowerCase();
  const numbered = all.map((offer, at) => ({ ...offer, at }));
  const [fit, rest] = [true, false].map((fits) => numbered.filter((offer) => offer.fits === fits));
  const title = (/** @type {string} */ group) => words.say(`group.${group}`);
  if (wanted) {
    const found = [...fit, ...rest].map((offer) => ({ offer, rank: closeness(offer.label, wanted) }))
      .filter(({ offer, rank }) => rank < 3 || title(offer.group).toLowerCase().includes(wanted))
      .sort((a, b) => a.rank - b.rank).map(({ offer }) => item(offer));
    return found.length
      ? `<ul class="build-offers">${found.join("")}</ul>`
      : `<p>${escape(words.say("nothing_found", { what: search }))}</p>`;
  }
  const part = (/** @type {typeof numbered} */ some) => {
    const rank = (/** @type {string} */ group) => ORDER.indexOf(group) < 0 ? ORDER.length : ORDER.indexOf(group);
    const groups = [...new Set(some.map((offer) => offer.group))].sort((a, b) => rank(a) - rank(b));
    return groups.map((group) =>
      `<h3>${escape(title(group))}</h3><ul class="build-offers">${
        some.filter((offer) => offer.group === group).map(item).join("")
      }</ul>`
    ).join("");
  };
  const other = rest.length
    ? `<details><summary>${escape(words.say("does_not_fit", { count: rest.length }))}</summary>${part(rest)}</details>`
    : "";
  return part(fit) + other;
}

/** What an insertion is announced as. @param {Block | undefined} block @param {Shape | null | undefined} out @param {Words} words */
export const inserted = (block, out, words) =>
  words.say("inserted", { name: block?.[0] ?? "", shape: out ? out.dims.join(" × ") : "?" });
