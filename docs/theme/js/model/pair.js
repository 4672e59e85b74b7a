// What stands between the network and the loss: the last layer's width, a head, the form of the targets, and how a prediction is
// read. Bad pairs can be chosen, and are marked.

/** @import { State } from "../ui/spec.js" */
import { LOSSES } from "./loss.js";
import { logSoftmax, sigmoid } from "./special.js";

/**
 * @typedef {object} Pair
 * @property {string} loss name in LOSSES
 * @property {"none" | "sigmoid" | "softmax" | "log_softmax"} head
 * @property {1 | 2} outputs
 * @property {"number" | "sign" | "index" | "onehot"} target
 * @property {"class" | "value"} task
 * @property {boolean} [bad] a mistake worth seeing
 */

/** @param {string} loss @param {Pair["head"]} head @param {1 | 2} outputs @param {Pair["target"]} target @returns {Pair} */
const pair = (loss, head, outputs, target) => ({ loss, head, outputs, target, task: "class" });

/** @type {Record<string, Pair>} */
export const PAIRS = {
  bce_with_logits: pair("binary_cross_entropy_with_logits", "none", 1, "number"),
  bce: pair("binary_cross_entropy", "sigmoid", 1, "number"),
  cross_entropy: pair("cross_entropy", "none", 2, "index"),
  nll: pair("nll_loss", "log_softmax", 2, "index"),
  kl_div: pair("kl_div", "log_softmax", 2, "onehot"),
  soft_margin: pair("soft_margin_loss", "none", 1, "sign"),
  multi_margin: pair("multi_margin_loss", "none", 2, "index"),
  multilabel_soft_margin: pair("multilabel_soft_margin_loss", "none", 1, "number"),
  mse_sigmoid: pair("mse_loss", "sigmoid", 1, "number"),
  mse: pair("mse_loss", "none", 1, "number"),
  l1: pair("l1_loss", "none", 1, "number"),
  smooth_l1: pair("smooth_l1_loss", "none", 1, "number"),
  huber: pair("huber_loss", "none", 1, "number"),
  softmax_twice: { ...pair("cross_entropy", "softmax", 2, "index"), bad: true },
  bce_on_logits: { ...pair("binary_cross_entropy", "none", 1, "number"), bad: true },
};

/** The pairs that fit targets which are numbers, not classes. */
export const VALUE_PAIRS = ["mse", "l1", "smooth_l1", "huber"];

/** The head's output of one row. @param {Pair["head"]} head @param {Float64Array} row */
export function headOf(head, row) {
  switch (head) {
    case "sigmoid":
      return row.map(sigmoid);
    case "log_softmax":
      return logSoftmax(row);
    case "softmax":
      return logSoftmax(row).map(Math.exp);
    default:
      return row;
  }
}

/** The gradient by the head's input. @param {Pair["head"]} head @param {Float64Array} out @param {Float64Array} grad */
function behind(head, out, grad) {
  const sum = (/** @type {(i: number) => number} */ term) => grad.reduce((total, _, i) => total + term(i), 0);
  switch (head) {
    case "sigmoid":
      return grad.map((value, i) => value * (1 - out[i]) * out[i]);
    case "log_softmax": {
      const total = sum((i) => grad[i]);
      return grad.map((value, i) => value - Math.exp(out[i]) * total);
    }
    case "softmax": {
      const mean = sum((i) => grad[i] * out[i]);
      return grad.map((value, i) => out[i] * (value - mean));
    }
    default:
      return grad;
  }
}

/** Loss and gradient of one row of two classes. @param {string} loss @param {Float64Array} x @param {number} y @param {State} options */
function ofRow(loss, x, y, options) {
  switch (loss) {
    case "cross_entropy": {
      const [logs, smooth] = [logSoftmax(x), options.label_smoothing];
      const aim = (/** @type {number} */ i) => (i === y ? 1 - smooth : 0) + smooth / x.length;
      return {
        loss: logs.reduce((total, log, i) => total - aim(i) * log, 0),
        grad: logs.map((log, i) => Math.exp(log) - aim(i)),
      };
    }
    case "multi_margin_loss": {
      const short = options.margin - x[y] + x[1 - y];
      const [size, slope] = short > 0 ? [short ** Number(options.p) / 2, options.p === "2" ? short : 0.5] : [0, 0];
      return { loss: size, grad: x.map((_, i) => i === y ? -slope : slope) };
    }
    default: // nll_loss, and kl_div with a target of one class, are both −x[y]
      return { loss: -x[y], grad: x.map((_, i) => i === y ? -1 : 0) };
  }
}

/**
 * Mean loss of a batch and its gradient by the network's outputs.
 * @param {Pair} pair @param {Float64Array} outputs rows one after another @param {Float64Array} targets classes 0 and 1, or numbers
 * @param {State} options the loss's own
 * @returns {{ loss: number, grads: Float64Array }}
 */
export function meanLoss(pair, outputs, targets, options) {
  const grads = new Float64Array(outputs.length);
  const [count, width] = [targets.length, pair.outputs];
  const { value, gradient } = LOSSES[pair.loss];
  let total = 0;
  for (let at = 0; at < count; at++) {
    const out = headOf(pair.head, outputs.slice(at * width, (at + 1) * width));
    let grad;
    if (width === 1) {
      const target = pair.target === "sign" ? 2 * targets[at] - 1 : targets[at];
      total += value(out[0], target, options);
      grad = Float64Array.of(gradient(out[0], target, options) / count);
    } else {
      const found = ofRow(pair.loss, out, targets[at], options);
      total += found.loss;
      grad = found.grad.map((item) => item / count);
    }
    grads.set(behind(pair.head, out, grad), at * width);
  }
  return { loss: total / count, grads };
}

/** torch's BCELoss refuses inputs outside [0, 1]. @param {Pair} pair @param {Float64Array} outputs */
export function refused(pair, outputs) {
  return pair.loss === "binary_cross_entropy" && pair.head === "none" && outputs.some((out) => !(out >= 0 && out <= 1));
}

/**
 * What the network says of one point: the probability of class 1 (a score from 0 to 1 where the loss knows none), or a number.
 * @param {Pair} pair @param {Float64Array} row
 */
export function read(pair, row) {
  if (pair.outputs === 2) return sigmoid(row[1] - row[0]);
  if (pair.head === "sigmoid") return sigmoid(row[0]);
  return ["l1_loss", "mse_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy"].includes(pair.loss)
    ? row[0]
    : sigmoid(row[0]);
}
