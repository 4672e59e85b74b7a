// Padding as torch.nn.functional.pad does it; convolutions use it too. Pure.

import { each, list, refuse, refuseIf } from "./torch.js";

/** @import { Rule, Tensor } from "./torch.js" */

const SUPPORTED = "\nSupported combinations for non-constant padding:\n" +
  "  - 2D or 3D input: padding size = 2 (pads last dimension)\n" +
  "  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)\n" +
  "  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)";

/**
 * @param {Tensor} x @param {number[]} pad two numbers for each dimension, the last dimension first
 * @param {string} mode
 * @returns {Tensor}
 */
export function padded(x, pad, mode) {
  const ndim = x.dims.length;
  const count = pad.length / 2;
  if (mode === "constant") {
    refuseIf(
      count > ndim,
      "Padding length should be less than or equal to two times the input dimension but got padding length " +
        `${pad.length} and input of dimension ${ndim}`,
    );
  } else if (ndim !== count + 1 && ndim !== count + 2) {
    const size = `Padding size ${pad.length} is not supported for ${ndim}D input tensor.`;
    refuse("NotImplementedError", size + SUPPORTED);
  }
  for (let i = 0; i < count; i++) {
    const [at, left, right] = [ndim - 1 - i, pad[2 * i], pad[2 * i + 1]];
    const size = x.dims[at];
    if (mode === "reflect") {
      refuseIf(
        left >= size || right >= size,
        `Argument #${4 + 2 * i}: Padding size should be less than the corresponding input dimension, but got: ` +
          `padding (${left}, ${right}) at dimension ${at} of input ${list(x.dims)}`,
      );
    }
    if (mode === "circular") {
      refuseIf(left > size || right > size, "Padding value causes wrapping around more than once.");
    }
  }
  const dims = x.dims.map((size, at) => {
    const i = ndim - 1 - at;
    return i < count ? size + pad[2 * i] + pad[2 * i + 1] : size;
  });
  return { dims, dtype: x.dtype };
}

/** @param {number} dims @param {string} mode @returns {Rule} */
const rule = (dims, mode) => ({
  forward: ({ padding }, x) => {
    if (mode === "circular") {
      const fits = x.dims.length === dims + 1 || x.dims.length === dims + 2;
      const range = `expected ${dims + 1}D or ${dims + 2}D input (got ${x.dims.length}D input)`;
      refuseIf(!fits, range, "ValueError");
    }
    return padded(x, each(padding, 2 * dims), mode);
  },
});

const MODES = {
  ZeroPad: "constant",
  ConstantPad: "constant",
  ReflectionPad: "reflect",
  ReplicationPad: "replicate",
  CircularPad: "circular",
};

/** @type {Record<string, Rule>} */
export const PADS = Object.fromEntries(
  Object.entries(MODES).flatMap(([name, mode]) => [1, 2, 3].map((dims) => [`${name}${dims}d`, rule(dims, mode)])),
);
