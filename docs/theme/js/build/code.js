// Python as a small tree of expressions and statements, printed once: on one line if it fits, else one item per line. Pure.

import { number, WIDTH } from "../model/python.js";

/**
 * What is printed as it stands: a name, a number, a text of this project's own. `before` and `after` are the brackets of
 * what holds items; `tall` asks for one item per line; `parted` puts a comma behind a single item, as a tuple needs it.
 * @typedef {{ text: string }} Atom
 * @typedef {{ before: string, after: string, items: Item[], tall?: boolean, parted?: boolean }} Group
 * @typedef {{ left: Expr, sign: string, right: Expr }} Operation
 * @typedef {{ each: Expr, loop: string }} Comprehension `*[each for … ]`
 * @typedef {{ of: Expr, tail: string }} Tail an expression and what follows it: `.mean(dim=1)`, `[0]`
 * @typedef {Atom | Group | Operation | Comprehension | Tail} Expr
 * @typedef {Expr | { key: string, value: Expr }} Item
 * A statement: a line, an assignment, a return, or a head with a body.
 * @typedef {string | { target: string, value: Expr } | { head: string, body: Statement[] }} Statement
 */

/** @param {string} text @returns {Atom} */
export const raw = (text) => ({ text });

/** @param {string} key @param {Expr} value @returns {Item} */
export const keyword = (key, value) => ({ key, value });

/** @param {string} name @param {Item[]} items @param {boolean} [tall] @returns {Group} */
export const call = (name, items, tall = false) => ({
  before: `${name}(`,
  after: ")",
  items,
  tall: tall && items.length > 1,
});

/** @param {Expr[]} items @returns {Group} */
export const list = (items) => ({ before: "[", after: "]", items });

/** @param {Expr[]} items @returns {Group} */
export const tuple = (items) => ({ before: "(", after: ")", items, parted: true });

/** @param {Expr} left @param {string} sign @param {Expr} right @returns {Operation} */
export const operation = (left, sign, right) => ({ left, sign, right });

/** @param {Expr} of @param {string} tail @returns {Tail} */
export const tail = (of, tail) => ({ of, tail });

/** @param {Expr} each @param {string} count @returns {Comprehension} */
export const copies = (each, count) => ({ each, loop: `for _ in range(${count})` });

/** Text between quotes. Only what a list of this project or of torch holds comes here. @param {string} text */
export const quoted = (text) => raw(JSON.stringify(text));

/**
 * A value of the tree as Python writes it: None, True, numbers, listed texts, tuples. `"$c"` is the parameter c.
 * @param {any} value @param {boolean} whole whether its numbers are ints @returns {Expr}
 */
export function literal(value, whole) {
  if (value === null) return raw("None");
  if (typeof value === "boolean") return raw(value ? "True" : "False");
  if (typeof value === "number") return raw(number(value, whole));
  if (Array.isArray(value)) return tuple(value.map((each) => literal(each, whole)));
  return value.startsWith("$") ? raw(value.slice(1)) : quoted(value);
}

/** @param {Expr} expr */
const parts = (expr) => "left" in expr ? `(${flat(expr)})` : flat(expr);

/** @param {Item} item @returns {string} */
export function flat(item) {
  if ("key" in item) return `${item.key}=${flat(item.value)}`;
  if ("text" in item) return item.text;
  if ("left" in item) return `${side(item.left, item.sign)} ${item.sign} ${side(item.right, item.sign)}`;
  if ("each" in item) return `*[${flat(item.each)} ${item.loop}]`;
  if ("of" in item) return `${parts(item.of)}${item.tail}`;
  const inner = item.items.map(flat).join(", ");
  return `${item.before}${inner}${item.parted && item.items.length === 1 ? "," : ""}${item.after}`;
}

/** An operand; a sum within a product, and the reverse, gets brackets. @param {Expr} expr @param {string} sign */
const side = (expr, sign) => "left" in expr && expr.sign !== sign ? `(${flat(expr)})` : flat(expr);

/** @param {Item} item @returns {boolean} */
function isTall(item) {
  if ("key" in item) return isTall(item.value);
  if ("left" in item) return isTall(item.left) || isTall(item.right);
  if ("each" in item) return isTall(item.each);
  if ("of" in item) return isTall(item.of);
  return "items" in item && (Boolean(item.tall) || item.items.some(isTall));
}

/**
 * An expression behind `head` on its line and before `foot`. Lines that follow stand `indent` spaces further in.
 * @param {Item} item @param {number} [indent] @param {string} [head] @param {string} [foot] @returns {string}
 */
export function print(item, indent = 0, head = "", foot = "") {
  const line = `${head}${flat(item)}${foot}`;
  if (indent + line.length <= WIDTH && !isTall(item)) return line;
  const [pad, inner] = [" ".repeat(indent), " ".repeat(indent + 4)];
  if ("key" in item) return print(item.value, indent, `${head}${item.key}=`, foot);
  if ("of" in item) return print(item.of, indent, head, `${item.tail}${foot}`);
  if ("each" in item) {
    return `${head}*[\n${inner}${print(item.each, indent + 4)}\n${inner}${item.loop}\n${pad}]${foot}`;
  }
  if ("left" in item) {
    const operands = chain(item, item.sign);
    const lines = operands.map((each, k) => `${inner}${print(each, indent + 4, k ? `${item.sign} ` : "")}\n`);
    return `${head}(\n${lines.join("")}${pad})${foot}`;
  }
  if (!("items" in item) || item.items.length === 0) return line;
  const lines = item.items.map((each) => `${inner}${print(each, indent + 4, "", ",")}\n`);
  return `${head}${item.before}\n${lines.join("")}${pad}${item.after}${foot}`;
}

/** The operands of a sum of sums, in order. @param {Expr} expr @param {string} sign @returns {Expr[]} */
function chain(expr, sign) {
  if (!("left" in expr) || expr.sign !== sign) return [expr];
  return [...chain(expr.left, sign), ...chain(expr.right, sign)];
}

/** @param {Statement[]} statements @param {number} [indent] @returns {string[]} lines */
export function printed(statements, indent = 0) {
  const pad = " ".repeat(indent);
  return statements.flatMap((each) => {
    if (typeof each === "string") return each ? each.split("\n").map((line) => line && `${pad}${line}`) : [""];
    if ("head" in each) return [`${pad}${each.head}`, ...printed(each.body, indent + 4)];
    return `${pad}${print(each.value, indent, each.target)}`.split("\n");
  });
}

/** @param {string} target @param {Expr} value @returns {Statement} */
export const assign = (target, value) => ({ target: `${target} = `, value });

/** @param {Expr} value @returns {Statement} */
export const give = (value) => ({ target: "return ", value });
