// Rows about initialization, optimizer and scheduler. See pairs.js. Pure.

import { finding, valueOf } from "./finding.js";
import { parameterShapes } from "./counts.js";
import { argumentsOf, walk } from "./tree.js";

/**
 * @import { Finding } from "./finding.js"
 * @import { Row } from "./pairs.js"
 * @import { Branch, Choice } from "./tree.js"
 */

const FLAT = "Only tensors with 2 dimensions are supported";
const DEEP = "Only tensors with 3, 4, or 5 dimensions are supported";

/** Dimensions of a layer's weight, by its name. @param {string} kind */
function weightDims(kind) {
  const conv = /^Conv(?:Transpose)?(\d)d$/.exec(kind);
  if (conv) return Number(conv[1]) + 2;
  return kind === "Linear" || kind === "Embedding" || kind === "EmbeddingBag" ? 2 : null;
}

/** @type {Row} */
function inits({ program }) {
  /** @type {Finding[]} */
  const found = [];
  for (const [kind, [name, args]] of program.init) {
    const n = weightDims(kind);
    const page = `initialization/${name.replace(/_$/, "")}/`;
    const values = { name, kind };
    if (n && n !== 2 && (name === "eye_" || name === "sparse_")) {
      found.push(finding("error", "init_flat", "init", page, values, FLAT));
    }
    if (n === 2 && name === "dirac_") found.push(finding("error", "init_deep", "init", page, values, DEEP));
    const constant = name === "zeros_" || name === "ones_" || name === "constant_";
    if (n && constant) found.push(finding("warn", "symmetric", "init", "initialization/zeros/", values));
    if (n || kind === "*") found.push(...gains(program, kind, name, args ?? {}));
  }
  return found;
}

/**
 * An initialization made for another activation than the one that follows.
 * @param {import("./tree.js").Program} program @param {string} kind @param {string} name @param {Record<string, any>} args
 * @returns {Finding[]}
 */
function gains(program, kind, name, args) {
  const after = new Set();
  /** @param {Branch} branch */
  const visit = (branch) => {
    for (const [index, block] of branch.entries()) {
      const fits = kind === "*" ? weightDims(block[0]) : block[0] === kind;
      const next = branch.slice(index + 1).find(([each]) => !/Norm|Dropout|Pool|Flatten/.test(each));
      if (fits && next) after.add(next[0]);
    }
  };
  visit(program.net);
  for (const { block } of walk(program)) {
    block.filter(Array.isArray).forEach((part) => Array.isArray(part[0]) && visit(part));
  }
  const relu = name.startsWith("kaiming") && (args.nonlinearity ?? "leaky_relu") !== "tanh";
  if (relu && after.has("Tanh")) return [finding("note", "kaiming_tanh", "init", "initialization/gain/", { name })];
  const xavier = name.startsWith("xavier") && (args.gain ?? 1) === 1;
  if (xavier && after.has("ReLU")) return [finding("note", "xavier_relu", "init", "initialization/kaiming/", { name })];
  return [];
}

// Optimizers that take the sparse gradients of Embedding(sparse=True).
const SPARSE = new Set(["SGD", "Adagrad", "SparseAdam"]);

/** @type {Row} */
function optimizers({ program, table, shapes }) {
  const [name] = program.opt;
  /** @type {Finding[]} */
  const found = [];
  const of = (/** @type {string} */ argument) => valueOf(table.optimizers, program.opt, argument);
  if (name === "SGD" && of("nesterov") && (of("momentum") <= 0 || of("dampening") !== 0)) {
    const torch = "Nesterov momentum requires a momentum and zero dampening";
    found.push(finding("error", "nesterov", "opt", "optimizers/sgd/", {}, torch));
  }
  const layers = [...walk(program)].filter(({ block, path }) => {
    const info = shapes.blocks[path.join(".")];
    return info && parameterShapes(block[0], info.args).length > 0;
  });
  const thin = layers.filter(({ block }) => argumentsOf(block).sparse === true);
  if (thin.length && !SPARSE.has(name)) {
    found.push(finding("error", "sparse_gradient", thin[0].path.join("."), "optimizers/sparseadam/", { name }));
  }
  if (name === "SparseAdam" && layers.length && !thin.length) { // else the program gives the rest to Adam
    const torch = "SparseAdam does not support dense gradients, please consider Adam instead";
    found.push(finding("error", "dense_gradient", "opt", "optimizers/sparseadam/", {}, torch));
  }
  return found;
}

const PER_BATCH = new Set(["OneCycleLR", "CyclicLR"]);

/** @type {Row} */
function schedulers({ program, table, steps }) {
  const choice = program.sched;
  if (!choice) return [];
  /** @type {Finding[]} */
  const found = [];
  for (const each of [choice, .../** @type {Choice[]} */ (choice.slice(2))]) {
    const [name] = each;
    const page = `schedulers/${name === "OneCycleLR" ? "one_cycle_lr" : "cyclic_lr"}/`;
    const cycles = PER_BATCH.has(name) && valueOf(table.schedulers, each, "cycle_momentum");
    const has = table.optimizers[program.opt[0]].args.some(({ name: own }) => own === "momentum" || own === "betas");
    if (cycles && !has) {
      const torch = "optimizer must support momentum or beta1 with `cycle_momentum` option enabled";
      found.push(finding("error", "cycle_momentum", "sched", page, { name, opt: program.opt[0] }, torch));
    }
    if (PER_BATCH.has(name) && steps === "epoch") {
      found.push(finding("warn", "counts_batches", "sched", page, { name }));
    }
    if (!PER_BATCH.has(name) && steps === "batch") {
      found.push(finding("warn", "counts_epochs", "sched", "schedulers/", { name }));
    }
  }
  return found;
}

/** @type {Row[]} */
export const STEP_ROWS = [inits, optimizers, schedulers];
