// What stands between the network and the loss: the last layer's width, a head, the form of the targets, and how a prediction is
// read. Bad pairs can be chosen, and are marked.

/** @import { State } from "../ui/spec.js" */
import { ACTIVATIONS } from "./activation.js";
import { LOSSES } from "./loss.js";
import { logSoftmax, sigmoid } from "./special.js";

/**
 * @typedef {object} Pair
 * @property {string} loss name in LOSSES
 * @property {"none" | "sigmoid" | "softmax" | "log_softmax" | "softplus"} head
 * @property {1 | 2} outputs
 * @property {"number" | "sign" | "index" | "onehot"} target
 * @property {"classes" | "counts" | "numbers"} least what the targets must be; numbers are the least, classes the most
 * @property {boolean} [bad] a mistake worth seeing
 */

/** @param {string} loss @param {Pair["head"]} head @param {1 | 2} outputs @param {Pair["target"]} target @param {Pair["least"]} least @returns {Pair} */
const pair = (loss, head, outputs, target, least = "classes") => ({ loss, head, outputs, target, least });

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
  margin_ranking: pair("margin_ranking_loss", "none", 2, "sign"),
  hinge_embedding: pair("hinge_embedding_loss", "softplus", 1, "sign"),
  mse_sigmoid: pair("mse_loss", "sigmoid", 1, "number"),
  mse: pair("mse_loss", "none", 1, "number", "numbers"),
  l1: pair("l1_loss", "none", 1, "number", "numbers"),
  smooth_l1: pair("smooth_l1_loss", "none", 1, "number", "numbers"),
  huber: pair("huber_loss", "none", 1, "number", "numbers"),
  gaussian_nll: pair("gaussian_nll_loss", "none", 2, "number", "numbers"), // the mean, and the variance's logarithm
  poisson_nll: pair("poisson_nll_loss", "none", 1, "number", "counts"),
  softmax_twice: { ...pair("cross_entropy", "softmax", 2, "index"), bad: true },
  bce_on_logits: { ...pair("binary_cross_entropy", "none", 1, "number"), bad: true },
  hinge_below_zero: { ...pair("hinge_embedding_loss", "none", 1, "sign"), bad: true },
};

/** The head's output of one row. @param {Pair["head"]} head @param {Float64Array} row */
export function headOf(head, row) {
  switch (head) {
    case "sigmoid":
      return row.map(sigmoid);
    case "softplus":
      return row.map(ACTIVATIONS.softplus.value);
    case "log_softmax":
      return logSoftmax(row);
    case "softmax":
      return logSoftmax(row).map(Math.exp);
    default:
      return row;
  }
}

/** The gradient by the head's input. @param {Pair["head"]} head @param {Float64Array} row @param {Float64Array} out @param {Float64Array} grad */
function behind(head, row, out, grad) {
  const sum = (/** @type {(i: number) => number} */ term) => grad.reduce((total, _, i) => total + term(i), 0);
  switch (head) {
    case "sigmoid":
      return grad.map((value, i) => value * (1 - out[i]) * out[i]);
    case "softplus":
      return grad.map((value, i) => value * ACTIVATIONS.softplus.slope(row[i]));
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

/** Loss and gradient of one row of two outputs. @param {string} loss @param {Float64Array} x @param {number} y @param {State} options */
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
    case "margin_ranking_loss": { // the second output's score against the first one's
      const [ahead, sign] = [x[1] - x[0], 2 * y - 1];
      const slope = LOSSES[loss].gradient(ahead, sign, options);
      return { loss: LOSSES[loss].value(ahead, sign, options), grad: Float64Array.of(-slope, slope) };
    }
    case "gaussian_nll_loss": {
      const own = { ...options, var: Math.exp(x[1]) };
      const [distance, variance] = [x[0] - y, Math.max(own.var, options.eps)];
      // torch clamps the variance without its gradient.
      const slope = 0.5 * (1 / variance - distance * distance / (variance * variance)) * own.var;
      return { loss: LOSSES[loss].value(x[0], y, own), grad: Float64Array.of(distance / variance, slope) };
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
    const row = outputs.slice(at * width, (at + 1) * width);
    const out = headOf(pair.head, row);
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
    grads.set(behind(pair.head, row, out, grad), at * width);
  }
  return { loss: total / count, grads };
}

/** torch's BCELoss refuses inputs outside [0, 1]. @param {Pair} pair @param {Float64Array} outputs */
export function refused(pair, outputs) {
  return pair.loss === "binary_cross_entropy" && pair.head === "none" && outputs.some((out) => !(out >= 0 && out <= 1));
}

/**
 * What the network says of one point: the probability of class 1 (a score from 0 to 1 where the loss knows none), or a number.
 * @param {Pair} pair @param {Float64Array} row @param {State} options the loss's own
 */
export function read(pair, row, options) {
  switch (pair.loss) {
    case "gaussian_nll_loss":
      return row[0];
    case "poisson_nll_loss":
      return options.log_input ? Math.exp(row[0]) : row[0];
    case "hinge_embedding_loss": // nearer than half the margin is class 1
      return sigmoid(options.margin / 2 - headOf(pair.head, row)[0]);
    case "l1_loss":
    case "mse_loss":
    case "smooth_l1_loss":
    case "huber_loss":
    case "binary_cross_entropy":
      return pair.head === "sigmoid" ? sigmoid(row[0]) : row[0];
    default:
      return sigmoid(pair.outputs === 2 ? row[1] - row[0] : row[0]);
  }
}
