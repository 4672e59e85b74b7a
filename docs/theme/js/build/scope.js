// A class on its way to print: its constructor's parameters, its attributes, the lines of its forward. It stands for all
// instances of a definition at once: a size is a constant, a parameter, or a small multiple of one. Pure.

import { call, literal, raw, tuple } from "./code.js";
import { Names, variable } from "./names.js";

/**
 * @import { Expr, Statement } from "./code.js"
 * @import { Instance } from "./trace.js"
 * @typedef {{ key: string, name: string, values: any[] }} Row what a constructor takes; one value for each instance
 * @typedef {{ name: string, own: string, parameter: string }} Shared a definition built once, and how a class calls it
 */

// Arguments with which a layer chooses its own width: behind one, a size is rather a parameter's than the input's.
const WIDTHS = ["out_channels", "out_features", "hidden_size", "embedding_dim"];

export class Scope {
  /**
   * @param {Instance[]} instances the class's, with the same blocks @param {string[]} declared its parameters in the tree
   * @param {"class" | "net" | "plain"} kind a definition's class, the net's, or no class at all: the net is one expression
   */
  constructor(instances, declared, kind) {
    this.instances = instances;
    this.declared = declared;
    this.kind = kind;
    this.self = kind === "plain" ? "" : "self.";
    this.attributes = new Names();
    this.parameters = new Names();
    this.variables = new Names();
    /** @type {Map<string, Row>} */
    this.taken = new Map();
    /** @type {Map<string, Shared>} */
    this.shared = new Map();
    /** @type {Record<string, string>} taps and their variables */
    this.taps = {};
    /** @type {Statement[]} */
    this.init = [];
    /** @type {Statement[]} */
    this.forward = [];
    this.widened = false;
    /** @type {Map<string, string>} */
    this.own = new Map(declared.map((name) => [name, this.parameters.fresh(variable(name))]));
  }

  /** A module as an attribute; what forward calls. @param {string} wanted @param {Expr} made */
  attach(wanted, made) {
    const name = `${this.self}${this.attributes.fresh(wanted)}`;
    this.init.push({ target: `${name} = `, value: made });
    return name;
  }

  /** A declared parameter, which the constructor takes from now on. @param {string} name */
  parameter(name) {
    const own = /** @type {string} */ (this.own.get(name));
    this.taken.set(name, { key: name, name: own, values: this.instances.map(({ params }) => params[name]) });
    return own;
  }

  /** What stands in the tree. @param {any} value @param {boolean} whole @returns {Expr} */
  given(value, whole) {
    if (Array.isArray(value)) return tuple(value.map((each) => this.given(each, whole)));
    return typeof value === "string" && value.startsWith("$")
      ? raw(this.parameter(value.slice(1)))
      : literal(value, whole);
  }

  /**
   * What follows from the input: one value for each instance.
   * @param {any[]} values @param {string} slot whose argument it is @returns {Expr}
   */
  size(values, slot) {
    const plain = values.map((value) => Array.isArray(value) && value.length === 1 ? value[0] : value);
    if (plain.every((value) => Array.isArray(value) && value.length === plain[0].length)) {
      const parts = plain[0].map((/** @type {any} */ _, /** @type {number} */ at) =>
        this.size(plain.map((each) => each[at]), slot)
      );
      return tuple(parts);
    }
    const constant = plain.every((value) => value === plain[0]);
    if (constant && !this.declared.length) return literal(plain[0], true);
    const name = this.named(plain, slot);
    if (name) return raw(name);
    if (constant) return literal(plain[0], true);
    return raw(this.multiple(plain) ?? this.take(`${slot}:${plain}`, slot, plain));
  }

  /** @param {string} slot whether a layer chose its width @param {boolean} chosen */
  saw(slot, chosen) {
    this.widened ||= chosen && WIDTHS.includes(slot);
  }

  /** The inputs' sizes that constructors ask for. @returns {{ key: string, name: string, values: number[] }[]} */
  inputs() {
    const dims = this.instances.map(({ input }) => input.dims);
    const last = { key: "in:last", name: "in_features", values: dims.map((each) => each.at(-1) ?? 1) };
    if (dims.some((each) => each.length < 3)) return [last];
    return [{ key: "in:channels", name: "in_channels", values: dims.map((each) => each[1]) }, last];
  }

  /** The parameter with these values. @param {any[]} values @param {string} slot @returns {string | undefined} */
  named(values, slot) {
    const input = () => {
      const found = this.inputs().find((each) => equal(each.values, values));
      return found && this.take(found.key, slot.startsWith("in_") ? slot : found.name, values);
    };
    const declared = () => {
      const found = this.declared.find((name) => equal(this.instances.map(({ params }) => params[name]), values));
      return found && this.parameter(found);
    };
    return this.widened ? declared() ?? input() : input() ?? declared();
  }

  /** @param {any[]} values @returns {string | undefined} */
  multiple(values) {
    for (const times of [2, 3, 4, 6, 8]) {
      for (const name of this.declared) {
        const own = this.instances.map(({ params }) => params[name]);
        if (equal(values, own.map((value) => times * value))) return `${times} * ${this.parameter(name)}`;
        if (equal(own, values.map((value) => times * value))) return `${this.parameter(name)} // ${times}`;
      }
    }
    return undefined;
  }

  /** What the constructor takes beside the declared. @param {string} key @param {string} wanted @param {any[]} values */
  take(key, wanted, values) {
    const found = this.taken.get(key);
    if (found) return found.name;
    const name = this.parameters.fresh(wanted);
    this.taken.set(key, { key, name, values });
    return name;
  }

  /** Sizes of the input first, then what is declared, in its order, then the rest. */
  signature() {
    const rank = (/** @type {string} */ key) => {
      if (key.startsWith("in:")) return 0;
      const at = this.declared.indexOf(key);
      return at < 0 ? 1000 : at + 1;
    };
    const rows = [...this.taken].sort(([a], [b]) => rank(a) - rank(b)).map(([, row]) => row);
    return { rows, shared: [...this.shared.values()] };
  }
}

/** @param {any[]} a @param {any[]} b */
const equal = (a, b) => a.every((value, at) => value === b[at]);

/** Modules one after another; alone, a module is itself. @param {Expr[]} items @returns {Expr} */
export function sequence(items) {
  if (!items.length) return raw("nn.Identity()");
  return items.length === 1 && !("each" in items[0]) ? items[0] : call("nn.Sequential", items, true);
}
