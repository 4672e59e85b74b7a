// How many numbers a layer learns, and how many multiplications with addition (MACs) its forward pass takes. Pure.

import { each, numel } from "./rules/torch.js";

/**
 * @import { Args, Tensor } from "./rules/torch.js"
 * @typedef {(args: Args) => number[][]} Shapes of a layer's parameters, weights and biases
 */

/** @param {string} name */
const dimsOf = (name) => Number(/(\d)d$/.exec(name)?.[1] ?? 0);

/** @param {boolean} has @param {number[]} shape */
const when = (has, shape) => has ? [shape] : [];

/** @type {(name: string) => Shapes} */
const conv = (name) => ({ in_channels, out_channels, kernel_size, groups, bias }) => {
  const kernel = each(kernel_size, dimsOf(name));
  const weight = name.startsWith("ConvTranspose")
    ? [in_channels, out_channels / groups, ...kernel]
    : [out_channels, in_channels / groups, ...kernel];
  return [weight, ...when(bias, [out_channels])];
};

/** @type {Shapes} */
const features = ({ num_features, affine, bias }) => affine ? [[num_features], ...when(bias, [num_features])] : [];

/** @type {(gates: number) => Shapes} */
const recurrent = (gates) => (args) => {
  const { input_size, hidden_size, num_layers, bias, bidirectional, proj_size = 0 } = args;
  const out = proj_size || hidden_size;
  const ways = bidirectional ? 2 : 1;
  return Array.from({ length: num_layers * ways }, (_, at) => [
    [gates * hidden_size, at < ways ? input_size : out * ways],
    [gates * hidden_size, out],
    ...when(bias, [gates * hidden_size]),
    ...when(bias, [gates * hidden_size]),
    ...when(proj_size > 0, [proj_size, hidden_size]),
  ]).flat();
};

/** @type {Shapes} */
const attention = ({ embed_dim: e, bias, add_bias_kv }) => [
  [3 * e, e],
  ...when(bias, [3 * e]),
  [e, e],
  ...when(bias, [e]),
  ...when(add_bias_kv, [1, 1, e]),
  ...when(add_bias_kv, [1, 1, e]),
];

/** @param {number} attentions @param {number} norms @returns {Shapes} */
const transformer = (attentions, norms) => ({ d_model: d, dim_feedforward: f, bias, num_layers = 1 }) => {
  const norm = [[d], ...when(bias, [d])];
  const layer = [
    ...Array(attentions).fill(attention({ embed_dim: d, bias, add_bias_kv: false })).flat(),
    ...[[f, d], ...when(bias, [f]), [d, f], ...when(bias, [d])],
    ...Array(norms).fill(norm).flat(),
  ];
  return Array(num_layers).fill(layer).flat();
};

/** @type {Record<string, Shapes>} */
const PARAMETERS = {
  Linear: ({ in_features, out_features, bias }) => [[out_features, in_features], ...when(bias, [out_features])],
  ...Object.fromEntries(
    ["Conv", "ConvTranspose"].flatMap((stem) => [1, 2, 3].map((n) => [`${stem}${n}d`, conv(`${stem}${n}d`)])),
  ),
  ...Object.fromEntries(
    ["BatchNorm", "InstanceNorm"].flatMap((stem) => [1, 2, 3].map((n) => [`${stem}${n}d`, features])),
  ),
  GroupNorm: ({ num_channels, affine, bias }) => features({ num_features: num_channels, affine, bias }),
  LayerNorm: ({ normalized_shape, elementwise_affine, bias }) =>
    elementwise_affine ? [each(normalized_shape, 1), ...when(bias, each(normalized_shape, 1))] : [],
  RMSNorm: ({ normalized_shape, elementwise_affine }) => when(elementwise_affine, each(normalized_shape, 1)),
  PReLU: ({ num_parameters }) => [[num_parameters]],
  Embedding: ({ num_embeddings, embedding_dim }) => [[num_embeddings, embedding_dim]],
  EmbeddingBag: ({ num_embeddings, embedding_dim }) => [[num_embeddings, embedding_dim]],
  position: ({ max_len, embedding_dim }) => [[max_len, embedding_dim]],
  RNN: recurrent(1),
  GRU: recurrent(3),
  LSTM: recurrent(4),
  MultiheadAttention: attention,
  TransformerEncoderLayer: transformer(1, 2),
  TransformerEncoder: transformer(1, 2),
  TransformerDecoderLayer: transformer(2, 3),
};

/**
 * Shapes of a layer's parameters.
 * @param {string} name @param {Args} args complete ones
 */
export const parameterShapes = (name, args) => Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name](args) : [];

/** @param {string} name @param {Args} args complete ones */
export const parameters = (name, args) => parameterShapes(name, args).reduce((sum, shape) => sum + numel(shape), 0);

/** Attention over sequences: the four projections, then scores and their sum. @param {Tensor} x @param {Args} args @param {number} width */
function attended(x, args, width) {
  const batched = x.dims.length === 3;
  const batch = batched ? x.dims[args.batch_first ? 0 : 1] : 1;
  const length = batched ? x.dims[args.batch_first ? 1 : 0] : x.dims[0];
  const keys = length + (args.add_bias_kv ? 1 : 0) + (args.add_zero_attn ? 1 : 0);
  return batch * (4 * length * width * width + 2 * length * keys * width);
}

/**
 * MACs of one forward pass of a layer. Biases, norms, activations and pooling count nothing, as in torch's FlopCounterMode;
 * recurrent layers, for which it says 0, are counted here.
 * @param {string} name @param {Args} args complete ones @param {Tensor} x @param {Tensor} y
 */
export function macs(name, args, x, y) {
  if (name === "Linear") return numel(y.dims) * args.in_features;
  const weight = parameterShapes(name, args)[0];
  if (name.startsWith("ConvTranspose")) return numel(x.dims) * numel(weight.slice(1));
  if (/^Conv\dd$/.test(name)) return numel(y.dims) * numel(weight.slice(1));
  if (name === "RNN" || name === "GRU" || name === "LSTM") {
    const matrices = parameterShapes(name, args).filter((shape) => shape.length === 2);
    const steps = numel(x.dims.slice(0, -1));
    return steps * matrices.reduce((sum, shape) => sum + numel(shape), 0);
  }
  if (name === "MultiheadAttention") return attended(x, args, args.embed_dim);
  if (name.startsWith("Transformer")) {
    const width = args.d_model;
    const tokens = numel(x.dims.slice(0, -1));
    const count = name === "TransformerDecoderLayer" ? 2 : 1;
    const layer = count * attended(x, args, width) + 2 * tokens * width * args.dim_feedforward;
    return (args.num_layers ?? 1) * layer;
  }
  return 0;
}
