// Shapes of convolutions, transposed ones, and of sliding blocks. Pure.

import { padded } from "./pad.js";
import { each, floating, list, refuseIf, tensor, tuple, wrapped } from "./torch.js";

/** @import { Args, Rule, Tensor } from "./torch.js" */

/** Channels of an input that may lack the batch. @param {number} dims @returns {(args: Args, x: Tensor) => Args} */
const derive = (dims) => (_, x) => ({ in_channels: x.dims.at(-dims - 1) ?? 1 });

/** @param {Args} args */
function divisible({ in_channels, out_channels, groups }) {
  refuseIf(in_channels % groups !== 0, "in_channels must be divisible by groups", "ValueError");
  refuseIf(out_channels % groups !== 0, "out_channels must be divisible by groups", "ValueError");
}

/** @param {Tensor} x @param {number} dims @param {string} name */
function ranked(x, dims, name) {
  const n = x.dims.length;
  refuseIf(
    n !== dims + 1 && n !== dims + 2,
    `Expected ${dims + 1}D (unbatched) or ${dims + 2}D (batched) input to ${name}, but got input of size: ${
      list(x.dims)
    }`,
  );
}

/** What "same" adds on both sides of each dimension. @param {number[]} kernel @param {number[]} dilation */
const same = (kernel, dilation) =>
  kernel.map((size, i) => {
    const total = dilation[i] * (size - 1);
    const left = Math.floor(total / 2);
    return [left, total - left];
  });

/** @param {number} dims @returns {Rule} */
const conv = (dims) => ({
  derive: derive(dims),
  make: (args) => {
    divisible(args);
    const strided = each(args.stride, dims).some((step) => step !== 1);
    const sentence = "padding='same' is not supported for strided convolutions";
    refuseIf(args.padding === "same" && strided, sentence, "ValueError");
  },
  forward: (args, x) => {
    const [kernel, stride, dilation] = [args.kernel_size, args.stride, args.dilation].map((each_) => each(each_, dims));
    const words = typeof args.padding === "string";
    const sides = args.padding === "same"
      ? same(kernel, dilation)
      : each(args.padding === "valid" ? 0 : args.padding, dims).map((size) => [size, size]);
    if (args.padding_mode !== "zeros") {
      const inside = padded(x, sides.toReversed().flat(), args.padding_mode);
      return convolve(args, inside, kernel, stride, dilation, sides.map(() => [0, 0]), dims, words);
    }
    return convolve(args, x, kernel, stride, dilation, sides, dims, words);
  },
});

/**
 * @param {Args} args @param {Tensor} x @param {number[]} kernel @param {number[]} stride @param {number[]} dilation
 * @param {number[][]} sides @param {number} dims @param {boolean} plain
 */
function convolve(args, x, kernel, stride, dilation, sides, dims, plain) {
  if (args.bias && !plain) {
    refuseIf(x.dtype !== "float32", "Input type (long int) and bias type (float) should be the same");
  }
  ranked(x, dims, `conv${dims}d`);
  const batch = x.dims.length === dims + 2 ? x.dims : [1, ...x.dims];
  const weight = [args.out_channels, args.in_channels / args.groups, ...kernel];
  const uneven = batch.map((size, i) => i < 2 ? size : size + sides[i - 2][1] - sides[i - 2][0]); // torch pads those first
  refuseIf(
    batch[1] !== args.in_channels,
    `Given groups=${args.groups}, weight of size ${list(weight)}, expected input${list(uneven)} to have ` +
      `${args.in_channels} channels, but got ${batch[1]} channels instead`,
  );
  const spans = kernel.map((size, i) => dilation[i] * (size - 1) + 1);
  const inside = batch.slice(2).map((size, i) => size + sides[i][0] + sides[i][1]);
  refuseIf(
    inside.some((size, i) => size < spans[i]),
    `Calculated padded input size per channel: (${inside.join(" x ")}). Kernel size: (${spans.join(" x ")}). ` +
      "Kernel size can't be greater than actual input size",
  );
  refuseIf(x.dtype !== "float32", "expected scalar type Long but found Float");
  const sizes = inside.map((size, i) => Math.floor((size - spans[i]) / stride[i]) + 1);
  return tensor([...x.dims.slice(0, -dims - 1), args.out_channels, ...sizes]);
}

const AXES = ["depth", "height", "width"];

/** @param {string} name @param {number[]} values */
function named(name, values) {
  const axes = AXES.slice(-values.length);
  return values.map((value, i) => `${name}_${axes[i]}: ${value}`).join(" ");
}

/** @param {number} dims @returns {Rule} */
const transposed = (dims) => ({
  derive: derive(dims),
  make: (args) => {
    const only = `Only "zeros" padding mode is supported for ConvTranspose${dims}d`;
    refuseIf(args.padding_mode !== "zeros", only, "ValueError");
    divisible(args);
  },
  forward: (args, x) => {
    const [kernel, stride, padding, extra, dilation] = [
      args.kernel_size,
      args.stride,
      args.padding,
      args.output_padding,
      args.dilation,
    ].map((value) => each(value, dims));
    ranked(x, dims, `conv_transpose${dims}d`);
    const batch = x.dims.length === dims + 2 ? x.dims : [1, ...x.dims];
    const weight = [args.in_channels, args.out_channels / args.groups, ...kernel];
    refuseIf(
      batch[1] !== args.in_channels,
      `Given transposed=1, weight of size ${list(weight)}, expected input${list(batch)} to have ` +
        `${args.in_channels} channels, but got ${batch[1]} channels instead`,
    );
    const flat = dims === 1;
    const [outer, steps, holes] = [flat ? [0, ...extra] : extra, flat ? [1, ...stride] : stride, [
      ...(flat ? [1] : []),
      ...dilation,
    ]];
    const sizes = batch.slice(2).map((size, i) =>
      (size - 1) * stride[i] - 2 * padding[i] + dilation[i] * (kernel[i] - 1) + extra[i] + 1
    );
    refuseIf(
      outer.some((size, i) => size >= steps[i] && size >= holes[i]),
      `output padding must be smaller than either stride or dilation, but got ${named("output_padding", outer)} ${
        named("stride", steps)
      } ${named("dilation", holes)}`,
    );
    const one = flat ? [1] : [];
    refuseIf(
      sizes.some((size) => size < 1),
      `Given input size per channel: (${[...one, ...batch.slice(2)].join(" x ")}). Calculated output size per ` +
        `channel: (${[...one, ...sizes].join(" x ")}). Output size is too small`,
    );
    refuseIf(x.dtype !== "float32", "expected scalar type Long but found Float");
    return tensor([...x.dims.slice(0, -dims - 1), args.out_channels, ...sizes]);
  },
});

/** @param {Args} args */
const window = (args) => [args.kernel_size, args.dilation, args.padding, args.stride].map((value) => each(value, 2));

/** How many blocks fit in each dimension. @param {number[]} size @param {Args} args */
function blocks(size, args) {
  const [kernel, dilation, padding, stride] = window(args);
  return size.map((length, i) =>
    Math.floor((length + 2 * padding[i] - dilation[i] * (kernel[i] - 1) - 1) / stride[i]) + 1
  );
}

/** @type {Rule} */
const unfold = {
  forward: (args, x) => {
    const [kernel, dilation, padding] = window(args);
    const n = x.dims.length;
    if (n < 3) wrapped(2, n);
    const good = (n === 3 || n === 4) && x.dims.slice(n - 3).every((size) => size > 0);
    refuseIf(
      !good,
      "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, " +
        `but got: ${list(x.dims)}`,
    );
    const spatial = x.dims.slice(-2);
    const found = blocks(spatial, args);
    refuseIf(
      found.some((count) => count < 1),
      `Given input with spatial size ${tuple(spatial)}, kernel_size=${tuple(kernel)}, dilation=${tuple(dilation)}, ` +
        `padding=${tuple(padding)}, calculated shape of the array of sliding blocks as ${tuple(found)}, ` +
        "but its components must be at least one.",
    );
    floating(x, "im2col_out_cpu");
    const channels = x.dims[n - 3] * kernel[0] * kernel[1];
    return tensor([...x.dims.slice(0, n - 3), channels, found[0] * found[1]]);
  },
};

/** @type {Rule} */
const fold = {
  forward: (args, x) => {
    const [kernel, dilation, padding, stride] = window(args);
    const size = each(args.output_size, 2);
    const n = x.dims.length;
    refuseIf(
      n !== 2 && n !== 3,
      `Input Error: Only unbatched (2D) or batched (3D) input Tensors supported (got ${n}D)`,
    );
    const [channels, length] = x.dims.slice(-2);
    refuseIf(
      channels % (kernel[0] * kernel[1]) !== 0,
      `Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got ` +
        `input.size(1)=${channels} and kernel_size=${tuple(kernel)}.`,
    );
    const found = blocks(size, args);
    const given = `Given output_size=${tuple(size)}, kernel_size=${tuple(kernel)}, dilation=${tuple(dilation)}, ` +
      `padding=${tuple(padding)}, stride=${tuple(stride)}, `;
    refuseIf(
      length !== found[0] * found[1],
      `${given}expected size of input's dimension 2 to match the calculated number of sliding blocks ${
        found.join(" * ")
      } = ${found[0] * found[1]}, but got input.size(2)=${length}.`,
    );
    refuseIf(
      found.some((count) => count < 1),
      `${given}calculated shape of the array of sliding blocks as ${tuple(found)}, which is too small (non-positive)`,
    );
    floating(x, "col2im_out_cpu");
    return tensor([...x.dims.slice(0, n - 2), channels / (kernel[0] * kernel[1]), ...size]);
  },
};

/** @type {Record<string, Rule>} */
export const CONVOLUTIONS = {
  Conv1d: conv(1),
  Conv2d: conv(2),
  Conv3d: conv(3),
  ConvTranspose1d: transposed(1),
  ConvTranspose2d: transposed(2),
  ConvTranspose3d: transposed(3),
  Fold: fold,
  Unfold: unfold,
};
