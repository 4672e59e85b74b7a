// Layers that rearrange or resize a tensor. Pure.

import { each, float, floating, list, numel, refuse, refuseIf, tensor, tuple, wrapped } from "./torch.js";

/** @import { Args, Rule, Tensor } from "./torch.js" */

/** @type {Rule} */
const flatten = {
  forward: ({ start_dim, end_dim }, x) => {
    const n = x.dims.length;
    const [from, to] = [wrapped(start_dim, n), wrapped(end_dim, n)];
    refuseIf(from > to, "flatten() has invalid args: start_dim cannot come after end_dim");
    if (n === 0) return tensor([1], x.dtype);
    return tensor([...x.dims.slice(0, from), numel(x.dims.slice(from, to + 1)), ...x.dims.slice(to + 1)], x.dtype);
  },
};

/** @type {Rule} */
const unflatten = {
  forward: ({ dim, unflattened_size: sizes }, x) => {
    refuseIf(sizes.length === 0, "unflatten: sizes must be non-empty");
    const at = wrapped(dim, x.dims.length);
    const open = sizes.filter((/** @type {number} */ size) => size === -1).length;
    refuseIf(open > 1, "unflatten got an unexpected error:\nonly one dimension can be inferred");
    const known = numel(sizes.filter((/** @type {number} */ size) => size !== -1));
    const whole = x.dims[at];
    const fits = open ? known > 0 && whole % known === 0 : known === whole;
    refuseIf(
      !fits,
      `unflatten: Provided sizes ${
        list(sizes)
      } don't multiply up to the size of dim ${at} (${whole}) in the input tensor`,
    );
    const made = sizes.map((/** @type {number} */ size) => size === -1 ? whole / known : size);
    return tensor([...x.dims.slice(0, at), ...made, ...x.dims.slice(at + 1)], x.dtype);
  },
};

/** @param {Tensor} x @param {string} name */
function deep(x, name) {
  const n = x.dims.length;
  refuseIf(n < 3, `${name} expects input to have at least 3 dimensions, but got input with ${n} dimension(s)`);
}

/** @type {Rule} */
const pixelShuffle = {
  forward: ({ upscale_factor: r }, x) => {
    deep(x, "pixel_shuffle");
    const [c, h, w] = x.dims.slice(-3);
    refuseIf(
      c % (r * r) !== 0,
      "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but " +
        `input.size(-3)=${c} is not divisible by ${r * r}`,
    );
    return tensor([...x.dims.slice(0, -3), c / (r * r), h * r, w * r], x.dtype);
  },
};

/** @type {Rule} */
const pixelUnshuffle = {
  forward: ({ downscale_factor: r }, x) => {
    deep(x, "pixel_unshuffle");
    const [c, h, w] = x.dims.slice(-3);
    const not = (/** @type {string} */ side, /** @type {number} */ at, /** @type {number} */ size) =>
      `pixel_unshuffle expects ${side} to be divisible by downscale_factor, but input.size(${at})=${size} is not ` +
      `divisible by ${r}`;
    refuseIf(h % r !== 0, not("height", -2, h));
    refuseIf(w % r !== 0, not("width", -1, w));
    return tensor([...x.dims.slice(0, -3), c * r * r, h / r, w / r], x.dtype);
  },
};

/** @type {Rule} */
const channelShuffle = {
  forward: ({ groups }, x) => {
    const few = `channel_shuffle expects input with > 2 dims, but got input with sizes ${list(x.dims)}`;
    refuseIf(x.dims.length < 3, few);
    const c = x.dims[1];
    refuseIf(
      c % groups !== 0,
      `Number of channels must be divisible by groups. Got ${c} channels and ${groups} groups.`,
    );
    return x;
  },
};

/** @type {Record<string, number>} what each mode asks for */
const RANK = { linear: 3, bilinear: 4, bicubic: 4, trilinear: 5 };
const ALL = "nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact";
const PLEASE = "Please provide input tensor in (N, C, d1, d2, ...,dK) format and";

/** @param {Args} args @param {Tensor} x @returns {number[]} */
function wanted({ size, scale_factor }, x) {
  const spatial = x.dims.slice(2);
  if (size !== null && size !== undefined) {
    if (!Array.isArray(size)) return each(size, spatial.length);
    refuseIf(
      size.length !== spatial.length,
      `Input and output must have the same number of spatial dimensions, but got input with spatial dimensions of ${
        list(spatial)
      } and output size of ${tuple(size)}. ${PLEASE} output size in (o1, o2, ...,oK) format.`,
      "ValueError",
    );
    return size;
  }
  if (scale_factor === null || scale_factor === undefined) {
    refuse("ValueError", "either size or scale_factor should be defined");
  }
  if (Array.isArray(scale_factor)) {
    refuseIf(
      scale_factor.length !== spatial.length,
      "Input and scale_factor must have the same number of spatial dimensions, but got input with spatial dimensions " +
        `of ${list(spatial)} and scale_factor of shape ${tuple(scale_factor.map(float))}. ${PLEASE} scale_factor in ` +
        "(s1, s2, ...,sK) format.",
      "ValueError",
    );
  }
  return each(scale_factor, spatial.length).map((factor, i) => Math.floor(spatial[i] * factor));
}

/** @param {number[]} spatial @param {number[]} made */
function sizesPositive(spatial, made) {
  if (spatial.every((size) => size > 0) && made.every((size) => size > 0)) return;
  const names = ["D", "H", "W"].slice(-spatial.length);
  const show = (/** @type {number[]} */ sizes) => `(${sizes.map((size, i) => `${names[i]}: ${size}`).join(", ")})`;
  const and = spatial.length === 1 ? " and" : "";
  refuse(
    "RuntimeError",
    `Input and output sizes should be greater than 0, but got input ${show(spatial)}${and} output ${show(made)}`,
  );
}

/** @type {Rule} */
const upsample = {
  forward: (args, x) => {
    const { mode, align_corners } = args;
    const n = x.dims.length;
    const near = mode === "nearest" || mode === "nearest-exact";
    const modes =
      "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear";
    refuseIf(near && align_corners !== null && align_corners !== undefined, modes, "ValueError");
    const both = args.size !== null && args.size !== undefined && args.scale_factor !== null &&
      args.scale_factor !== undefined;
    refuseIf(both, "only one of size or scale_factor should be defined", "ValueError");
    const made = wanted(args, x);
    if (n < 3 || n > 5 || (mode === "bicubic" && n !== 4)) {
      refuse(
        "NotImplementedError",
        `Input Error: Only 3D, 4D and 5D input Tensors supported (got ${n}D) for the modes: ${ALL} (got ${mode})`,
      );
    }
    if (!near && RANK[mode] !== n) {
      const needs = `Got ${n}D input, but ${mode} mode needs ${RANK[mode]}D input`;
      refuse("NotImplementedError", needs);
    }
    sizesPositive(x.dims.slice(2), made);
    floating(x, `compute_indices_weights_${near ? "nearest" : "linear"}`);
    return tensor([...x.dims.slice(0, 2), ...made], x.dtype);
  },
};

/** @param {string} mode @param {boolean | null} align_corners @returns {Rule} */
const upsampling = (mode, align_corners) => ({
  forward: (args, x) => upsample.forward({ ...args, mode, align_corners }, x),
});

/** @type {Rule} */
const linear = {
  derive: (_, x) => ({ in_features: x.dims.at(-1) ?? 1 }),
  forward: ({ in_features, out_features, bias }, x) => {
    const n = x.dims.length;
    const rows = numel(x.dims.slice(0, -1));
    const size = x.dims.at(-1) ?? 1;
    if (n === 0) refuse("RuntimeError", `both arguments to linear need to be at least 1D, but they are 0D and 2D`);
    const mixed = "mat1 and mat2 must have the same dtype, but got Long and Float";
    refuseIf(bias && x.dtype !== "float32", mixed);
    refuseIf(
      size !== in_features,
      `mat1 and mat2 shapes cannot be multiplied (${rows}x${size} and ${in_features}x${out_features})`,
    );
    refuseIf(x.dtype !== "float32", "expected m1 and m2 to have the same dtype, but got: long int != float");
    return tensor([...x.dims.slice(0, -1), out_features]);
  },
};

/** @type {Record<string, Rule>} */
export const FORMS = {
  Linear: linear,
  Flatten: flatten,
  Unflatten: unflatten,
  PixelShuffle: pixelShuffle,
  PixelUnshuffle: pixelUnshuffle,
  ChannelShuffle: channelShuffle,
  Upsample: upsample,
  UpsamplingNearest2d: upsampling("nearest", null),
  UpsamplingBilinear2d: upsampling("bilinear", true),
};
