// Programs to begin with. A link to one is a clone of it. Pure.

/** @import { Block, Choice, Definition, Program } from "./tree.js" */

/**
 * @param {Choice} data @param {Block[]} net
 * @param {Partial<Program>} [more] @returns {Program}
 */
const program = (data, net, more = {}) => ({
  v: 1,
  data,
  net,
  defs: {},
  init: [],
  loss: ["CrossEntropyLoss"],
  opt: ["AdamW", { lr: 0.003 }],
  sched: null,
  run: { epochs: 10 },
  ...more,
});

/** @param {number | string} out @param {Record<string, any>} [more] @returns {Block} */
const conv = (out, more = {}) => ["Conv2d", { out_channels: out, kernel_size: 3, padding: 1, ...more }];

/** @param {number | string} out @returns {Block} */
const linear = (out) => ["Linear", { out_features: out }];

/** @param {number} size @returns {Block} */
const pool = (size) => ["MaxPool2d", { kernel_size: size }];

/** @type {Block} */
const RELU = ["ReLU"];
/** @type {Block} */
const NORM = ["BatchNorm2d"];
/** @type {Block[]} */
const HEAD = [["AdaptiveAvgPool2d", { output_size: 1 }], ["Flatten"], linear(10)];
/** @type {[string, Choice][]} */
const KAIMING = [["Conv2d", ["kaiming_normal_", { mode: "fan_out", nonlinearity: "relu" }]]];
/** @type {Partial<Program>} */
const CYCLE = { opt: ["AdamW", { lr: 0.001 }], sched: ["OneCycleLR", { max_lr: 0.01 }], run: { epochs: 5 } };

/** @type {Definition} two convolutions beside the identity */
const RESIDUAL = {
  params: { c: 16 },
  net: [["add", [conv("$c", { bias: false }), NORM, RELU, conv("$c", { bias: false }), NORM], []], RELU],
};

/** @type {Definition} the same, with half the resolution */
const DOWN = {
  params: { c: 32 },
  net: [
    [
      "add",
      [conv("$c", { stride: 2, bias: false }), NORM, RELU, conv("$c", { bias: false }), NORM],
      [["Conv2d", { out_channels: "$c", kernel_size: 1, stride: 2, bias: false }], NORM],
    ],
    RELU,
  ],
};

/** @type {Definition} */
const DOUBLE = {
  params: { c: 16 },
  net: [conv("$c", { bias: false }), NORM, RELU, conv("$c", { bias: false }), NORM, RELU],
};

/** @type {Record<string, Program>} pictures */
const PICTURES = {
  lenet: program(["digits"], [
    ["Conv2d", { out_channels: 6, kernel_size: 5, padding: 2 }],
    ["Tanh"],
    ["AvgPool2d", { kernel_size: 2 }],
    ["Conv2d", { out_channels: 16, kernel_size: 3 }],
    ["Tanh"],
    ["Flatten"],
    linear(120),
    ["Tanh"],
    linear(84),
    ["Tanh"],
    linear(10),
  ], { init: [["*", ["xavier_uniform_", { gain: 1.6666666666666667 }]]] }),
  alexnet: program(["shapes", { task: "class" }], [
    conv(16),
    RELU,
    pool(2),
    conv(32),
    RELU,
    pool(2),
    conv(48),
    RELU,
    conv(32),
    RELU,
    pool(2),
    ["Flatten"],
    ["Dropout", { p: 0.2 }],
    linear(64),
    RELU,
    ["Dropout", { p: 0.2 }],
    linear(2),
  ], {
    opt: ["SGD", { lr: 0.1, momentum: 0.9, weight_decay: 0.0005 }],
    sched: ["CosineAnnealingLR", { T_max: 8 }],
    init: KAIMING,
    run: { epochs: 8 },
  }),
  resnet8: program(["digits"], [
    conv(16, { bias: false }),
    NORM,
    RELU,
    ["use", "Residual"],
    ["use", "Down", { c: 32 }],
    ["use", "Down", { c: 64 }],
    ...HEAD,
  ], { defs: { Residual: RESIDUAL, Down: DOWN }, init: KAIMING, ...CYCLE }),
  densenet: program(["digits"], [
    conv(16),
    ["repeat", 3, [["cat", { dim: 1 }, [], [NORM, RELU, conv(12)]]]],
    NORM,
    RELU,
    ...HEAD,
  ], CYCLE),
  inception: program(["digits"], [conv(16), RELU, ["use", "Inception"], pool(2), ["use", "Inception"], ...HEAD], {
    defs: {
      Inception: {
        params: {},
        net: [
          [
            "cat",
            { dim: 1 },
            [["Conv2d", { out_channels: 8, kernel_size: 1 }]],
            [["Conv2d", { out_channels: 8, kernel_size: 1 }], RELU, conv(12)],
            [["Conv2d", { out_channels: 4, kernel_size: 1 }], RELU, [
              "Conv2d",
              { out_channels: 8, kernel_size: 5, padding: 2 },
            ]],
            [["MaxPool2d", { kernel_size: 3, stride: 1, padding: 1 }], [
              "Conv2d",
              { out_channels: 4, kernel_size: 1 },
            ]],
          ],
          RELU,
        ],
      },
    },
    ...CYCLE,
  }),
  mobilenet: program(["digits"], [
    conv(16, { bias: false }),
    NORM,
    ["ReLU6"],
    ["repeat", 3, [["add", [
      ["Conv2d", { out_channels: 64, kernel_size: 1, bias: false }],
      NORM,
      ["ReLU6"],
      conv(64, { groups: 64, bias: false }),
      NORM,
      ["ReLU6"],
      ["Conv2d", { out_channels: 16, kernel_size: 1, bias: false }],
      NORM,
    ], []]]],
    ...HEAD,
  ], CYCLE),
  unet: program(["shapes", { batch_size: 32 }], [
    ["use", "DoubleConv", { c: 8 }],
    ["tap", "fine"],
    pool(2),
    ["use", "DoubleConv", { c: 16 }],
    ["tap", "middle"],
    pool(2),
    ["use", "DoubleConv", { c: 32 }],
    ["Upsample", { scale_factor: 2 }],
    ["cat", { dim: 1 }, [["get", "middle"]], []],
    ["use", "DoubleConv", { c: 16 }],
    ["Upsample", { scale_factor: 2 }],
    ["cat", { dim: 1 }, [["get", "fine"]], []],
    ["use", "DoubleConv", { c: 8 }],
    ["Conv2d", { out_channels: 3, kernel_size: 1 }],
  ], { defs: { DoubleConv: DOUBLE }, ...CYCLE, run: { epochs: 8 } }),
};

/** @type {Block} */
const ENCODER = ["TransformerEncoderLayer", { nhead: 4, dim_feedforward: 64, dropout: 0, batch_first: true }];
/** @type {Block} */
const CAUSAL = ["TransformerEncoderLayer", {
  nhead: 4,
  dim_feedforward: 128,
  dropout: 0,
  batch_first: true,
  norm_first: true,
  causal: true,
}];

/** @type {Record<string, Program>} points, tables, sequences */
const OTHERS = {
  mlp: program(["moons"], [linear(32), RELU, linear(32), RELU, linear(2)], {
    init: [["Linear", ["kaiming_normal_", { nonlinearity: "relu" }]]],
    opt: ["Adam", { lr: 0.01 }],
  }),
  autoencoder: program(["digits", { flat: true, target: "self" }], [
    linear(32),
    RELU,
    linear(8),
    linear(32),
    RELU,
    linear(64),
  ], {
    loss: ["MSELoss"],
  }),
  textcnn: program(["sequences"], [
    ["Embedding", { num_embeddings: 8, embedding_dim: 16 }],
    ["permute", { dims: [0, 2, 1] }],
    [
      "cat",
      { dim: 1 },
      ...[2, 3, 4].map((size) => /** @type {Block[]} */ ([
        ["Conv1d", { out_channels: 16, kernel_size: size }],
        RELU,
        ["AdaptiveMaxPool1d", { output_size: 1 }],
        ["Flatten"],
      ])),
    ],
    ["Dropout", { p: 0.2 }],
    linear(2),
  ]),
  lstm: program(["sequences", { task: "tag" }], [
    ["Embedding", { num_embeddings: 8, embedding_dim: 16 }],
    ["LSTM", { hidden_size: 24, batch_first: true, bidirectional: true }],
    linear(2),
  ], {
    init: [["LSTM", ["orthogonal_"]]],
    opt: ["Adam", { lr: 0.01 }],
    run: { epochs: 5, clip: 1 },
  }),
  transformer: program(["sequences"], [
    ["Embedding", { num_embeddings: 8, embedding_dim: 32 }],
    ["position", { max_len: 16 }],
    ["repeat", 2, [ENCODER]],
    ["mean", { dim: 1 }],
    linear(2),
  ], { sched: ["LinearLR", { start_factor: 0.2 }] }),
  language: program(["sequences", { task: "next" }], [
    ["Embedding", { num_embeddings: 8, embedding_dim: 32 }],
    ["position", { max_len: 16 }],
    ["repeat", 2, [CAUSAL]],
    ["LayerNorm"],
    linear(8),
  ], {
    sched: ["SequentialLR", { milestones: [2] }, ["LinearLR", { start_factor: 0.1, total_iters: 2 }], [
      "CosineAnnealingLR",
      { T_max: 8 },
    ]],
    run: { epochs: 10, no_decay: true },
  }),
  siamese: program(["digits", { flat: true }], [linear(64), RELU, linear(16)], { loss: ["TripletMarginLoss"] }),
  gaussian: program(["regression"], [linear(64), ["Tanh"], linear(64), ["Tanh"], linear(2)], {
    loss: ["GaussianNLLLoss"],
    run: { epochs: 20 },
  }),
  ctc: program(["sequences", { task: "text", vocabulary: 6 }], [
    ["GRU", { hidden_size: 32, batch_first: true, bidirectional: true }],
    linear(6),
    ["LogSoftmax", { dim: -1 }],
  ], { loss: ["CTCLoss", { zero_infinity: true }], opt: ["Adam", { lr: 0.01 }], run: { epochs: 10, clip: 5 } }),
  muon: program(["digits", { flat: true }], [linear(128), RELU, linear(128), RELU, linear(10)], {
    opt: ["Muon", { lr: 0.01 }],
    sched: ["CosineAnnealingLR", { T_max: 10 }],
  }),
};

/** @type {Record<string, Program>} in the gallery's order */
export const PRESETS = { mlp: OTHERS.mlp, ...PICTURES, ...OTHERS };
