// Shapes that the normalizations accept, in training mode. Pure.

import { each, floating, list, numel, refuse, refuseIf, tensor } from "./torch.js";

/** @import { Args, Rule, Tensor } from "./torch.js" */

/** @param {Args} args @param {number} channels @param {string[]} stats what is compared first */
function sized({ num_features, affine, bias, track_running_stats }, channels, stats) {
  if (channels === num_features) return;
  const has = { running_mean: track_running_stats, weight: affine, bias: affine && bias };
  const first = stats.find((name) => has[/** @type {keyof typeof has} */ (name)]);
  if (first) refuse("RuntimeError", `${first} should contain ${channels} elements not ${num_features}`);
}

/** @param {number} dims @returns {Rule} */
const batch = (dims) => ({
  derive: (_, x) => ({ num_features: x.dims[1] ?? 1 }),
  forward: (args, x) => {
    const n = x.dims.length;
    const fits = n === dims + 2 || (dims === 1 && n === 2);
    const expected = dims === 1 ? "2D or 3D" : `${dims + 2}D`;
    refuseIf(!fits, `expected ${expected} input (got ${n}D input)`, "ValueError");
    single(x.dims, `torch.Size(${list(x.dims)})`);
    sized(args, x.dims[1], ["running_mean", "weight", "bias"]);
    floating(x, "batch_norm");
    return x;
  },
});

/** @param {number[]} dims @param {string} shown */
function single(dims, shown) {
  const values = dims[0] * numel(dims.slice(2));
  refuseIf(
    values === 1,
    `Expected more than 1 value per channel when training, got input size ${shown}`,
    "ValueError",
  );
}

/** @param {number} dims @returns {Rule} */
const instance = (dims) => ({
  derive: (_, x) => ({ num_features: x.dims.at(-dims - 1) ?? 1 }),
  forward: (args, x) => {
    const n = x.dims.length;
    const fits = n === dims + 1 || n === dims + 2;
    refuseIf(!fits, `expected ${dims + 1}D or ${dims + 2}D input (got ${n}D input)`, "ValueError");
    const at = n - dims - 1;
    const match = `expected input's size at dim=${at} to match num_features (${args.num_features}), but got: ` +
      `${x.dims[at]}.`;
    refuseIf(args.affine && x.dims[at] !== args.num_features, match, "ValueError");
    const full = n === dims + 2 ? x.dims : [1, ...x.dims];
    const one = `Expected more than 1 spatial element when training, got input size torch.Size(${list(full)})`;
    refuseIf(numel(full.slice(2)) === 1, one, "ValueError");
    const [found, kept] = [full[0] * full[1], full[0] * args.num_features];
    const stats = `running_mean should contain ${found} elements not ${kept}`;
    refuseIf(args.track_running_stats && found !== kept, stats);
    floating(x, "batch_norm");
    return x;
  },
});

/** @param {Args} args @param {Tensor} x @param {string} star */
function tail({ normalized_shape }, x, star) {
  const shape = each(normalized_shape, 1);
  const matches = shape.every((size, i) => x.dims[x.dims.length - shape.length + i] === size);
  refuseIf(
    !matches,
    `Given normalized_shape=${list(shape)}, expected input with shape [*${star}${
      shape.join(", ")
    }], but got input of ` +
      `size${list(x.dims)}`,
  );
}

/** @type {Rule} */
export const layerNorm = {
  derive: (_, x) => ({ normalized_shape: x.dims.at(-1) ?? 1 }),
  forward: (args, x) => {
    const mixed = "mixed dtype (CPU): all inputs must share same datatype.";
    refuseIf(args.elementwise_affine && x.dtype !== "float32", mixed);
    tail(args, x, ", ");
    floating(x, "LayerNormKernelImpl");
    return x;
  },
};

/** @type {Rule} */
const rmsNorm = {
  derive: (_, x) => ({ normalized_shape: x.dims.at(-1) ?? 1 }),
  forward: (args, x) => {
    const count = each(args.normalized_shape, 1).length;
    const least = `Input tensor must have at least ${count} dimensions, but got ${x.dims.length}`;
    refuseIf(x.dims.length < count, least, "ValueError");
    tail(args, x, "");
    floating(x, "rms_norm");
    return x;
  },
};

/** @type {Rule} */
const group = {
  derive: (_, x) => ({ num_channels: x.dims[1] ?? 1 }),
  make: ({ num_channels, num_groups }) => {
    const sentence = `num_channels (${num_channels}) must be divisible by num_groups (${num_groups})`;
    refuseIf(num_channels % num_groups !== 0, sentence, "ValueError");
  },
  forward: ({ num_channels, num_groups, affine }, x) => {
    const [n, c, ...rest] = x.dims;
    refuseIf(x.dims.length < 2, `Expected at least 2 dimensions for input tensor but received ${x.dims.length}`);
    const grouped = [Math.floor((n * c) / num_groups), num_groups, ...rest];
    single(grouped, list(grouped));
    refuseIf(
      c % num_groups !== 0,
      `Expected number of channels in input to be divisible by num_groups, but got input of shape ${
        list(x.dims)
      } and num_groups=${num_groups}`,
    );
    refuseIf(
      affine && c !== num_channels,
      "Expected weight to be a vector of size equal to the number of channels in input, but got weight of shape " +
        `${list([num_channels])} and input of shape ${list(x.dims)}`,
    );
    refuseIf(affine && x.dtype !== "float32", "mixed dtype (CPU): all inputs must share same datatype.");
    floating(x, "GroupNormKernelImpl");
    return x;
  },
};

/** @type {Rule} */
const local = {
  forward: (_, x) => {
    const n = x.dims.length;
    refuseIf(
      n < 3,
      `Expected 3D or higher dimensionality                          input (got ${n} dimensions)`,
      "ValueError",
    );
    return tensor(x.dims);
  },
};

/** @type {Record<string, Rule>} */
export const NORMS = {
  BatchNorm1d: batch(1),
  BatchNorm2d: batch(2),
  BatchNorm3d: batch(3),
  InstanceNorm1d: instance(1),
  InstanceNorm2d: instance(2),
  InstanceNorm3d: instance(3),
  LayerNorm: layerNorm,
  RMSNorm: rmsNorm,
  GroupNorm: group,
  LocalResponseNorm: local,
};
