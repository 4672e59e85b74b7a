// The model as Python: an expression where the tree is a sequence of modules, else classes with a forward of named values. Pure.

import { call, copies, flat, give, raw } from "./code.js";
import { branch } from "./forward.js";
import { layer } from "./layer.js";
import { className, Names, variable } from "./names.js";
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
 */

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
    const result = branch(this, scope, scope.instances.map(({ nodes }) => nodes), "x", { target: "x" });
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
