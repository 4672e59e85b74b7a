// x·y + z with one rounding, as processors with AVX2 compute it and as torch's kernels are compiled there.

const bits = new BigInt64Array(1);
const double = new Float64Array(bits.buffer);
const SPLITTER = 2 ** 27 + 1;

/** @param {number} a @param {number} b @returns {[number, number]} the rounded sum and what rounding lost */
function twoSum(a, b) {
  const sum = a + b;
  const other = sum - a;
  return [sum, (a - (sum - other)) + (b - other)];
}

/** @param {number} a @returns {[number, number]} two halves of 26 bits */
function split(a) {
  const high = SPLITTER * a - (SPLITTER * a - a);
  return [high, a - high];
}

/** The sum rounded to odd: never to an even neighbour of an inexact value, so that one more rounding is harmless. */
function oddSum(/** @type {number} */ a, /** @type {number} */ b) {
  const [sum, lost] = twoSum(a, b);
  if (lost === 0) return sum;
  double[0] = sum;
  if (bits[0] & 1n) return sum;
  bits[0] += lost > 0 === sum > 0 ? 1n : -1n;
  return double[0];
}

/**
 * @param {number} x @param {number} y @param {number} z
 * @returns {number} x·y + z rounded once (for values far from overflow and underflow)
 */
export function fma(x, y, z) {
  const product = x * y;
  if (!Number.isFinite(product + z) || product === 0) return product + z;
  const [[xh, xl], [yh, yl]] = [split(x), split(y)];
  const rest = xl * yl - (product - xh * yh - xl * yh - xh * yl);
  const [high, low] = twoSum(z, rest);
  const [top, lost] = twoSum(product, high);
  return top + oddSum(lost, low);
}
