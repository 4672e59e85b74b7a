// The lines of a class's forward: blocks that are no modules by themselves, branches, taps, and what each value is called. Pure.

import { assign, call, flat, operation, raw, tail } from "./code.js";
import { attribute, variable } from "./names.js";
import { sequence } from "./scope.js";

/**
 * @import { Expr } from "./code.js"
 * @import { Model } from "./model.js"
 * @import { Scope } from "./scope.js"
 * @import { Node } from "./trace.js"
 * Where what is not returned at once is kept, and what a branch's modules are called.
 * @typedef {{ target: string | null, hint?: string }} Line
 */

const PAIRS = { add: "+", mul: "*" };

/** Names of the first branch's modules and of the others'; "" for one that says what they are. @type {Record<string, string[]>} */
const HINTS = { add: ["", "shortcut"], mul: ["", "gate"], cat: ["branch", "branch"] };

/**
 * Blocks as lines of forward. Gives what comes out; only the last step stays unassigned.
 * @param {Model} model @param {Scope} scope @param {Node[][]} lists @param {string} from @param {Line} line @returns {Expr}
 */
export function branch(model, scope, lists, from, line) {
  /** @type {Expr} */
  let value = raw(from);
  for (let at = 0; at < lists[0].length;) {
    const start = settle(scope, value, line);
    let end = at;
    while (end < lists[0].length && model.isModule(lists[0][end])) end++;
    if (end > at) {
      const run = lists.map((nodes) => nodes.slice(at, end));
      const items = model.modules(scope, run);
      const name = line.hint || (items.length === 1 && end === at + 1 ? attribute(run[0][0]) : "layers");
      value = raw(`${scope.attach(name, sequence(items))}(${start})`);
      at = end;
    } else {
      value = step(model, scope, lists.map((nodes) => nodes[at]), start, line);
      at++;
    }
  }
  return value;
}

/** The value as a name. @param {Scope} scope @param {Expr} value @param {Line} line */
function settle(scope, value, line) {
  if ("text" in value && /^\w+$/.test(value.text)) return value.text;
  line.target ??= scope.variables.fresh("y");
  scope.forward.push(assign(line.target, value));
  return line.target;
}

/** One block that is no module. @param {Model} model @param {Scope} scope @param {Node[]} nodes @param {string} from @param {Line} line @returns {Expr} */
function step(model, scope, nodes, from, line) {
  const [{ kind, block, branches = [] }] = nodes;
  const lists = (/** @type {number} */ k) => nodes.map((node) => (node.branches ?? [])[k]);
  switch (kind) {
    case "seq":
      return branch(model, scope, lists(0), from, line);
    case "add":
    case "mul":
    case "cat": {
      const before = scope.widened; // each branch begins with the same tensor
      const ends = branches.map((_, k) => {
        scope.widened = before;
        const part = branch(model, scope, lists(k), from, { target: null, hint: HINTS[kind][Math.min(k, 1)] });
        return { part, widened: scope.widened };
      });
      scope.widened = ends.some((each) => each.widened);
      const parts = ends.map(({ part }) => part);
      if (kind !== "cat") return parts.reduce((a, b) => operation(a, PAIRS[kind], b));
      const dim = flat(scope.given(nodes[0].given.dim ?? 1, true));
      return call("torch.cat", [{ before: "[", after: "]", items: parts }, { key: "dim", value: raw(dim) }]);
    }
    case "tap": {
      const name = scope.variables.fresh(variable(block[1]));
      scope.forward.push(assign(name, raw(from)));
      scope.taps[block[1]] = name;
      return raw(from);
    }
    case "get":
      return raw(scope.taps[block[1]]);
    case "use":
      return raw(`${model.shared(scope, block[1])}(${from})`);
    case "repeat":
      return unrolled(model, scope, nodes, from, line);
    default:
      return called(model, scope, nodes, from, line);
  }
}

/** A repeat that reads a tap from outside: its copies one after another. @param {Model} model @param {Scope} scope @param {Node[]} nodes @param {string} from @param {Line} line @returns {Expr} */
function unrolled(model, scope, nodes, from, line) {
  /** @type {Expr} */
  let value = raw(from);
  for (const [at, { count }] of (nodes[0].runs ?? []).entries()) {
    const bodies = nodes.map(({ runs = [] }) => runs[at].body);
    for (let k = 0; k < count; k++) {
      const taps = { ...scope.taps };
      value = branch(model, scope, bodies, settle(scope, value, line), line);
      scope.taps = taps;
    }
  }
  return value;
}

/** A layer that is called with more than one tensor or gives more than one, or a line of torch. @param {Model} model @param {Scope} scope @param {Node[]} nodes @param {string} from @param {Line} line @returns {Expr} */
function called(model, scope, nodes, from, line) {
  const [node] = nodes;
  const { kind, given, args } = node;
  const text = (/** @type {any} */ value) => flat(scope.given(value, true));
  if (kind === "permute") {
    return tail(raw(from), `.permute(${given.dims.map(text).join(", ")})`);
  }
  if (kind === "mean") {
    return tail(raw(from), `.mean(dim=${text(given.dim)}${given.keepdim ? ", keepdim=True" : ""})`);
  }
  if (kind === "last_step") return tail(raw(from), "[:, -1]");
  const name = scope.attach(attribute(node), model.module(scope, nodes)[0]);
  if (["RNN", "LSTM", "GRU"].includes(kind)) {
    line.target ??= scope.variables.fresh("y");
    scope.forward.push({ target: `${line.target}, _ = `, value: raw(`${name}(${from})`) });
    return raw(line.target);
  }
  const mask = args.causal ? masked(scope, node, from) : "";
  if (kind === "MultiheadAttention") {
    const items = [raw(from), raw(from), raw(from), ...(mask ? [{ key: "attn_mask", value: raw(mask) }] : [])];
    return tail(call(name, [...items, { key: "need_weights", value: raw("False") }]), "[0]");
  }
  const memory = kind === "TransformerDecoderLayer" ? [scope.taps[args.memory]] : [];
  return raw(`${name}(${[from, ...memory, ...(mask ? [mask] : [])].join(", ")})`);
}

/** A mask that hides what comes later. @param {Scope} scope @param {Node} node @param {string} from */
function masked(scope, { args, input }, from) {
  const dim = input.dims.length === 3 && args.batch_first ? 1 : 0;
  const name = scope.variables.fresh("hidden");
  const size = { key: "device", value: raw(`${from}.device`) };
  const made = call("nn.Transformer.generate_square_subsequent_mask", [raw(`${from}.size(${dim})`), size]);
  scope.forward.push(assign(name, made));
  return name;
}
