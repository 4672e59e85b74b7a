// What all shape rules speak with: tensors without values, and refusals in torch's own words. Pure.

/**
 * Sizes of the dimensions, and torch's name of the type.
 * @typedef {{ dims: number[], dtype: "float32" | "int64" }} Tensor
 * @typedef {Record<string, any>} Args
 * A layer's rule. `derive` names the arguments that follow from the input; `make` refuses as the constructor does,
 * `forward` as the call does. Arguments are complete: given, derived or torch's defaults.
 * @typedef {{
 *   derive?: (args: Args, x: Tensor) => Args,
 *   make?: (args: Args) => void,
 *   forward: (args: Args, x: Tensor) => Tensor,
 * }} Rule
 */

/** torch stops: `type` is the exception's, the message torch's sentence. */
export class Refusal extends Error {
  /** @param {string} type @param {string} sentence */
  constructor(type, sentence) {
    super(sentence);
    this.type = type;
  }
}

/** @param {string} type @param {string} sentence @returns {never} */
export function refuse(type, sentence) {
  throw new Refusal(type, sentence);
}

/** @param {boolean} wrong @param {string} sentence @param {string} [type] */
export function refuseIf(wrong, sentence, type = "RuntimeError") {
  if (wrong) refuse(type, sentence);
}

/** Sizes as torch's C++ prints them. @param {number[]} dims */
export const list = (dims) => `[${dims.join(", ")}]`;

/** Sizes as Python prints a tuple. @param {(number | string)[]} items */
export const tuple = (items) => items.length === 1 ? `(${items[0]},)` : `(${items.join(", ")})`;

/** @param {number[]} dims */
export const numel = (dims) => dims.reduce((product, size) => product * size, 1);

/** One number for each dimension. @template T @param {T | T[]} value @param {number} n @returns {T[]} */
export const each = (value, n) => Array.isArray(value) ? value : Array(n).fill(value);

/** @param {number[]} dims @param {Tensor["dtype"]} [dtype] @returns {Tensor} */
export const tensor = (dims, dtype = "float32") => ({ dims, dtype });

/** @param {Tensor} x @param {string} kernel torch's name of what computes it */
export function floating(x, kernel) {
  refuseIf(x.dtype !== "float32", `"${kernel}" not implemented for 'Long'`, "NotImplementedError");
}

/**
 * A dimension counted from the front. A tensor without dimensions counts as one with one.
 * @param {number} dim @param {number} ndim
 */
export function wrapped(dim, ndim) {
  const n = Math.max(ndim, 1);
  refuseIf(
    dim < -n || dim >= n,
    `Dimension out of range (expected to be in range of [${-n}, ${n - 1}], but got ${dim})`,
    "IndexError",
  );
  return dim < 0 ? dim + n : dim;
}

/** A float as Python prints it. @param {number} value */
export const float = (value) => Number.isInteger(value) ? `${value}.0` : String(value);
