// A program's tensors, block by block. Every size is computed twice, for two batch sizes: what grows with the batch is N.
// After an error the shape is unknown and the blocks behind it are still walked. Pure.

import { macs, parameters } from "./counts.js";
import { apply, complete, RULES } from "./rules/index.js";
import { added, joined } from "./rules/own.js";
import { numel, Refusal } from "./rules/torch.js";
import { entryOf, problems, resolve } from "./table.js";
import { argumentsOf, branches, key } from "./tree.js";

/**
 * @import { Args, Tensor } from "./rules/torch.js"
 * @import { Table } from "./table.js"
 * @import { Block, Branch, Path, Program } from "./tree.js"
 * @typedef {(number | "N")[]} Dims
 * @typedef {{ dims: Dims, dtype: string }} Shape
 * torch's refusal has its type and sentence; what torch does not know of has a key of the page's words.
 * @typedef {{ type: string, sentence: string } | { code: string, values: Record<string, any> }} Trouble
 * MACs and activations are those of one example; all numbers that flow are counted as activations, so they are "at least".
 * What comes out of the data: sizes of one example, and how many examples a batch has.
 * @typedef {{ dims: number[], dtype: "float32" | "int64", batch: number }} Input
 * @typedef {{ x: Tensor | null, y: Tensor | null, args: Args, params: number, macs: number, trouble: Trouble | null }} Seen
 * @typedef {{ in: Shape | null, out: Shape | null, args: Args, params: number, macs: number, trouble: Trouble | null }} Info
 * @typedef {{
 *   blocks: Record<string, Info>, out: Shape | null, error: { path: string, trouble: Trouble } | null,
 *   params: number, macs: number, activations: number
 * }} Shapes
 */

const MOST = 20000; // blocks that are looked at, repeats and uses counted: a hostile tree ends here

/** Something torch does not know of: `code` is a key of the page's words. */
class Unfit extends Error {
  /** @param {string} code @param {Record<string, any>} [values] */
  constructor(code, values = {}) {
    super(code);
    this.code = code;
    this.values = values;
  }
}

/** @typedef {{ y: Tensor | null, params: number, macs: number, activations: number }} Flow */

/** One walk with one batch size. */
class Walk {
  /** @param {Program} program @param {Table} table */
  constructor(program, table) {
    this.program = program;
    this.table = table;
    /** @type {Map<string, Seen>} */
    this.seen = new Map();
    /** @type {{ path: string, trouble: Trouble } | null} */
    this.error = null;
    /** @type {Map<string, Flow>} */
    this.known = new Map();
    /** @type {Map<string, Args>} arguments of the blocks of shared definitions, which are built once */
    this.built = new Map();
    /** @type {Map<string, number>} parameters of shared definitions, which count once */
    this.once = new Map();
    this.count = 0;
  }

  /** @param {Flow} flow of the whole net */
  params(flow) {
    return [...this.once.values()].reduce((sum, each) => sum + each, flow.params);
  }

  /**
   * @param {Branch} branch @param {[string, ...number[]]} base @param {Tensor | null} x
   * @param {Scope} scope
   * @returns {Flow}
   */
  branch(branch, base, x, scope) {
    /** @type {Flow} */
    const flow = { y: x, params: 0, macs: 0, activations: 0 };
    for (const [index, block] of branch.entries()) {
      const found = this.block(block, [...base, index], flow.y, scope);
      flow.y = found.y;
      flow.params += found.params;
      flow.macs += found.macs;
      flow.activations += found.activations;
    }
    return flow;
  }

  /** @param {Block} block @param {Path} path @param {Tensor | null} x @param {Scope} scope @returns {Flow} */
  block(block, path, x, scope) {
    this.count += 1;
    const at = key(path);
    /** @type {{ args: Args }} what the layer was asked for, even where it refuses */
    const asked = { args: {} };
    /** @type {Flow} */
    let flow = { y: null, params: 0, macs: 0, activations: 0 };
    /** @type {Trouble | null} */
    let trouble = null;
    try {
      if (this.count > MOST) throw new Unfit("too_large");
      if (Object.hasOwn(RULES, block[0])) flow = this.layer(block, at, x, scope, asked);
      else flow = this.shaper(block, path, x, scope);
    } catch (error) {
      trouble = troubleOf(error);
      this.error ??= { path: at, trouble };
    }
    const { args } = asked;
    const old = this.seen.get(at);
    if (!old) this.seen.set(at, { x, y: flow.y, args, params: flow.params, macs: flow.macs, trouble });
    else if (trouble && !old.trouble) this.seen.set(at, { ...old, args, x, y: null, trouble });
    return flow;
  }

  /**
   * @param {Block} block @param {string} at @param {Tensor | null} x @param {Scope} scope @param {{ args: Args }} asked
   * @returns {Flow}
   */
  layer(block, at, x, scope, asked) {
    const entry = /** @type {import("./table.js").Entry} */ (entryOf(this.table, block[0]));
    const given = resolve_(argumentsOf(block), scope.params);
    asked.args = given;
    if (!x) return { y: null, params: 0, macs: 0, activations: 0 };
    const site = `${scope.site} ${at}`;
    const own = scope.shared ? this.built.get(site) : undefined;
    const args = own ?? complete(block[0], entry, given, x);
    asked.args = args;
    if (scope.shared) this.built.set(site, args);
    if (args.memory !== undefined) remembered(scope.taps.get(args.memory), args, x);
    const y = apply(block[0], args, x);
    const count = parameters(block[0], args);
    return { y, params: own ? 0 : count, macs: macs(block[0], args, x, y), activations: numel(y.dims) };
  }

  /** @param {Block} block @param {Path} path @param {Tensor | null} x @param {Scope} scope @returns {Flow} */
  shaper(block, path, x, scope) {
    switch (block[0]) {
      case "repeat":
        return this.repeat(resolve(block[1], scope.params), block[2], path, x, scope);
      case "use":
        return this.use(block, path, x, scope);
      case "tap":
        if (x) scope.taps.set(block[1], x);
        return { y: x, params: 0, macs: 0, activations: 0 };
      case "get": {
        const found = scope.taps.get(block[1]);
        if (!found && x) throw new Unfit("unknown_tap", { name: block[1] });
        return { y: found ?? null, params: 0, macs: 0, activations: 0 };
      }
    }
    const flows = branches(block).map((inner, number) => this.branch(inner, [...path, number], x, scope));
    const total = sum(flows);
    if (block[0] === "seq") return { ...total, y: flows[0].y };
    const parts = flows.map((flow) => flow.y);
    if (parts.includes(null)) return total;
    const known = /** @type {Tensor[]} */ (parts);
    const dim = resolve(argumentsOf(block).dim ?? 1, scope.params);
    const y = block[0] === "cat" ? joined(known, dim) : added(known);
    return { ...total, y, activations: total.activations + numel(y.dims) };
  }

  /**
   * Copies with weights of their own. Where the shape has stopped changing, the rest is like the last.
   * @param {number} count @param {Branch} body @param {Path} path @param {Tensor | null} x @param {Scope} scope
   * @returns {Flow}
   */
  repeat(count, body, path, x, scope) {
    /** @type {Flow} */
    const total = { y: x, params: 0, macs: 0, activations: 0 };
    for (let turn = 0; turn < count; turn++) {
      const before = total.y;
      const inner = { ...scope, taps: new Map(scope.taps), site: `${scope.site} ${key(path)}*${turn}` };
      const flow = this.branch(body, [...path, 0], before, inner);
      const steady = same(before, flow.y) && !scope.shared;
      const times = steady ? count - turn : 1;
      total.y = flow.y;
      total.params += times * flow.params;
      total.macs += times * flow.macs;
      total.activations += times * flow.activations;
      if (steady) break;
    }
    return total;
  }

  /** @param {Block} block @param {Path} path @param {Tensor | null} x @param {Scope} scope @returns {Flow} */
  use(block, path, x, scope) {
    const [, name] = block;
    const definition = this.program.defs[name];
    const params = { ...definition.params, ...resolve_(argumentsOf(block), scope.params) };
    const shared = Boolean(definition.shared) || scope.shared;
    const site = definition.shared ? name : shared ? `${scope.site} ${key(path)}` : "";
    const address = JSON.stringify([name, params, x, site]);
    const flow = this.known.get(address) ??
      this.branch(definition.net, [`:${name}`], x, { params, taps: new Map(), shared, site });
    this.known.set(address, flow);
    if (!definition.shared) return flow;
    if (!this.once.has(name)) this.once.set(name, flow.params);
    return { ...flow, params: 0 };
  }
}

/** What a block can see: its definition's parameters, the taps so far; whether it is built once for all uses, and where:
 * a definition used twice, or repeated, within a shared one is built twice.
 * @typedef {{ params: Record<string, number>, taps: Map<string, Tensor>, shared: boolean, site: string }} Scope */

/** @param {Record<string, any>} given @param {Record<string, number>} params */
const resolve_ = (given, params) =>
  Object.fromEntries(Object.entries(given).map(([name, value]) => [name, resolve(value, params)]));

/** @param {Tensor | null} a @param {Tensor | null} b */
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** @param {Flow[]} flows @returns {Flow} */
function sum(flows) {
  /** @type {Flow} */
  const total = { y: null, params: 0, macs: 0, activations: 0 };
  for (const flow of flows) {
    total.params += flow.params;
    total.macs += flow.macs;
    total.activations += flow.activations;
  }
  return total;
}

/** @param {unknown} error @returns {Trouble} */
function troubleOf(error) {
  if (error instanceof Refusal) return { type: error.type, sentence: error.message };
  if (error instanceof Unfit) return { code: error.code, values: error.values };
  throw error;
}

/** What a decoder reads beside its input. @param {Tensor | undefined} memory @param {Args} args @param {Tensor} x */
function remembered(memory, args, x) {
  if (!memory) throw new Unfit("unknown_tap", { name: args.memory });
  const batch = args.batch_first ? 0 : 1;
  const ranks = memory.dims.length === x.dims.length;
  const fits = ranks && memory.dims.at(-1) === args.d_model &&
    (x.dims.length < 3 || memory.dims[batch] === x.dims[batch]);
  if (!fits || memory.dtype !== "float32") throw new Unfit("memory", { name: args.memory });
}

/**
 * A size as a share of the batch: computed for `batch` and for `batch + 1`.
 * @param {Tensor} a @param {Tensor | null | undefined} b @param {number} batch
 * @returns {Dims | null} null where the batch is no dimension of its own
 */
export function symbolic(a, b, batch) {
  if (!b || a.dims.length !== b.dims.length) return null;
  /** @type {Dims} */
  const dims = a.dims.map((size, at) =>
    b.dims[at] === size ? size : size === batch && b.dims[at] === batch + 1 ? "N" : -1
  );
  return dims.includes(-1) || dims.filter((size) => size === "N").length !== 1 ? null : dims;
}

/**
 * Shapes, counts and the first error of a program that the table knows; see problems() for what it does not know.
 * @param {Program} program @param {Table} table @param {Input} input
 * @returns {Shapes}
 */
export function shapes(program, table, input) {
  if (problems(program, table).length) throw new RangeError("the program has problems");
  const [first, second] = [input.batch, input.batch + 1].map((batch) => {
    const walk = new Walk(program, table);
    const x = { dims: [batch, ...input.dims], dtype: input.dtype };
    return {
      walk,
      flow: walk.branch(program.net, ["net"], x, { params: {}, taps: new Map(), shared: false, site: "" }),
    };
  });
  /** @type {Record<string, Info>} */
  const blocks = {};
  let error = first.walk.error;
  for (const [path, { x, y, trouble, ...rest }] of first.walk.seen) {
    const other = second.walk.seen.get(path);
    const show = (/** @type {Tensor | null} */ a, /** @type {Tensor | null | undefined} */ b) => {
      const dims = a && symbolic(a, b, input.batch);
      return dims ? { dims, dtype: /** @type {Tensor} */ (a).dtype } : null;
    };
    const out = show(y, other?.y);
    const mixes = !trouble && y !== null && !out && show(x, other?.x) !== null;
    const own = mixes ? { code: "mixes", values: {} } : trouble;
    if (mixes) error ??= { path, trouble: /** @type {Trouble} */ (own) };
    blocks[path] = { ...rest, macs: rest.macs / input.batch, in: show(x, other?.x), out, trouble: own };
  }
  const out = first.flow.y && symbolic(first.flow.y, second.flow.y, input.batch);
  return {
    blocks,
    out: out && first.flow.y ? { dims: out, dtype: first.flow.y.dtype } : null,
    error,
    params: first.walk.params(first.flow),
    macs: first.flow.macs / input.batch,
    activations: first.flow.activations / input.batch,
  };
}
