// Embeddings, recurrent layers and attention. Pure.

import { layerNorm } from "./norm.js";
import { refuse, refuseIf, tensor } from "./torch.js";

/** @import { Args, Rule, Tensor } from "./torch.js" */

/** @param {Tensor} x @param {string} name */
function indices(x, name) {
  refuseIf(
    x.dtype !== "int64",
    "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got " +
      `torch.FloatTensor instead (while checking arguments for ${name})`,
  );
}

/** @param {string} word @returns {(args: Args) => void} */
const row = (word) => ({ padding_idx: index, num_embeddings: rows }) => {
  if (index === null || index === undefined) return;
  refuseIf(index >= rows || index < -rows, `${word} must be within num_embeddings`, "AssertionError");
};

/** @type {Rule} */
const embedding = {
  make: row("Padding_idx"),
  forward: ({ embedding_dim }, x) => {
    indices(x, "embedding");
    return tensor([...x.dims, embedding_dim]);
  },
};

/** @type {Rule} */
const embeddingBag = {
  make: row("padding_idx"),
  forward: ({ embedding_dim, mode, scale_grad_by_freq, sparse }, x) => {
    const n = x.dims.length;
    refuseIf(n === 1, "offsets has to be a 1D Tensor but got None", "ValueError");
    refuseIf(n !== 2, `input has to be 1D or 2D Tensor, but got Tensor of dimension ${n}`, "ValueError");
    const scaled = "max mode does not support scaling the gradient by the frequency";
    refuseIf(mode === "max" && scale_grad_by_freq, scaled, "ValueError");
    refuseIf(mode === "max" && sparse, "max mode does not support sparse weights", "ValueError");
    indices(x, "embedding_bag");
    return tensor([x.dims[0], embedding_dim]);
  },
};

/** @param {string} name @returns {Rule} */
const recurrent = (name) => ({
  derive: (_, x) => ({ input_size: x.dims.at(-1) ?? 1 }),
  make: ({ proj_size = 0, hidden_size }) => {
    refuseIf(proj_size >= hidden_size, "proj_size has to be smaller than hidden_size", "ValueError");
  },
  forward: ({ input_size, hidden_size, bidirectional, proj_size = 0 }, x) => {
    const n = x.dims.length;
    const word = name === "RNN" ? "D tensor" : "D";
    refuseIf(
      n !== 2 && n !== 3,
      `${name}: Expected input to be 2D or 3D, got ${n}${word} instead`,
      "ValueError",
    );
    refuseIf(
      x.dtype !== "float32",
      "RNN input dtype (torch.int64) does not match weight dtype (torch.float32). Convert input: " +
        "input.to(torch.float32), or convert model: model.to(torch.int64)",
      "ValueError",
    );
    const size = x.dims[n - 1];
    refuseIf(
      size !== input_size,
      `input.size(-1) must be equal to input_size. Expected ${input_size}, got ${size}`,
    );
    return tensor([...x.dims.slice(0, -1), (proj_size || hidden_size) * (bidirectional ? 2 : 1)]);
  },
});

/** @param {number} width @param {number} heads */
const heads = (width, heads) =>
  refuseIf(width % heads !== 0, "embed_dim must be divisible by num_heads", "AssertionError");

/** @param {Tensor} x @param {number} width */
function attend(x, width) {
  const n = x.dims.length;
  refuseIf(
    n !== 2 && n !== 3,
    `query should be unbatched 2D or batched 3D tensor but received ${n}-D query tensor`,
    "AssertionError",
  );
  const size = x.dims[n - 1];
  refuseIf(size !== width, `was expecting embedding dimension of ${width}, but got ${size}`, "AssertionError");
}

/** Which product complains about integers depends on the bias and on the memory's layout. @param {Args} args @param {Tensor} x */
function mixed({ bias, batch_first }, x) {
  if (x.dtype === "float32") return;
  const strided = batch_first && x.dims.length === 3 && x.dims[0] > 1 && x.dims[1] > 1;
  refuse(
    "RuntimeError",
    bias && !strided
      ? "mat1 and mat2 must have the same dtype, but got Long and Float"
      : "expected m1 and m2 to have the same dtype, but got: long int != float",
  );
}

/** @type {Rule} */
const attention = {
  derive: (_, x) => ({ embed_dim: x.dims.at(-1) ?? 1 }),
  make: ({ embed_dim, num_heads }) => heads(embed_dim, num_heads),
  forward: (args, x) => {
    attend(x, args.embed_dim);
    mixed(args, x);
    return x;
  },
};

/** @type {Rule} */
const transformer = {
  derive: (_, x) => ({ d_model: x.dims.at(-1) ?? 1 }),
  make: ({ d_model, nhead }) => heads(d_model, nhead),
  forward: (args, x) => {
    if (args.norm_first) {
      layerNorm.forward({ normalized_shape: args.d_model, elementwise_affine: true }, x);
    }
    attend(x, args.d_model);
    mixed(args, x);
    return x;
  },
};

/** @type {Rule} */
const encoder = {
  ...transformer,
  forward: (args, x) => {
    const short = args.batch_first && x.dims.length < 2;
    refuseIf(short, "tuple index out of range", "IndexError");
    return transformer.forward(args, x);
  },
};

/** @type {Record<string, Rule>} */
export const SEQUENCES = {
  Embedding: embedding,
  EmbeddingBag: embeddingBag,
  RNN: recurrent("RNN"),
  LSTM: recurrent("LSTM"),
  GRU: recurrent("GRU"),
  MultiheadAttention: attention,
  TransformerEncoderLayer: transformer,
  TransformerEncoder: encoder,
  TransformerDecoderLayer: transformer,
};
