// What runs when a program's net runs, with concrete sizes: for each block the complete arguments, what comes in and what
// comes out; for each definition the instances that differ. Emission prints from this and decides nothing about shapes. Pure.

import { apply, complete } from "./rules/index.js";
import { added, joined } from "./rules/own.js";
import { Refusal } from "./rules/torch.js";
import { entryOf, resolve } from "./table.js";
import { argumentsOf, branches, key } from "./tree.js";

/**
 * @import { Args, Tensor } from "./rules/torch.js"
 * @import { Table } from "./table.js"
 * @import { Block, Branch, Path, Program } from "./tree.js"
 * A block as it runs in one instance. `branches` are a container's, `runs` a repeat's: bodies with how often each comes,
 * equal neighbours taken together. `instance` is what a use makes.
 * @typedef {{
 *   kind: string, block: Block, path: Path, given: Args, args: Args, input: Tensor, output: Tensor,
 *   branches?: Node[][], runs?: { body: Node[], count: number }[], instance?: Instance
 * }} Node
 * A definition with its parameters' values and its input; of the net, `name` is "".
 * @typedef {{ name: string, params: Record<string, number>, input: Tensor, output: Tensor, nodes: Node[] }} Instance
 */

const MOST = 20000; // blocks that run: more are a link made to keep us busy

/** A program that cannot be printed; `code` is a key of the page's words, `sentence` torch's own where torch refuses. */
export class EmitError extends Error {
  /** @param {string} code @param {Path} path @param {string} [sentence] */
  constructor(code, path, sentence = "") {
    super(sentence ? `${code}: ${sentence}` : `${code}: ${key(path)}`);
    this.code = code;
    this.path = path;
    this.sentence = sentence;
  }
}

/** @param {Program} program @param {Table} table @param {Tensor} input @returns {Instance} */
export function trace(program, table, input) {
  const root = new Tracer(program, table).instance("", {}, input);
  if (!(size(root.nodes, new Map()) <= MOST)) throw new EmitError("too_many", ["net"]);
  return root;
}

/** How many blocks run, uses and repeats counted. @param {Node[]} nodes @param {Map<Instance, number>} known @returns {number} */
function size(nodes, known) {
  let sum = 0;
  for (const { branches = [], runs = [], instance } of nodes) {
    sum += 1;
    for (const each of branches) sum += size(each, known);
    for (const { body, count } of runs) sum += count * size(body, known);
    if (!instance) continue;
    const found = known.get(instance) ?? size(instance.nodes, known);
    known.set(instance, found);
    sum += found;
  }
  return sum;
}

class Tracer {
  /** @param {Program} program @param {Table} table */
  constructor(program, table) {
    this.program = program;
    this.table = table;
    /** @type {Map<string, Instance>} */
    this.known = new Map();
    this.count = 0;
  }

  /** @param {string} name @param {Record<string, number>} params @param {Tensor} input @returns {Instance} */
  instance(name, params, input) {
    const id = JSON.stringify([name, params, input]);
    const found = this.known.get(id);
    if (found) return found;
    const net = name ? this.program.defs[name].net : this.program.net;
    /** @type {Scope} */
    const scope = { params, taps: {} };
    const { nodes, output } = this.branch(net, [name ? `:${name}` : "net"], scope, input);
    const made = { name, params, input, output, nodes };
    this.known.set(id, made);
    return made;
  }

  /**
   * @param {Branch} branch @param {[string, ...number[]]} base @param {Scope} scope @param {Tensor} input
   * @returns {{ nodes: Node[], output: Tensor }}
   */
  branch(branch, base, scope, input) {
    let output = input;
    const nodes = branch.map((block, at) => {
      const node = this.node(block, [...base, at], scope, output);
      output = node.output;
      return node;
    });
    return { nodes, output };
  }

  /** @param {Block} block @param {Path} path @param {Scope} scope @param {Tensor} input @returns {Node} */
  node(block, path, scope, input) {
    if (++this.count > MOST) throw new EmitError("too_many", path);
    const [kind] = block;
    const given = argumentsOf(block);
    const filled = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, resolve(value, scope.params)]),
    );
    const node = { kind, block, path, given, args: filled, input, output: input };
    try {
      return this.filled(node, scope);
    } catch (error) {
      if (error instanceof Refusal) throw new EmitError("refused", path, `${error.type}: ${error.message}`);
      throw error;
    }
  }

  /** @param {Node} node @param {Scope} scope @returns {Node} */
  filled(node, scope) {
    const { kind, block, path, input } = node;
    const inner = () => branches(block).map((branch, k) => this.branch(branch, [...path, k], scope, input));
    if (kind === "repeat") return this.repeated(node, scope);
    if (kind === "use") {
      const own = { ...this.program.defs[block[1]].params, ...node.args };
      const instance = this.instance(block[1], own, input);
      return { ...node, args: own, instance, output: instance.output };
    }
    if (kind === "tap") {
      scope.taps[block[1]] = input;
      return node;
    }
    if (kind === "get") {
      if (!Object.hasOwn(scope.taps, block[1])) throw new EmitError("unknown_tap", path, block[1]);
      return { ...node, output: scope.taps[block[1]] };
    }
    if (["seq", "add", "mul", "cat"].includes(kind)) {
      const made = inner();
      const outputs = made.map((each) => each.output);
      const output = kind === "cat" ? joined(outputs, node.args.dim ?? 1) : added(outputs);
      return { ...node, branches: made.map(({ nodes }) => nodes), output };
    }
    const entry = entryOf(this.table, kind);
    if (!entry) throw new EmitError("unknown_block", path, kind);
    const args = complete(kind, entry, node.args, input);
    if (args.memory && !Object.hasOwn(scope.taps, args.memory)) throw new EmitError("unknown_tap", path, args.memory);
    return { ...node, args, output: apply(kind, args, input) };
  }

  /** @param {Node} node @param {Scope} scope @returns {Node} */
  repeated(node, scope) {
    const count = resolve(node.block[1], scope.params);
    /** @type {{ body: Node[], count: number }[]} */
    const runs = [];
    let input = node.input;
    for (let left = count; left > 0;) {
      const own = { ...scope, taps: { ...scope.taps } }; // a copy's taps end with it
      const { nodes, output } = this.branch(branches(node.block)[0], [...node.path, 0], own, input);
      const times = same(output, input) ? left : 1; // what keeps the shape runs alike from here on
      runs.push({ body: nodes, count: times });
      left -= times;
      input = output;
    }
    return { ...node, args: { count }, runs, output: input };
  }
}

/** @typedef {{ params: Record<string, number>, taps: Record<string, Tensor> }} Scope */

/** @param {Tensor} a @param {Tensor} b */
const same = (a, b) => a.dtype === b.dtype && a.dims.join() === b.dims.join();
