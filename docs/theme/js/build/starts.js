// For each loss, optimizer, schedule and init a small program that uses it well: where a page of this site leads to. Pure.

import { PRESETS } from "./presets.js";

/**
 * @import { Table } from "./table.js"
 * @import { Block, Choice, Program } from "./tree.js"
 * @typedef {"losses" | "optimizers" | "schedulers" | "inits"} Part of the table
 */

/** @param {number} out @returns {Block} */
const linear = (out) => ["Linear", { out_features: out }];

/** @param {Choice} data @param {Block[]} end @param {Partial<Program>} [more] @returns {Program} two layers, and an end */
const net = (data, end, more = {}) => ({
  ...PRESETS.mlp,
  data,
  net: [linear(32), ["ReLU"], ...end],
  init: [],
  opt: ["AdamW", { lr: 0.01 }],
  ...more,
});

/** @type {Choice} */
const DIGITS = ["digits", { flat: true }];
/** @type {Block} */
const LOG = ["LogSoftmax", { dim: 1 }];

const number = () => net(["regression"], [linear(1)]);
const two = () => net(["moons"], [linear(1)]);
const ten = () => net(DIGITS, [linear(10)]);
const place = () => net(DIGITS, [linear(16)]);

/** @type {Record<string, () => Program>} nets whose output a loss takes; all others take ten logits */
const HEADS = {
  L1Loss: number,
  MSELoss: number,
  SmoothL1Loss: number,
  HuberLoss: number,
  CrossEntropyLoss: () => PRESETS.lenet,
  NLLLoss: () => net(DIGITS, [linear(10), LOG]),
  KLDivLoss: () => net(DIGITS, [linear(10), LOG]),
  BCELoss: () => net(["moons"], [linear(1), ["Sigmoid"]]),
  BCEWithLogitsLoss: two,
  SoftMarginLoss: two,
  HingeEmbeddingLoss: () => net(["moons"], [linear(1), ["Softplus"]]),
  PoissonNLLLoss: two,
  GaussianNLLLoss: () => PRESETS.gaussian,
  CosineEmbeddingLoss: place,
  MarginRankingLoss: () => net(["diabetes"], [linear(1)]),
  TripletMarginLoss: () => PRESETS.siamese,
  TripletMarginWithDistanceLoss: () => PRESETS.siamese,
  CTCLoss: () => PRESETS.ctc,
  AdaptiveLogSoftmaxWithLoss: place,
  LinearCrossEntropyLoss: place,
};

/** @type {Record<string, Record<string, any>>} arguments other than torch's defaults */
const ARGUMENTS = {
  KLDivLoss: { reduction: "batchmean" },
  CTCLoss: { zero_infinity: true },
  AdaptiveLogSoftmaxWithLoss: { n_classes: 10, cutoffs: [4] },
  SGD: { lr: 0.1, momentum: 0.9 },
  RMSprop: { lr: 0.001 },
  Muon: { lr: 0.01 },
  LBFGS: { line_search_fn: "strong_wolfe" },
  CyclicLR: { base_lr: 0.001, max_lr: 0.01, step_size_up: 40 },
  StepLR: { step_size: 3, gamma: 0.3 },
  MultiStepLR: { milestones: [5, 8] },
  ReduceLROnPlateau: { patience: 1 },
  SequentialLR: { milestones: [2] },
  PolynomialLR: { total_iters: 10 },
  SWALR: { swa_lr: 0.005, anneal_epochs: 5 },
  constant_: { val: 0.01 },
  kaiming_uniform_: { nonlinearity: "relu" },
  kaiming_normal_: { nonlinearity: "relu" },
  normal_: { std: 0.1 },
  uniform_: { a: -0.1, b: 0.1 },
  trunc_normal_: { std: 0.1 },
};

/** @param {Table} table @param {Part} part @param {string} name @returns {Choice} */
function choice(table, part, name) {
  const needed = table[part][name].args.filter((each) => each.required).map((each) => [each.name, each.start]);
  return [name, { ...Object.fromEntries(needed), ...ARGUMENTS[name] }];
}

/** @type {Record<string, string>} inits that only weights of this kind admit */
const KINDS = { dirac_: "Conv2d", eye_: "Linear", sparse_: "Linear" };

/**
 * @param {Table} table @param {Part} part @param {string} name @returns {Program}
 */
export function start(table, part, name) {
  const own = choice(table, part, name);
  if (part === "losses") return { ...(HEADS[name] ?? ten)(), loss: own };
  if (part === "schedulers") return { ...ten(), opt: ["SGD", { lr: 0.1, momentum: 0.9 }], sched: own };
  if (part === "inits") {
    const net = name === "dirac_" ? PRESETS.resnet8 : { ...ten(), opt: PRESETS.lenet.opt };
    return { ...net, init: [[KINDS[name] ?? "*", own]] };
  }
  if (name === "Muon") return { ...PRESETS.muon, opt: own };
  if (name !== "SparseAdam") return { ...ten(), opt: own };
  /** @type {Block} */
  const bag = ["EmbeddingBag", { num_embeddings: 8, embedding_dim: 16, sparse: true }];
  return net(["sequences"], [], { net: [bag, linear(2)], opt: own });
}

/** All of them, by name. @param {Table} table @returns {Record<string, Program>} */
export const starts = (table) =>
  Object.fromEntries(
    /** @type {Part[]} */ (["losses", "optimizers", "schedulers", "inits"]).flatMap((part) =>
      Object.keys(table[part]).map((name) => [name, start(table, part, name)])
    ),
  );
