// Rows about the net and its loss. See pairs.js. Pure.

import { finding, valueOf } from "./finding.js";
import { argumentsOf, branches, key, walk } from "./tree.js";

/**
 * @import { Finding } from "./finding.js"
 * @import { Context, Row } from "./pairs.js"
 * @import { Dims } from "./shapes.js"
 * @import { Branch, Path } from "./tree.js"
 */

const PROBABILITIES = new Set(["Softmax", "Sigmoid", "Softmin", "Softmax2d", "Hardsigmoid"]);
const COMPARING = new Set(["MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss"]);
const AFFINE = /^(Linear|Conv\dd|ConvTranspose\dd)$/;
const BATCH_NORM = /^BatchNorm\dd$/;

/** How many classes come out: the dimension behind the batch, or the last of a sequence. @param {Context} context */
function classes({ shapes, example }) {
  const dims = shapes.out?.dims ?? [];
  const at = example.target.kind === "tag" && dims.length === 3 ? 2 : 1;
  return typeof dims[at] === "number" ? dims[at] : null;
}

/** @type {Row} */
function classification(context) {
  const { program, last, example } = context;
  const [loss] = program.loss;
  const k = classes(context);
  /** @type {Finding[]} */
  const found = [];
  if (loss === "CrossEntropyLoss") {
    const page = "losses/cross_entropy/";
    if (PROBABILITIES.has(last)) {
      const least = k && k > 1 ? Math.log(Math.E + k - 1) - 1 : null;
      const code = least === null ? "softmax_twice_any" : "softmax_twice";
      found.push(finding("warn", code, "loss", page, { name: last, count: k ?? 0, least }));
    }
    if (last === "LogSoftmax") found.push(finding("note", "log_softmax_twice", "loss", page));
    if (last === "ReLU" || last === "ReLU6") found.push(finding("warn", "cut_logits", "loss", page, { name: last }));
    if (k === 1) found.push(finding("warn", "one_class", "loss", page));
  }
  if (loss === "NLLLoss" && last !== "LogSoftmax" && last !== "LogSigmoid") {
    found.push(finding("warn", "nll_without_log", "loss", "losses/nll_loss/"));
  }
  const counted = loss === "CrossEntropyLoss" || loss === "NLLLoss" || loss === "MultiMarginLoss";
  const most = example.target.classes;
  if (counted && most && k && k > 1 && k < most) {
    const torch = loss === "MultiMarginLoss" ? "" : `Target ${most - 1} is out of bounds.`;
    found.push(finding("error", "few_classes", "loss", "losses/cross_entropy/", { count: k, most }, torch));
  }
  return found;
}

/** @type {Row} */
function probabilities({ program, table, last, example }) {
  const [loss] = program.loss;
  /** @type {Finding[]} */
  const found = [];
  if (loss === "BCEWithLogitsLoss" && PROBABILITIES.has(last)) {
    const page = "losses/binary_cross_entropy_with_logits/";
    found.push(finding("warn", "sigmoid_twice", "loss", page, { name: last }));
  }
  if (loss === "BCELoss" && !PROBABILITIES.has(last)) {
    const torch = "all elements of input should be between 0 and 1";
    found.push(finding("error", "bce_on_logits", "loss", "losses/binary_cross_entropy/", {}, torch));
  }
  if (loss === "KLDivLoss") {
    const page = "losses/kl_div/";
    if (last !== "LogSoftmax") found.push(finding("warn", "kl_without_log", "loss", page));
    if (valueOf(table.losses, program.loss, "reduction") === "mean") {
      found.push(finding("warn", "kl_mean", "loss", page));
    }
  }
  if (loss === "PoissonNLLLoss" && example.target.kind === "value") {
    found.push(finding("warn", "poisson_negative", "loss", "losses/poisson_nll_loss/"));
  }
  return found;
}

/** @type {Row} */
function broadcast({ program, shapes, example }) {
  const [loss] = program.loss;
  const out = shapes.out?.dims;
  if (!COMPARING.has(loss) || !out || example.target.kind !== "value") return [];
  /** @type {Dims} */
  const target = ["N", ...example.target.dims];
  if (out.join() === target.join()) return [];
  const values = { output: `(${out.join(", ")})`, target: `(${target.join(", ")})` };
  return [finding("warn", "broadcast_loss", "loss", "losses/mse_loss/", values)];
}

/** @type {Row} */
function sequences({ program, shapes, example }) {
  const out = shapes.out?.dims;
  if (program.loss[0] !== "CTCLoss" || example.target.kind !== "text" || !out || out.length !== 3) return [];
  const [length, needed] = [out[1], example.target.dims[0]];
  if (typeof length !== "number" || length >= needed) return [];
  return [finding("warn", "ctc_short", "loss", "losses/ctc_loss/", { count: length, needed })];
}

/** Rows about one block: what it gets, and how it is set. @type {Row} */
function blocks({ program, shapes, example }) {
  /** @type {Finding[]} */
  const found = [];
  for (const { path, block } of walk(program)) {
    const at = key(path);
    const info = shapes.blocks[at];
    if (!info?.in || info.trouble) continue;
    const [name] = block;
    const { dims } = info.in;
    const { args } = info;
    if (/^Softmax$|^LogSoftmax$|^Softmin$/.test(name) && (args.dim ?? null) === null) {
      found.push(finding("warn", "no_dim", at, "losses/stability/", { name }));
    }
    if (name === "Dropout2d" && dims.length < 4) {
      found.push(finding("warn", "dropout2d", at, "", { count: dims.length }));
    }
    if (/^(RNN|LSTM|GRU)$/.test(name) && args.dropout > 0 && args.num_layers === 1) {
      found.push(finding("warn", "one_layer_dropout", at, "", { name }));
    }
    if (args.batch_first === false && dims.length === 3 && dims[0] === "N") {
      found.push(finding("warn", "batch_first", at, "", { name }));
    }
    if (name === "GroupNorm" && perGroup(args, dims) === 1) found.push(finding("warn", "one_per_group", at, ""));
    const first = key(path) === "net.0";
    if (first && /^Embedding/.test(name) && (example.input.most ?? 0) > args.num_embeddings) {
      const values = { count: args.num_embeddings, most: example.input.most };
      found.push(finding("error", "few_rows", at, "", values, "index out of range in self"));
    }
    if (name === "add" || name === "mul") found.push(...broadcasts(path, shapes, branches(block)));
  }
  return found;
}

/** @param {Record<string, any>} args @param {Dims} dims how many numbers a group of one example has */
function perGroup({ num_groups, num_channels }, dims) {
  const rest = dims.slice(2).reduce((/** @type {number} */ product, size) => product * Number(size), 1);
  return (num_channels / num_groups) * rest;
}

/** @param {Path} path @param {import("./shapes.js").Shapes} shapes @param {Branch[]} inner */
function broadcasts(path, shapes, inner) {
  const at = key(path);
  const given = shapes.blocks[at].in;
  const outs = inner.map((branch, number) =>
    branch.length ? shapes.blocks[key([...path, number, branch.length - 1])]?.out : given
  );
  const texts = outs.map((out) => out ? out.dims.join(", ") : null);
  if (texts.includes(null) || new Set(texts).size === 1) return [];
  return [finding("warn", "broadcast_add", at, "", { first: `(${texts[0]})`, second: `(${texts[1]})` })];
}

/** Rows about two blocks that follow each other. @type {Row} */
function neighbours({ program }) {
  /** @type {Finding[]} */
  const found = [];
  /** @param {Branch} branch @param {[string, ...number[]]} base */
  const visit = (branch, base) => {
    for (const [index, block] of branch.entries()) {
      const next = branch[index + 1];
      const at = key([...base, index]);
      branches(block).forEach((inner, number) => visit(inner, [...base, index, number]));
      if (!next) continue;
      const values = { name: block[0], next: next[0] };
      if (BATCH_NORM.test(next[0])) {
        const biased = AFFINE.test(block[0]) && argumentsOf(block).bias !== false;
        if (biased && argumentsOf(next).affine !== false) {
          found.push(finding("note", "bias_before_norm", at, "", values));
        }
        if (/^Dropout/.test(block[0])) found.push(finding("note", "dropout_before_norm", at, "", values));
      }
      if (block[0] === "Linear" && next[0] === "Linear") found.push(finding("note", "two_linear", at, ""));
    }
  };
  visit(program.net, ["net"]);
  for (const [name, { net }] of Object.entries(program.defs)) visit(net, [`:${name}`]);
  return found;
}

/** @type {Row[]} */
export const NET_ROWS = [classification, probabilities, broadcast, sequences, blocks, neighbours];
