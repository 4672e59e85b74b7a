// Blocks that are one line of forward and no module of torch, and how branches come together. Pure.

import { each, refuse, refuseIf, tensor, wrapped } from "./torch.js";

/** @import { Rule, Tensor } from "./torch.js" */

/** @type {Rule} x.permute(dims) */
const permute = {
  forward: ({ dims }, x) => {
    const n = x.dims.length;
    refuseIf(
      dims.length !== n,
      "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering " +
        `of dimensions i.e. input.dim() = ${n} is not equal to len(dims) = ${dims.length}`,
    );
    const places = dims.map((/** @type {number} */ dim) => wrapped(dim, n));
    refuseIf(new Set(places).size < n, "permute(): duplicate dims are not allowed.");
    return tensor(places.map((/** @type {number} */ at) => x.dims[at]), x.dtype);
  },
};

/** @type {Rule} x.mean(dim) */
const mean = {
  forward: ({ dim, keepdim }, x) => {
    refuseIf(
      x.dtype !== "float32",
      "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: Long",
    );
    const n = x.dims.length;
    const places = new Set();
    for (const one of each(dim, 1)) {
      const at = wrapped(one, n);
      refuseIf(places.has(at), `dim ${at} appears multiple times in the list of dims`);
      places.add(at);
    }
    const all = each(dim, 1).length === 0;
    const gone = (/** @type {number} */ at) => all || places.has(at);
    if (keepdim) return tensor(x.dims.map((size, at) => gone(at) ? 1 : size));
    return tensor(x.dims.filter((_, at) => !gone(at)));
  },
};

/** @type {Rule} x[:, -1] */
const lastStep = {
  forward: (_, x) => {
    const n = x.dims.length;
    refuseIf(n === 0, "too many indices for tensor of dimension 0", "IndexError");
    refuseIf(n === 1, "too many indices for tensor of dimension 1", "IndexError");
    return tensor(x.dims.toSpliced(1, 1), x.dtype);
  },
};

/** @type {Rule} x + weight[: x.size(-2)] */
const position = {
  derive: (_, x) => ({ embedding_dim: x.dims.at(-1) ?? 1 }),
  forward: ({ max_len, embedding_dim }, x) => {
    const n = x.dims.length;
    if (n < 2) wrapped(-2, n);
    return added([x, tensor([Math.min(max_len, x.dims[n - 2]), embedding_dim])]);
  },
};

/** Tensors added or multiplied with broadcasting. @param {Tensor[]} parts @returns {Tensor} */
export function added(parts) {
  return parts.reduce((a, b) => {
    const n = Math.max(a.dims.length, b.dims.length);
    const size = (/** @type {Tensor} */ x, /** @type {number} */ at) => x.dims[at - (n - x.dims.length)] ?? 1;
    const dims = [];
    for (let at = n - 1; at >= 0; at--) {
      const [left, right] = [size(a, at), size(b, at)];
      refuseIf(
        left !== right && left !== 1 && right !== 1,
        `The size of tensor a (${left}) must match the size of tensor b (${right}) at non-singleton dimension ${at}`,
      );
      dims.unshift(left === 1 ? right : left);
    }
    return tensor(dims, a.dtype === b.dtype ? a.dtype : "float32");
  });
}

/** torch.cat(parts, dim). @param {Tensor[]} parts @param {number} dim @returns {Tensor} */
export function joined(parts, dim) {
  const scalar = parts.findIndex((part) => part.dims.length === 0);
  refuseIf(scalar >= 0, `zero-dimensional tensor (at position ${scalar}) cannot be concatenated`);
  const [first, ...others] = parts;
  const at = wrapped(dim, first.dims.length);
  for (const [number, other] of others.entries()) {
    const [n, m] = [first.dims.length, other.dims.length];
    refuseIf(n !== m, `Tensors must have same number of dimensions: got ${n} and ${m}`);
    const wrong = first.dims.findIndex((size, i) => i !== at && size !== other.dims[i]);
    if (wrong >= 0) {
      refuse(
        "RuntimeError",
        `Sizes of tensors must match except in dimension ${at}. Expected size ${first.dims[wrong]} but got size ${
          other.dims[wrong]
        } for tensor number ${number + 1} in the list.`,
      );
    }
  }
  const whole = parts.reduce((sum, part) => sum + part.dims[at], 0);
  const same = parts.every((part) => part.dtype === first.dtype);
  return tensor(first.dims.with(at, whole), same ? first.dtype : "float32");
}

/** @type {Record<string, Rule>} */
export const OWN = { permute, mean, last_step: lastStep, position };
