// Losses of torch 2.13 as functions of one number, with their slope: what a curve shows. Of losses that take rows, the row of two
// classes whose logits are (x, 0). Mean over a batch: loss_batch.js.

/** @import { Field, Spec, State } from "../ui/spec.js" */
import { choice, flag, linear, log } from "../ui/spec.js";
import { call, keywords, number } from "./python.js";
import { logSigmoid, sigmoid } from "./special.js";

/**
 * @typedef {object} Loss
 * @property {string} label torch's class
 * @property {"real" | "two" | "distribution" | "pair"} family what the target is
 * @property {"input" | "probability" | "logit" | "rate" | "lograte" | "logprob" | "distance" | "cosine"} axis what x is
 * @property {Spec} options torch's own, by torch's names
 * @property {Field} target
 * @property {[number, number]} domain of x, for a picture
 * @property {(x: number, target: number, options: State) => number} value
 * @property {(x: number, target: number, options: State) => number} gradient by x; torch's choice at kinks
 * @property {(options: State) => string} torch the module, as Python writes it
 * @property {(target: number) => string} evaluate Python for `loss(…)` at every element of `x`
 */

const UNIT = linear(0, 1, 1, 0.05);
const SIGN = choice(["1", "-1"]);
const CLASS = choice(["0", "1"]);

/** @param {string} label @param {Spec} options @param {(target: number) => string} evaluate */
function printed(label, options, evaluate) {
  const torch = (/** @type {State} */ state) =>
    call(`torch.nn.${label}`, [...keywords(options, state, (name) => name !== "var"), 'reduction="none"']);
  return { label, options, torch, evaluate };
}

const full = (/** @type {number} */ target) => `loss(x, torch.full_like(x, ${number(Number(target))}))`;
const rows = (/** @type {number} */ target) =>
  `loss(torch.stack([x, torch.zeros_like(x)], dim=1), torch.full(x.shape, ${target}))`;

/** The two classes' signed margin: how far the right one is ahead. @param {number} x @param {number} target */
const ahead = (x, target) => Number(target) === 0 ? x : -x;

/** @param {number} x @param {number} margin gradient of clamp(margin − …, min=0): torch lets it through at the kink */
const open = (x, margin) => margin - x >= 0;

/** @type {Record<string, Loss>} */
export const LOSSES = {
  l1_loss: {
    ...printed("L1Loss", {}, full),
    family: "real",
    axis: "input",
    target: linear(-3, 3, 0, 0.1),
    domain: [-4, 4],
    value: (x, target) => Math.abs(x - target),
    gradient: (x, target) => Math.sign(x - target),
  },
  mse_loss: {
    ...printed("MSELoss", {}, full),
    family: "real",
    axis: "input",
    target: linear(-3, 3, 0, 0.1),
    domain: [-4, 4],
    value: (x, target) => (x - target) ** 2,
    gradient: (x, target) => 2 * (x - target),
  },
  smooth_l1_loss: {
    ...printed("SmoothL1Loss", { beta: linear(0, 4, 1, 0.1) }, full),
    family: "real",
    axis: "input",
    target: linear(-3, 3, 0, 0.1),
    domain: [-4, 4],
    value: (x, target, { beta }) => {
      const distance = Math.abs(x - target);
      return distance < beta ? 0.5 * distance * distance / beta : distance - 0.5 * beta;
    },
    gradient: (x, target, { beta }) => {
      const distance = x - target;
      return Math.abs(distance) < beta ? distance / beta : Math.sign(distance);
    },
  },
  huber_loss: {
    ...printed("HuberLoss", { delta: linear(0.1, 4, 1, 0.1) }, full),
    family: "real",
    axis: "input",
    target: linear(-3, 3, 0, 0.1),
    domain: [-4, 4],
    value: (x, target, { delta }) => {
      const distance = Math.abs(x - target);
      return distance < delta ? 0.5 * distance * distance : delta * (distance - 0.5 * delta);
    },
    gradient: (x, target, { delta }) => Math.min(Math.max(x - target, -delta), delta),
  },
  binary_cross_entropy: {
    ...printed("BCELoss", {}, full),
    family: "distribution",
    axis: "probability",
    target: UNIT,
    domain: [0, 1],
    value: (x, target) => (target - 1) * Math.max(Math.log1p(-x), -100) - target * Math.max(Math.log(x), -100),
    gradient: (x, target) => (x - target) / Math.max((1 - x) * x, Math.fround(1e-12)), // torch keeps it as a float,
  },
  binary_cross_entropy_with_logits: {
    label: "BCEWithLogitsLoss",
    options: { pos_weight: log(0.1, 20, 1) },
    torch: ({ pos_weight }) =>
      call("torch.nn.BCEWithLogitsLoss", [`pos_weight=torch.tensor(${number(pos_weight)})`, 'reduction="none"']),
    evaluate: full,
    family: "distribution",
    axis: "logit",
    target: UNIT,
    domain: [-6, 6],
    value: (x, target, { pos_weight }) => (1 - target) * x - ((pos_weight - 1) * target + 1) * logSigmoid(x),
    gradient: (x, target, { pos_weight }) => {
      const positive = pos_weight * target;
      return (positive + 1 - target) * sigmoid(x) - positive;
    },
  },
  multilabel_soft_margin_loss: {
    ...printed(
      "MultiLabelSoftMarginLoss",
      {},
      (target) => `loss(x[:, None], torch.full((len(x), 1), ${number(Number(target))}))`,
    ),
    family: "distribution",
    axis: "logit",
    target: choice(["1", "0"]),
    domain: [-6, 6],
    value: (x, target) => -(target * logSigmoid(x) + (1 - target) * logSigmoid(-x)),
    gradient: (x, target) => (1 - target) * sigmoid(x) - target * sigmoid(-x),
  },
  soft_margin_loss: {
    ...printed("SoftMarginLoss", {}, full),
    family: "two",
    axis: "logit",
    target: SIGN,
    domain: [-6, 6],
    value: (x, target) => Math.log1p(Math.exp(-target * x)),
    gradient: (x, target) => {
      const z = Math.exp(-target * x);
      return -target * z / (z + 1); // nan once exp overflows, as in torch
    },
  },
  cross_entropy: {
    ...printed("CrossEntropyLoss", { label_smoothing: linear(0, 1, 0, 0.05) }, rows),
    family: "pair",
    axis: "logit",
    target: CLASS,
    domain: [-6, 6],
    value: (x, target, { label_smoothing }) => {
      const margin = ahead(x, target);
      const [right, wrong] = [logSigmoid(margin), logSigmoid(-margin)];
      return -(1 - label_smoothing) * right - label_smoothing / 2 * (right + wrong);
    },
    gradient: (x, target, { label_smoothing }) =>
      sigmoid(x) - ((1 - label_smoothing) * (Number(target) === 0 ? 1 : 0) + label_smoothing / 2),
  },
  multi_margin_loss: {
    ...printed("MultiMarginLoss", { p: choice(["1", "2"]), margin: linear(0.1, 4, 1, 0.1) }, rows),
    torch: ({ p, margin }) =>
      call("torch.nn.MultiMarginLoss", [`p=${p}`, `margin=${number(margin)}`, 'reduction="none"']),
    family: "pair",
    axis: "logit",
    target: CLASS,
    domain: [-6, 6],
    value: (x, target, { p, margin }) => Math.max(0, margin - ahead(x, target)) ** Number(p) / 2,
    gradient: (x, target, { p, margin }) => {
      const short = margin - ahead(x, target);
      const size = short > 0 ? (p === "2" ? short : 0.5) : 0;
      return Number(target) === 0 ? -size : size;
    },
  },
  nll_loss: {
    ...printed(
      "NLLLoss",
      {},
      (target) => `loss(torch.stack([x, torch.zeros_like(x)], dim=1), torch.full(x.shape, ${target}))`,
    ),
    family: "pair",
    axis: "logprob",
    target: CLASS,
    domain: [-6, 0],
    value: (x, target) => Number(target) === 0 ? -x : 0,
    gradient: (_x, target) => Number(target) === 0 ? -1 : 0,
  },
  kl_div: {
    ...printed("KLDivLoss", { log_target: flag() }, full),
    family: "distribution",
    axis: "logprob",
    target: linear(0, 1, 0.5, 0.05),
    domain: [-6, 0],
    value: (x, target, { log_target }) => {
      if (log_target) return Math.exp(target) * (target - x);
      return (target === 0 ? 0 : target * Math.log(target)) - target * x;
    },
    gradient: (_x, target, { log_target }) => log_target ? -Math.exp(target) : -target,
  },
  poisson_nll_loss: {
    ...printed("PoissonNLLLoss", { log_input: flag(true), full: flag(), eps: log(1e-12, 1e-2, 1e-8) }, full),
    family: "real",
    axis: "lograte",
    target: linear(0, 10, 3, 1),
    domain: [-3, 4],
    value: (x, target, options) => {
      const base = options.log_input ? Math.exp(x) - target * x : x - target * Math.log(x + options.eps);
      if (!options.full || target <= 1) return base;
      return base + target * Math.log(target) - target + 0.5 * Math.log(2 * Math.PI * target);
    },
    gradient: (x, target, { log_input, eps }) => log_input ? Math.exp(x) - target : 1 - target / (x + eps),
  },
  gaussian_nll_loss: {
    ...printed("GaussianNLLLoss", { var: log(1e-3, 10, 1), full: flag(), eps: log(1e-9, 1e-1, 1e-6) }, full),
    evaluate: (target) => `loss(x, torch.full_like(x, ${number(Number(target))}), torch.full_like(x, var))`,
    family: "real",
    axis: "input",
    target: linear(-3, 3, 0, 0.1),
    domain: [-4, 4],
    value: (x, target, options) => {
      const variance = Math.max(options.var, options.eps);
      const base = 0.5 * (Math.log(variance) + (x - target) ** 2 / variance);
      return options.full ? base + 0.5 * Math.log(2 * Math.PI) : base;
    },
    gradient: (x, target, options) => (x - target) / Math.max(options.var, options.eps),
  },
  hinge_embedding_loss: {
    ...printed("HingeEmbeddingLoss", { margin: linear(0, 4, 1, 0.1) }, full),
    family: "two",
    axis: "distance",
    target: SIGN,
    domain: [-1, 4],
    value: (x, target, { margin }) => Number(target) === 1 ? x : Math.max(0, margin - x),
    gradient: (x, target, { margin }) => Number(target) === 1 ? 1 : open(x, margin) ? -1 : 0,
  },
  margin_ranking_loss: {
    ...printed(
      "MarginRankingLoss",
      { margin: linear(0, 4, 0, 0.1) },
      (target) => `loss(x, torch.zeros_like(x), torch.full_like(x, ${number(Number(target))}))`,
    ),
    family: "two",
    axis: "input",
    target: SIGN,
    domain: [-4, 4],
    value: (x, target, { margin }) => Math.max(0, -target * x + margin),
    gradient: (x, target, { margin }) => open(target * x, margin) ? -target : 0,
  },
};
