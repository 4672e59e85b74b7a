// Functions of mathematics that JavaScript lacks, to the last digits of a double.

const ROOT = 2 / Math.sqrt(Math.PI);

/**
 * The error function. Below 3 a series of positive terms, above a continued fraction for what is missing to 1.
 * @param {number} x
 * @returns {number}
 */
export function erf(x) {
  if (x < 0) return -erf(-x);
  if (!(x < 3)) return 1 - erfc(x);
  let [term, sum] = [x, x];
  for (let n = 1; term > sum * 1e-18; n++) {
    term *= 2 * x * x / (2 * n + 1);
    sum += term;
  }
  return ROOT * Math.exp(-x * x) * sum;
}

/** @param {number} x at least 3 */
function erfc(x) {
  if (x > 27) return 0;
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (x + fraction);
  return Math.exp(-x * x) / (x + fraction) / Math.sqrt(Math.PI);
}

/** @param {number} x */
export const sigmoid = (x) => 1 / (1 + Math.exp(-x));

/** log(sigmoid(x)) without overflow. @param {number} x */
export const logSigmoid = (x) => Math.min(0, x) - Math.log1p(Math.exp(-Math.abs(x)));

/**
 * The logarithm of softmax of one row.
 * @param {ArrayLike<number>} row
 * @returns {Float64Array}
 */
export function logSoftmax(row) {
  let high = -Infinity;
  for (let index = 0; index < row.length; index++) high = Math.max(high, row[index]);
  let sum = 0;
  for (let index = 0; index < row.length; index++) sum += Math.exp(row[index] - high);
  const log = Math.log(sum);
  return Float64Array.from(row, (value) => value - high - log);
}
