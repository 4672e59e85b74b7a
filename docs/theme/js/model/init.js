// torch.nn.init (2.13) for tensors of any shape: same options, same numbers from the same generator.

/** @import { Spec, State } from "../ui/spec.js" */
/** @import { Generator } from "./rng.js" */
import { choice, linear, log } from "../ui/spec.js";
import { size } from "./shape.js";
import { erf } from "./special.js";

/**
 * @typedef {object} Init
 * @property {Spec} options
 * @property {(shape: number[], options: State, generator: Generator) => Float64Array} fill
 * @property {"any" | "matrix" | "convolution"} shapes what torch admits: any, two dimensions or more, three to five
 */

const GAIN = linear(0, 5, 1, 0.05);
const MODE = choice(["fan_in", "fan_out"]);
const NONLINEARITY = choice(["relu", "leaky_relu", "linear", "tanh", "sigmoid", "selu"]);

/** `torch.nn.init.calculate_gain`. @param {string} nonlinearity @param {number} [slope] @returns {number} */
export function gainOf(nonlinearity, slope = 0.01) {
  const known = { relu: Math.sqrt(2), tanh: 5 / 3, selu: 3 / 4, leaky_relu: Math.sqrt(2 / (1 + slope ** 2)) };
  return known[/** @type {keyof typeof known} */ (nonlinearity)] ?? 1;
}

/** @param {number[]} shape @returns {{ fan_in: number, fan_out: number }} */
export function fans(shape) {
  if (shape.length < 2) throw new RangeError(`fan_in and fan_out need two dimensions, not [${shape}]`);
  const field = size(shape.slice(2));
  return { fan_in: shape[1] * field, fan_out: shape[0] * field };
}

/** Half width of a uniform distribution, or spread of a normal one. @param {number[]} shape @param {number} gain */
function xavier(shape, gain) {
  const { fan_in, fan_out } = fans(shape);
  return gain * Math.sqrt(2 / (fan_in + fan_out));
}

/** @param {number[]} shape @param {State} options */
function kaiming(shape, { a, mode, nonlinearity }) {
  return gainOf(nonlinearity, a) / Math.sqrt(fans(shape)[/** @type {"fan_in" | "fan_out"} */ (mode)]);
}

/** @param {number[]} shape @param {State} options @param {Generator} generator */
function truncated(shape, { mean, std, a, b }, generator) {
  const n = size(shape);
  const below = (/** @type {number} */ x) => (1 + erf(x / Math.sqrt(2))) / 2;
  if (below((b - mean) / std) - below((a - mean) / std) > 0.3) {
    const values = generator.normal(n, mean, std);
    const out = (/** @type {number} */ value) => value < a || value > b;
    while (values.some(out)) {
      const fresh = generator.normal(n, mean, std);
      values.forEach((value, at) => out(value) && (values[at] = fresh[at]));
    }
    return values;
  }
  // Little of the normal lies inside: propose evenly, and accept by its density relative to its peak there.
  const peak = Math.max(a, Math.min(mean, b));
  const density = (/** @type {number} */ x) => ((x - mean) / std) ** 2 * -0.5;
  const result = new Float64Array(n);
  const pending = new Uint8Array(n).fill(1);
  while (pending.includes(1)) {
    const [proposed, chance] = [generator.uniform(n, a, b), generator.rand(n)];
    for (let at = 0; at < n; at++) {
      if (!pending[at]) continue;
      result[at] = proposed[at];
      pending[at] = Math.log(chance[at]) > density(proposed[at]) - density(peak) ? 1 : 0;
    }
  }
  return result;
}

/** @param {number[]} shape @param {State} options @param {Generator} generator */
function orthogonal(shape, { gain }, generator) {
  const [rows, columns] = [shape[0], size(shape.slice(1))];
  const drawn = generator.normal(rows * columns);
  const [tall, narrow] = rows < columns ? [columns, rows] : [rows, columns];
  // Column by column, each made orthogonal to those before it, twice: then R's diagonal is positive, as torch makes it.
  const basis = Array.from(
    { length: narrow },
    (_, column) =>
      Float64Array.from(
        { length: tall },
        (_, row) => drawn[rows < columns ? column * columns + row : row * columns + column],
      ),
  );
  for (const [column, vector] of basis.entries()) {
    for (const earlier of [...basis.slice(0, column), ...basis.slice(0, column)]) {
      const share = earlier.reduce((sum, value, at) => sum + value * vector[at], 0);
      earlier.forEach((value, at) => vector[at] -= share * value);
    }
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    vector.forEach((value, at) => vector[at] = value / length);
  }
  return Float64Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    return gain * (rows < columns ? basis[row][column] : basis[column][row]);
  });
}

/** @param {number[]} shape @param {State} options @param {Generator} generator */
function sparse(shape, { sparsity, std }, generator) {
  const [rows, columns] = shape;
  const values = generator.normal(rows * columns, 0, std);
  const zeros = Math.ceil(sparsity * rows);
  for (let column = 0; column < columns; column++) {
    for (const row of generator.randperm(rows).slice(0, zeros)) values[row * columns + column] = 0;
  }
  return values;
}

/** @param {number[]} shape */
function dirac(shape) {
  const values = new Float64Array(size(shape));
  const [field, spatial] = [size(shape.slice(2)), shape.slice(2)];
  const centre = spatial.reduce((at, length) => at * length + Math.floor(length / 2), 0);
  for (let d = 0; d < Math.min(shape[0], shape[1]); d++) values[(d * shape[1] + d) * field + centre] = 1;
  return values;
}

/** @type {Record<string, Init>} */
export const INITS = {
  uniform: {
    options: { a: linear(-2, 2, 0, 0.05), b: linear(-2, 2, 1, 0.05) },
    fill: (shape, { a, b }, generator) => generator.uniform(size(shape), a, b),
    shapes: "any",
  },
  normal: {
    options: { mean: linear(-2, 2, 0, 0.05), std: log(1e-4, 10, 1) },
    fill: (shape, { mean, std }, generator) => generator.normal(size(shape), mean, std),
    shapes: "any",
  },
  trunc_normal: {
    options: {
      mean: linear(-2, 2, 0, 0.05),
      std: log(1e-2, 10, 1),
      a: linear(-4, 0, -2, 0.1),
      b: linear(0.1, 4, 2, 0.1),
    },
    fill: truncated,
    shapes: "any",
  },
  constant: {
    options: { val: linear(-2, 2, 0.5, 0.05) },
    fill: (shape, { val }) => new Float64Array(size(shape)).fill(val),
    shapes: "any",
  },
  ones: { options: {}, fill: (shape) => new Float64Array(size(shape)).fill(1), shapes: "any" },
  zeros: { options: {}, fill: (shape) => new Float64Array(size(shape)), shapes: "any" },
  eye: {
    options: {},
    fill: ([rows, columns]) =>
      Float64Array.from({ length: rows * columns }, (_, at) => Math.floor(at / columns) === at % columns ? 1 : 0),
    shapes: "matrix",
  },
  dirac: { options: {}, fill: dirac, shapes: "convolution" },
  xavier_uniform: {
    options: { gain: GAIN },
    fill: (shape, { gain }, generator) => {
      const bound = Math.sqrt(3) * xavier(shape, gain);
      return generator.uniform(size(shape), -bound, bound);
    },
    shapes: "matrix",
  },
  xavier_normal: {
    options: { gain: GAIN },
    fill: (shape, { gain }, generator) => generator.normal(size(shape), 0, xavier(shape, gain)),
    shapes: "matrix",
  },
  kaiming_uniform: {
    options: { a: linear(0, 3, 0, 0.01), mode: MODE, nonlinearity: NONLINEARITY },
    fill: (shape, options, generator) => {
      const bound = Math.sqrt(3) * kaiming(shape, options);
      return generator.uniform(size(shape), -bound, bound);
    },
    shapes: "matrix",
  },
  kaiming_normal: {
    options: { a: linear(0, 3, 0, 0.01), mode: MODE, nonlinearity: NONLINEARITY },
    fill: (shape, options, generator) => generator.normal(size(shape), 0, kaiming(shape, options)),
    shapes: "matrix",
  },
  orthogonal: { options: { gain: GAIN }, fill: orthogonal, shapes: "matrix" },
  sparse: { options: { sparsity: linear(0, 1, 0.5, 0.05), std: log(1e-4, 10, 0.1) }, fill: sparse, shapes: "matrix" },
};

/** A new `nn.Linear`'s weight and bias, in the order in which torch draws them. @param {number} outputs @param {number} inputs @param {Generator} generator */
export function linearDefault(outputs, inputs, generator) {
  const weight = INITS.kaiming_uniform.fill(
    [outputs, inputs],
    { a: Math.sqrt(5), mode: "fan_in", nonlinearity: "leaky_relu" },
    generator,
  );
  const bound = 1 / Math.sqrt(inputs);
  return { weight, bias: generator.uniform(outputs, -bound, bound) };
}
