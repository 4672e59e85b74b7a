// Shapes of pooling. Pure.

import { each, floating, list, refuse, refuseIf, tensor, wrapped } from "./torch.js";

/** @import { Args, Rule, Tensor } from "./torch.js" */

/**
 * torch's pooling_output_shape: with `ceil`, a window that would begin in the right padding is left out.
 * @param {number} size @param {number} kernel @param {number} pad @param {number} stride @param {number} dilation
 * @param {boolean} ceil
 */
function pooled(size, kernel, pad, stride, dilation, ceil) {
  const room = size + 2 * pad - dilation * (kernel - 1) - 1 + (ceil ? stride - 1 : 0);
  const count = Math.floor(room / stride) + 1;
  return ceil && (count - 1) * stride >= size + pad ? count - 1 : count;
}

/** @param {Args} args @param {number} dims */
function windows(args, dims) {
  const kernel = each(args.kernel_size, dims);
  const stride = args.stride === null || args.stride === undefined ? kernel : each(args.stride, dims);
  return { kernel, stride, pad: each(args.padding ?? 0, dims), dilation: each(args.dilation ?? 1, dims) };
}

/** @param {Tensor} x @param {Args} args @param {number} dims */
function sizes(x, args, dims) {
  const { kernel, stride, pad, dilation } = windows(args, dims);
  return x.dims.slice(-dims).map((size, i) => pooled(size, kernel[i], pad[i], stride[i], dilation[i], args.ceil_mode));
}

/** @param {Args} args @param {number} dims */
function halved(args, dims) {
  const { kernel, pad, dilation } = windows(args, dims);
  for (let i = 0; i < dims; i++) {
    refuseIf(
      pad[i] > Math.floor(((kernel[i] - 1) * dilation[i] + 1) / 2),
      `pad should be at most half of effective kernel size, but got pad=${pad[i]}, kernel_size=${kernel[i]} and ` +
        `dilation=${dilation[i]}`,
    );
  }
}

/** @param {Tensor} x @param {number[]} made @param {number} dims @param {number[]} [lead] */
function positive(x, made, dims, lead = [x.dims.at(-dims - 1) ?? 1]) {
  refuseIf(
    made.some((size) => size < 1),
    `Given input size: (${[...lead, ...x.dims.slice(-dims)].join("x")}). Calculated output size: (${
      [...lead, ...made].join("x")
    }). Output size is too small`,
  );
}

/** @param {Tensor} x @param {string} name */
function oneDimensional(x, name) {
  const n = x.dims.length;
  refuseIf(
    n !== 2 && n !== 3,
    `Expected 2 to 3 dimensions, but got ${n}-dimensional tensor for argument #1 'self' (while checking arguments ` +
      `for ${name})`,
  );
}

/** @param {number[]} kernel @param {number[]} pad */
function half(kernel, pad) {
  const names = kernel.length === 2 ? ["H", "W"] : ["T", "H", "W"];
  if (!pad.some((size, i) => size > Math.floor(kernel[i] / 2))) return;
  const by = Object.fromEntries(names.map((name, i) => [name, [kernel[i], pad[i]]]));
  const text = kernel.length === 2
    ? `padW = ${by.W[1]}, padH = ${by.H[1]}, kW = ${by.W[0]}, kH = ${by.H[0]}`
    : `kT: ${by.T[0]} kW: ${by.W[0]} kH: ${by.H[0]} padT: ${by.T[1]} padW: ${by.W[1]} padH: ${by.H[1]}`;
  refuse("RuntimeError", `pad should be smaller than or equal to half of kernel size, but got ${text}`);
}

/** @type {Rule} */
const max1d = {
  forward: (args, x) => {
    const n = x.dims.length;
    const expected =
      "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:";
    refuseIf(n !== 2 && n !== 3, expected + list(x.dims));
    const { kernel, pad } = windows(args, 1);
    refuseIf(
      pad[0] > Math.floor(kernel[0] / 2),
      `max_pool1d() padding should be at most half of kernel size, but got padding=${pad[0]} and ` +
        `kernel_size=${kernel[0]}`,
    );
    const [made] = sizes(x, args, 1);
    refuseIf(made < 1, `max_pool1d() Invalid computed output size: ${made}`);
    floating(x, "max_pool1d_impl");
    return tensor([...x.dims.slice(0, -1), made]);
  },
};

/** @param {number} dims @returns {Rule} */
const max = (dims) => ({
  forward: (args, x) => {
    const n = x.dims.length;
    const fits = n === dims + 1 || n === dims + 2;
    refuseIf(!fits, `non-empty ${dims + 1}D or ${dims + 2}D (batch mode) tensor expected for input`);
    halved(args, dims);
    const { kernel, pad } = windows(args, dims);
    const made = sizes(x, args, dims);
    half(kernel, pad);
    positive(x, made, dims);
    return tensor([...x.dims.slice(0, -dims), ...made], x.dtype);
  },
});

/** @param {Args} args @param {Tensor} x @returns {Tensor} */
function average1d(args, x) {
  oneDimensional(x, "avg_pool1d");
  halved(args, 1);
  const made = sizes(x, args, 1);
  positive({ dims: [...x.dims.slice(0, -1), 1, x.dims.at(-1) ?? 1], dtype: x.dtype }, [1, ...made], 2);
  return tensor([...x.dims.slice(0, -1), ...made], x.dtype);
}

/** @param {Args} args @param {Tensor} x @returns {Tensor} */
function average2d(args, x) {
  if (x.dims.length < 3) wrapped(-3, x.dims.length);
  halved(args, 2);
  const made = sizes(x, args, 2);
  refuseIf(
    x.dims.length > 4,
    `Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:${list(x.dims)}`,
  );
  half(windows(args, 2).kernel, windows(args, 2).pad);
  positive(x, made, 2);
  return tensor([...x.dims.slice(0, -2), ...made], x.dtype);
}

/** @param {Args} args @param {Tensor} x @returns {Tensor} */
function average3d(args, x) {
  const n = x.dims.length;
  refuseIf(n !== 4 && n !== 5, "non-empty 4D or 5D (batch mode) tensor expected for input");
  halved(args, 3);
  const { kernel, pad } = windows(args, 3);
  half(kernel, pad);
  const [t, h, w] = x.dims.slice(-3);
  refuseIf(
    t < kernel[0] || h < kernel[1] || w < kernel[2],
    `input image (T: ${t} H: ${h} W: ${w}) smaller than kernel size (kT: ${kernel[0]} kH: ${kernel[1]} kW: ${
      kernel[2]
    })`,
  );
  const made = sizes(x, args, 3);
  positive(x, made, 3);
  return tensor([...x.dims.slice(0, -3), ...made], x.dtype);
}

const AVERAGES = [average1d, average2d, average3d];

/** @param {number} dims @returns {Rule} */
const power = (dims) => ({
  forward: (args, x) => {
    const made = AVERAGES[dims - 1]({ ...args, padding: 0 }, tensor(x.dims));
    const tupled = dims === 1 && Array.isArray(args.kernel_size);
    refuseIf(tupled, "mul(): argument 'other' (position 1) must be Tensor, not tuple", "TypeError");
    return made;
  },
});

/**
 * A size of None keeps the input's; in one dimension, and for the whole tuple, torch does not take it.
 * @param {number} dims @param {"avg" | "max"} kind
 * @returns {Rule}
 */
const adaptive = (dims, kind) => ({
  forward: ({ output_size }, x) => {
    const name = `adaptive_${kind}_pool${dims}d`;
    const n = x.dims.length;
    if (dims === 1) {
      const must = `${name}(): argument 'output_size' (position 2) must be tuple of ints, `;
      const inside = Array.isArray(output_size) && output_size.includes(null);
      refuseIf(output_size === null, `${must}not NoneType`, "TypeError");
      refuseIf(inside, `${must}but found element of type NoneType at pos 0`, "TypeError");
      oneDimensional(x, name);
    } else {
      refuseIf(output_size === null, "object of type 'NoneType' has no len()", "TypeError");
      const short = Array.isArray(output_size) && n <= output_size.length;
      refuseIf(short, `Input dimension should be at least ${dims + 1}`, "ValueError");
      const mean = kind === "avg" && each(output_size, dims).every((size) => size === 1);
      if (mean) return averaged(x, dims);
      const colon = kind === "max" ? ":" : "";
      const expected = `${name}(): Expected ${dims + 1}D or ${dims + 2}D tensor, but got${colon} ${list(x.dims)}`;
      refuseIf(n !== dims + 1 && n !== dims + 2, expected);
    }
    const wanted = each(output_size, dims).map((size, i) => size ?? x.dims[n - dims + i]);
    if (kind === "avg" && wanted.every((size) => size === 1)) return averaged(x, dims);
    floating(x, dims === 3 ? `adaptive_${kind}_pool3d_cpu` : `adaptive_${kind}_pool2d`);
    return tensor([...x.dims.slice(0, -dims), ...wanted]);
  },
});

/** Where one number is wanted torch takes the mean, of any tensor that has these dimensions. @param {Tensor} x @param {number} dims */
function averaged(x, dims) {
  if (x.dims.length < dims) wrapped(-dims, x.dims.length);
  refuseIf(
    x.dtype !== "float32",
    "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: Long",
  );
  return tensor([...x.dims.slice(0, -dims), ...Array(dims).fill(1)]);
}

/** @type {Record<string, Rule>} */
export const POOLS = {
  MaxPool1d: max1d,
  MaxPool2d: max(2),
  MaxPool3d: max(3),
  AvgPool1d: { forward: average1d },
  AvgPool2d: { forward: average2d },
  AvgPool3d: { forward: average3d },
  LPPool1d: power(1),
  LPPool2d: power(2),
  LPPool3d: power(3),
  AdaptiveAvgPool1d: adaptive(1, "avg"),
  AdaptiveAvgPool2d: adaptive(2, "avg"),
  AdaptiveAvgPool3d: adaptive(3, "avg"),
  AdaptiveMaxPool1d: adaptive(1, "max"),
  AdaptiveMaxPool2d: adaptive(2, "max"),
  AdaptiveMaxPool3d: adaptive(3, "max"),
};
