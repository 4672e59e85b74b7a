// The model as Python: an expression where the tree is a sequence of modules, else classes with a forward of named values. Pure.

import { assign, call, copies, flat, give, operation, raw, tail } from "./code.js";
import { layer } from "./layer.js";
import { attribute, className, Names, variable } from "./names.js";
import { Scope, sequence } from "./scope.js";
import { EmitError } from "./trace.js";
import { everything, isModule, Marks, nodesIn } from "./walk.js";

/**
 * @import { Expr, Statement } from "./code.js"
 * @import { Table } from "./table.js"
 * @import { Instance, Node } from "./trace.js"
 * @import { Program } from "./tree.js"
 * @typedef {{ name: string, rows: Row[], shared: Shared[], instances: Instance[] }} Class
 * @typedef {import("./scope.js").Row} Row
 * @typedef {import("./scope.js").Shared} Shared
 * Where what is not returned at once is kept, and what a branch's modules are called.
 * @typedef {{ target: string | null, hint?: string }} Line
 */

const PAIRS = { add: "+", mul: "*" };

/** Names of the first branch's modules and of the others'; "" for one that says what they are. @type {Record<string, string[]>} */
const HINTS = { add: ["", "shortcut"], mul: ["", "gate"], cat: ["branch", "branch"] };

export class Model {
  /** @param {Program} program @param {Table} table @param {Instance} root */
  constructor(program, table, root) {
    this.program = program;
    this.table = table;
    this.names = new Names();
    this.marks = new Marks();
    /** @type {Statement[]} classes and what must stand before the model */
    this.before = [];
    /** @type {Map<Instance, Class>} */
    this.classes = new Map();
    /** @type {Map<string, Instance[]>} */
    this.instances = new Map();
    this.collect(root.nodes);
    if ([...everything(root.nodes)].some(({ kind }) => kind === "position")) this.before.push(...POSITION, "", "");
    /** @type {Expr} */
    this.made = this.top(root);
  }

  /** @param {Node[]} nodes */
  collect(nodes) {
    for (const { instance } of nodesIn(nodes)) {
      if (!instance) continue;
      const known = this.instances.get(instance.name) ?? [];
      if (known.includes(instance)) continue;
      this.instances.set(instance.name, [...known, instance]);
      this.collect(instance.nodes);
    }
  }

  /** @param {Instance} root @returns {Expr} */
  top(root) {
    const plain = root.nodes.every((node) => this.isModule(node));
    const scope = new Scope([root], [], plain ? "plain" : "net");
    if (plain) {
      const made = sequence(this.modules(scope, [root.nodes]));
      this.before.push(...scope.init);
      return made;
    }
    this.finish(scope, "Net");
    return raw("Net()");
  }

  /** @param {Node} node */
  isModule(node) {
    return isModule(node, this.program);
  }

  /** Print a class. @param {Scope} scope @param {string} name @returns {{ rows: Row[], shared: Shared[] }} */
  finish(scope, name) {
    const result = this.branch(scope, scope.instances.map(({ nodes }) => nodes), "x", { target: "x" });
    const { rows, shared } = scope.signature();
    const parameters = ["self", ...rows.map((row) => row.name), ...shared.map((each) => each.parameter)];
    this.before.push(
      {
        head: `class ${name}(nn.Module):`,
        body: [
          { head: `def __init__(${parameters.join(", ")}):`, body: ["super().__init__()", ...scope.init] },
          "",
          { head: "def forward(self, x):", body: [...scope.forward, give(result)] },
        ],
      },
      "",
      "",
    );
    return { rows, shared };
  }

  /** The class of an instance, printed when it is first asked for. @param {Instance} instance @returns {Class} */
  classOf(instance) {
    const found = this.classes.get(instance);
    if (found) return found;
    const own = this.marks.instance(instance);
    const alike = (this.instances.get(instance.name) ?? []).filter((each) => this.marks.instance(each) === own);
    const definition = this.program.defs[instance.name];
    return this.write(alike, Object.keys(definition.params), className(instance.name));
  }

  /** @param {Instance[]} instances @param {string[]} declared @param {string} wanted @returns {Class} */
  write(instances, declared, wanted) {
    const scope = new Scope(instances, declared, "class");
    const name = this.names.fresh(wanted);
    const made = { name, instances, ...this.finish(scope, name) };
    for (const each of instances) this.classes.set(each, made);
    return made;
  }

  /** A class's call, for one instance of it in each instance of the scope. @param {Scope} scope @param {Instance[]} instances @param {Record<string, any>} given @returns {Expr} */
  instantiate(scope, instances, given = {}) {
    const made = this.classOf(instances[0]);
    const rows = made.rows.map(({ key, name, values }) => {
      const own = instances.map((each) => values[made.instances.indexOf(each)]);
      return Object.hasOwn(given, key) ? scope.given(given[key], true) : scope.size(own, name);
    });
    scope.widened ||= Object.keys(given).length > 0;
    return call(made.name, [...rows, ...made.shared.map(({ name }) => raw(this.shared(scope, name)))]);
  }

  /** How a scope calls a definition whose uses are one module. @param {Scope} scope @param {string} name @returns {string} */
  shared(scope, name) {
    const found = scope.shared.get(name);
    if (found) return found.own;
    const wanted = variable(name);
    let [own, parameter] = ["", ""];
    if (scope.kind === "class") {
      parameter = scope.parameters.fresh(wanted);
      own = scope.attach(wanted, raw(parameter));
    } else {
      const all = /** @type {Instance[]} */ (this.instances.get(name));
      const { rows } = this.classOf(all[0]);
      const steady = rows.every(({ values }) => values.every((value) => value === values[0]));
      if (!steady || !all.every((each) => this.classOf(each) === this.classOf(all[0]))) {
        throw new EmitError("shared_sizes", [`:${name}`], name);
      }
      own = scope.attach(wanted, this.instantiate(scope, [all[0]]));
    }
    scope.shared.set(name, { name, own, parameter });
    return own;
  }

  /** Blocks as modules. `lists` has the same blocks for each instance. @param {Scope} scope @param {Node[][]} lists @returns {Expr[]} */
  modules(scope, lists) {
    return lists[0].flatMap((_, at) => this.module(scope, lists.map((nodes) => nodes[at])));
  }

  /** @param {Scope} scope @param {Node[]} nodes @returns {Expr[]} a repeat gives several */
  module(scope, nodes) {
    const [node] = nodes;
    if (node.kind === "seq") {
      return [sequence(this.modules(scope, nodes.map(({ branches = [] }) => branches[0])))];
    }
    if (node.kind === "use") {
      return [this.instantiate(scope, nodes.map(({ instance }) => /** @type {Instance} */ (instance)), node.given)];
    }
    if (node.kind !== "repeat") {
      const made = layer(this.table, nodes, scope);
      for (const slot of Object.keys(node.given)) scope.saw(slot, true);
      return [made];
    }
    const runs = node.runs ?? [];
    return runs.map(({ count }, at) => {
      const each = this.body(scope, nodes, at);
      if (count === 1) return each;
      const times = runs.length === 1 ? scope.given(node.block[1], true) : raw(String(count));
      return copies(each, flat(times));
    });
  }

  /** The module that a repeat copies. @param {Scope} scope @param {Node[]} nodes @param {number} at which run @returns {Expr} */
  body(scope, nodes, at) {
    const bodies = nodes.map(({ runs = [] }) => runs[at].body);
    if (bodies[0].every((node) => this.isModule(node))) return sequence(this.modules(scope, bodies));
    return this.instantiate(scope, this.hoisted(scope, nodes).map((each) => each[at]));
  }

  /** A repeat's bodies as instances of a class of their own, for each instance of the scope. @param {Scope} scope @param {Node[]} nodes @returns {Instance[][]} */
  hoisted(scope, nodes) {
    const known = this.bodies.get(nodes[0]);
    if (known) return known;
    const made = nodes.map(({ runs = [] }, which) =>
      runs.map(({ body }) => ({
        name: "",
        params: scope.instances[which].params,
        input: body[0].input,
        output: body[body.length - 1].output,
        nodes: body,
      }))
    );
    const [{ kind }, ...rest] = made[0][0].nodes;
    const wanted = rest.length ? "Stage" : HOISTED[kind] ?? "Stage";
    for (const alike of Map.groupBy(made.flat(), (each) => this.marks.instance(each)).values()) {
      this.write(alike, scope.declared, wanted);
    }
    this.bodies.set(nodes[0], made);
    return made;
  }

  /** @type {Map<Node, Instance[][]>} */
  bodies = new Map();

  /**
   * Blocks as lines of forward. Gives what comes out; only the last step stays unassigned.
   * @param {Scope} scope @param {Node[][]} lists @param {string} from @param {Line} line @returns {Expr}
   */
  branch(scope, lists, from, line) {
    /** @type {Expr} */
    let value = raw(from);
    for (let at = 0; at < lists[0].length;) {
      const start = this.settle(scope, value, line);
      let end = at;
      while (end < lists[0].length && this.isModule(lists[0][end])) end++;
      if (end > at) {
        const run = lists.map((nodes) => nodes.slice(at, end));
        const items = this.modules(scope, run);
        const name = line.hint || (items.length === 1 && end === at + 1 ? attribute(run[0][0]) : "layers");
        value = raw(`${scope.attach(name, sequence(items))}(${start})`);
        at = end;
      } else {
        value = this.step(scope, lists.map((nodes) => nodes[at]), start, line);
        at++;
      }
    }
    return value;
  }

  /** The value as a name. @param {Scope} scope @param {Expr} value @param {Line} line */
  settle(scope, value, line) {
    if ("text" in value && /^\w+$/.test(value.text)) return value.text;
    line.target ??= scope.variables.fresh("y");
    scope.forward.push(assign(line.target, value));
    return line.target;
  }

  /** One block that is no module. @param {Scope} scope @param {Node[]} nodes @param {string} from @param {Line} line @returns {Expr} */
  step(scope, nodes, from, line) {
    const [{ kind, block, branches = [] }] = nodes;
    const lists = (/** @type {number} */ k) => nodes.map((node) => (node.branches ?? [])[k]);
    switch (kind) {
      case "seq":
        return this.branch(scope, lists(0), from, line);
      case "add":
      case "mul":
      case "cat": {
        const before = scope.widened; // each branch begins with the same tensor
        const ends = branches.map((_, k) => {
          scope.widened = before;
          const part = this.branch(scope, lists(k), from, { target: null, hint: HINTS[kind][Math.min(k, 1)] });
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
        return raw(`${this.shared(scope, block[1])}(${from})`);
      case "repeat":
        return this.unrolled(scope, nodes, from, line);
      default:
        return this.called(scope, nodes, from, line);
    }
  }

  /** A repeat that reads a tap from outside: its copies one after another. @param {Scope} scope @param {Node[]} nodes @param {string} from @param {Line} line @returns {Expr} */
  unrolled(scope, nodes, from, line) {
    /** @type {Expr} */
    let value = raw(from);
    for (const [at, { count }] of (nodes[0].runs ?? []).entries()) {
      const bodies = nodes.map(({ runs = [] }) => runs[at].body);
      for (let k = 0; k < count; k++) {
        const taps = { ...scope.taps };
        value = this.branch(scope, bodies, this.settle(scope, value, line), line);
        scope.taps = taps;
      }
    }
    return value;
  }

  /** A layer that is called with more than one tensor or gives more than one, or a line of torch. @param {Scope} scope @param {Node[]} nodes @param {string} from @param {Line} line @returns {Expr} */
  called(scope, nodes, from, line) {
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
    const name = scope.attach(attribute(node), this.module(scope, nodes)[0]);
    if (["RNN", "LSTM", "GRU"].includes(kind)) {
      line.target ??= scope.variables.fresh("y");
      scope.forward.push({ target: `${line.target}, _ = `, value: raw(`${name}(${from})`) });
      return raw(line.target);
    }
    const mask = args.causal ? this.mask(scope, node, from) : "";
    if (kind === "MultiheadAttention") {
      const items = [raw(from), raw(from), raw(from), ...(mask ? [{ key: "attn_mask", value: raw(mask) }] : [])];
      return tail(call(name, [...items, { key: "need_weights", value: raw("False") }]), "[0]");
    }
    const memory = kind === "TransformerDecoderLayer" ? [scope.taps[args.memory]] : [];
    return raw(`${name}(${[from, ...memory, ...(mask ? [mask] : [])].join(", ")})`);
  }

  /** A mask that hides what comes later. @param {Scope} scope @param {Node} node @param {string} from */
  mask(scope, { args, input }, from) {
    const dim = input.dims.length === 3 && args.batch_first ? 1 : 0;
    const name = scope.variables.fresh("hidden");
    const size = { key: "device", value: raw(`${from}.device`) };
    const made = call("nn.Transformer.generate_square_subsequent_mask", [raw(`${from}.size(${dim})`), size]);
    scope.forward.push(assign(name, made));
    return name;
  }
}

/** @type {Statement[]} */
const POSITION = [{
  head: "class Position(nn.Module):",
  body: [
    {
      head: "def __init__(self, max_len, width):",
      body: ["super().__init__()", "self.weight = nn.Parameter(0.02 * torch.randn(max_len, width))"],
    },
    "",
    { head: "def forward(self, x):", body: ["return x + self.weight[: x.size(-2)]"] },
  ],
}];

/** @type {Record<string, string>} */
const HOISTED = {
  add: "Residual",
  mul: "Gate",
  cat: "Branches",
  TransformerEncoderLayer: "CausalLayer",
  MultiheadAttention: "Attention",
  RNN: "Recurrent",
  LSTM: "Recurrent",
  GRU: "Recurrent",
};
