// Questions about what runs: which blocks are modules by themselves, which read a tap from outside, which run alike. Pure.

/**
 * @import { Instance, Node } from "./trace.js"
 * @import { Program } from "./tree.js"
 */

const CALLED = new Set(
  "RNN LSTM GRU MultiheadAttention TransformerDecoderLayer permute mean last_step add mul cat tap get".split(" "),
);

/** All blocks below, without what stands in definitions. @param {Node[]} nodes @returns {Generator<Node>} */
export function* nodesIn(nodes) {
  for (const node of nodes) {
    yield node;
    for (const inner of node.branches ?? []) yield* nodesIn(inner);
    for (const { body } of node.runs ?? []) yield* nodesIn(body);
  }
}

/** All blocks that run, each definition's instance once. @param {Node[]} nodes @param {Set<object>} [seen] @returns {Generator<Node>} */
export function* everything(nodes, seen = new Set()) {
  for (const node of nodesIn(nodes)) {
    yield node;
    if (!node.instance || seen.has(node.instance)) continue;
    seen.add(node.instance);
    yield* everything(node.instance.nodes, seen);
  }
}

/** Whether a block takes one tensor and gives one, so that it can stand in a Sequential. @param {Node} node @param {Program} program @returns {boolean} */
export function isModule(node, program) {
  const { kind, block, args, branches = [], runs = [] } = node;
  if (CALLED.has(kind) || args.causal) return false;
  if (kind === "use") return !program.defs[block[1]].shared;
  if (kind === "seq") return branches[0].every((each) => isModule(each, program));
  if (kind !== "repeat") return true;
  return runs.every(({ body }) => body.every((each) => isModule(each, program)) || !needsOutside(body));
}

/** Whether blocks read a tap that they do not set. @param {Node[]} nodes */
export function needsOutside(nodes) {
  const set = new Set();
  for (const { kind, block, args } of nodesIn(nodes)) {
    if (kind === "tap") set.add(block[1]);
    if (kind === "get" && !set.has(block[1])) return true;
    if (args.memory !== undefined && !set.has(args.memory)) return true;
  }
  return false;
}

/** Which instances one class serves: marks that are equal if and only if the blocks are alike. */
export class Marks {
  constructor() {
    /** @type {Map<string, number>} */
    this.ids = new Map();
    /** @type {Map<Instance, number>} */
    this.known = new Map();
  }

  /** @param {Node[]} nodes @returns {number} */
  of(nodes) {
    const parts = nodes.map(({ block, branches = [], runs = [], instance }) => {
      const free = runs.length === 1 && typeof block[1] === "string"; // a count that is a parameter
      return [
        branches.map((each) => this.of(each)),
        runs.map(({ body, count }) => [free ? 0 : count, this.of(body)]),
        instance ? this.instance(instance) : -1,
      ];
    });
    const text = JSON.stringify(parts);
    if (!this.ids.has(text)) this.ids.set(text, this.ids.size);
    return /** @type {number} */ (this.ids.get(text));
  }

  /** @param {Instance} instance @returns {number} */
  instance(instance) {
    const found = this.known.get(instance) ?? this.of(instance.nodes);
    this.known.set(instance, found);
    return found;
  }
}
