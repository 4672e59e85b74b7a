// Optimizers that look at a whole matrix: Adafactor and Muon (torch 2.13).

/** @import { Kept } from "./optim_rules.js" */
/** @import { State } from "../ui/spec.js" */
import { lerp, shrink } from "./optim_adam.js";

/** @param {Float64Array} values */
const norm = (values) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

/**
 * @param {Float64Array} p @param {Float64Array} g @param {Kept} kept with `row`, `column`, or `v` for a vector
 * @param {State} options @param {number[]} shape
 */
export function adafactor(p, g, kept, { lr, beta2_decay, eps1, eps2, d, weight_decay }, shape) {
  const weight = kept.t ** beta2_decay;
  const size = norm(p) / Math.sqrt(p.length);
  const alpha = (size > eps2 ? size : eps2) * Math.min(lr, 1 / Math.sqrt(kept.t));
  shrink(p, lr, weight_decay);
  const variance = shape.length > 1 ? factored(g, kept, weight, eps1, shape) : kept.v;
  if (shape.length < 2) g.forEach((value, i) => variance[i] = lerp(variance[i], value * value, weight));
  const update = g.map((value, i) => value / Math.sqrt(Math.max(variance[i], eps1 * eps1)));
  const length = norm(update) / (Math.sqrt(update.length) * d);
  const scale = alpha / (length > 1 ? length : 1);
  update.forEach((value, i) => p[i] -= scale * value);
}

/** @param {Float64Array} g @param {Kept} kept @param {number} weight @param {number} eps @param {number[]} shape */
function factored(g, { row, column }, weight, eps, [rows, columns]) {
  const [rowSums, columnSums] = [new Float64Array(rows), new Float64Array(columns)];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const square = g[i * columns + j] ** 2;
      rowSums[i] += square;
      columnSums[j] += square;
    }
  }
  rowSums.forEach((sum, i) => row[i] = lerp(row[i], sum / columns, weight));
  columnSums.forEach((sum, j) => column[j] = lerp(column[j], sum / rows, weight));
  const mean = Math.max(
    row.reduce((/** @type {number} */ sum, /** @type {number} */ value) => sum + value, 0) / rows,
    eps,
  );
  return g.map((_, at) => row[Math.floor(at / columns)] * column[at % columns] / mean);
}

const COEFFICIENTS = [3.4445, -4.775, 2.0315];
const word = new Uint32Array(1);
const single = new Float32Array(word.buffer);

/** To bfloat16: the upper half of a float32, ties to even. @param {number} value */
function half(value) {
  single[0] = value;
  if (Number.isNaN(value)) return NaN;
  word[0] = (word[0] + 0x7fff + ((word[0] >>> 16) & 1)) & 0xffff0000;
  return single[0];
}

/**
 * a·C + b·X·Y in float32, rounded to bfloat16 once, as torch's addmm does.
 * @param {Float64Array} x @param {Float64Array} y n × m, or m × n if it is to be read across @param {number} n @param {number} k
 * @param {number} m @param {boolean} across @param {Float64Array} [c] @param {number} [a] @param {number} [b]
 */
function product(x, y, n, k, m, across, c, a = 0, b = 1) {
  const result = new Float64Array(n * m);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum = Math.fround(sum + x[i * k + l] * y[across ? j * k + l : l * m + j]);
      result[i * m + j] = half(c ? Math.fround(Math.fround(a) * c[i * m + j] + Math.fround(b) * sum) : sum);
    }
  }
  return result;
}

/**
 * Newton–Schulz in bfloat16: the matrix with its singular values moved near 1.
 * @param {Float64Array} matrix @param {number[]} shape @param {number} steps @param {number} eps
 */
export function orthogonalize(matrix, [rows, columns], steps, eps) {
  const tall = rows > columns;
  const [n, k] = tall ? [columns, rows] : [rows, columns];
  const at = (/** @type {number} */ i) => tall ? (i % k) * columns + Math.floor(i / k) : i;
  let x = matrix.map((_, i) => half(matrix[at(i)]));
  const length = Math.max(half(norm(x)), half(eps));
  x = x.map((value) => half(Math.fround(value / length)));
  const [a, b, c] = COEFFICIENTS;
  for (let step = 0; step < steps; step++) {
    const gram = product(x, x, n, k, n, true);
    const update = product(gram, gram, n, n, n, false, gram, b, c);
    x = product(update, x, n, n, k, false, x, a);
  }
  const result = new Float64Array(matrix.length);
  x.forEach((value, i) => result[at(i)] = value);
  return result;
}

/** @param {Float64Array} p @param {Float64Array} g @param {Kept} kept @param {State} options @param {number[]} shape */
export function muon(p, g, { buffer }, { lr, momentum, nesterov, weight_decay, eps, ns_steps, adjust_lr_fn }, shape) {
  g.forEach((value, i) => buffer[i] = lerp(buffer[i], value, 1 - momentum));
  const update = nesterov ? g.map((value, i) => lerp(value, buffer[i], momentum)) : buffer;
  const direction = orthogonalize(update, shape, ns_steps, eps);
  const [rows, columns] = shape;
  const ratio = adjust_lr_fn === "original"
    ? Math.sqrt(Math.max(1, rows / columns))
    : 0.2 * Math.sqrt(Math.max(rows, columns));
  shrink(p, lr, weight_decay);
  direction.forEach((value, i) => p[i] -= lr * ratio * value);
}
