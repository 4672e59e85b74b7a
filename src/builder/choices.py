"""What a signature does not say: which classes the builder offers, in which group, and where arguments end.

Everything else of the table is read from torch. A test names whatever torch has that stands in no list here.
"""

from __future__ import annotations

from typing import Any


def _dims(*names: str, dims: str = "123") -> list[str]:
    return [f"{name}{dim}d" for name in names for dim in dims]


# group → classes of torch.nn that take one tensor and give one tensor
LAYERS: dict[str, list[str]] = {
    "linear": ["Linear", "Identity"],
    "convolution": [*_dims("Conv"), *_dims("ConvTranspose"), "Fold", "Unfold"],
    "pooling": _dims("MaxPool", "AvgPool", "AdaptiveAvgPool", "AdaptiveMaxPool", "LPPool"),
    "norm": [*_dims("BatchNorm", "InstanceNorm"), "LayerNorm", "GroupNorm", "RMSNorm", "LocalResponseNorm"],
    "activation": [
        *("ReLU", "LeakyReLU", "PReLU", "RReLU", "ReLU6", "ELU", "SELU", "CELU", "GELU", "SiLU", "Mish"),
        *("Sigmoid", "Tanh", "Softmax", "LogSoftmax", "Softmin", "Softmax2d", "LogSigmoid", "Softplus", "Softsign"),
        *("Hardtanh", "Hardswish", "Hardsigmoid", "Hardshrink", "Softshrink", "Tanhshrink", "Threshold", "GLU"),
    ],
    "dropout": ["Dropout", *_dims("Dropout"), "AlphaDropout", "FeatureAlphaDropout"],
    "shape": ["Flatten", "Unflatten", "PixelShuffle", "PixelUnshuffle", "ChannelShuffle"],
    "resize": ["Upsample", "UpsamplingNearest2d", "UpsamplingBilinear2d"],
    "padding": _dims("ZeroPad", "ConstantPad", "ReflectionPad", "ReplicationPad", "CircularPad"),
    "sequence": ["Embedding", "EmbeddingBag", "RNN", "LSTM", "GRU"],
    "attention": ["MultiheadAttention", "TransformerEncoderLayer", "TransformerEncoder", "TransformerDecoderLayer"],
}

# class of torch.nn → why it is not offered; the reasons are keys of the page's words
LEFT_OUT: dict[str, str] = {
    **dict.fromkeys(("Bilinear", "CosineSimilarity", "PairwiseDistance", *_dims("MaxUnpool")), "two_inputs"),
    **dict.fromkeys(("RNNCell", "LSTMCell", "GRUCell"), "one_step"),
    **dict.fromkeys(("FractionalMaxPool2d", "FractionalMaxPool3d"), "random_shape"),
    **dict.fromkeys(("DataParallel", "SyncBatchNorm"), "many_devices"),
    **dict.fromkeys(("Container", "ModuleDict", "ModuleList", "ParameterDict", "ParameterList"), "container"),
    **dict.fromkeys(("Module", "Sequential", "RNNBase", "RNNCellBase"), "base"),
    **dict.fromkeys(("Transformer", "TransformerDecoder"), "composed"),
    "CrossMapLRN2d": "superseded",
}

# Arguments that the builder does not offer: placement, old names, second outputs, speed.
DROPPED = {
    *("device", "dtype", "return_indices", "min_value", "max_value", "size_average"),
    *("reduce", "_weight", "_freeze", "params", "optimizer", "last_epoch"),
    *("foreach", "fused", "capturable", "differentiable", "options", "distance_function"),
    *("scale_fn", "scale_mode", "include_last_offset", "schedulers", "enable_nested_tensor", "mask_check"),
    *("kdim", "vdim", "recompute_scale_factor", "total_steps", "epochs", "steps_per_epoch"),
    *("norm", "encoder_layer", "decoder_layer"),
}

# Arguments whose value follows from the tensor that comes in.
DERIVED = {"in_channels", "in_features", "num_features", "input_size", "num_channels", "embed_dim", "d_model"}
NORMALIZED = ("LayerNorm", "RMSNorm")  # their normalized_shape follows too

LARGEST = 65536  # of a size
_SIZE = {"min": 1, "max": LARGEST}


def _each(names: str, **limits: Any) -> dict[str, dict[str, Any]]:
    return {name: limits for name in names.split()}


_GAINS = ["leaky_relu", "relu", "linear", "conv2d", "sigmoid", "tanh", "selu"]

# argument → kind and limits that a signature does not tell; "Class.argument" wins over "argument"
ARGUMENTS: dict[str, dict[str, Any]] = {
    **_each("out_channels out_features hidden_size num_embeddings embedding_dim", **_SIZE),
    **_each("in_channels in_features num_features input_size num_channels", **_SIZE),
    **_each("embed_dim d_model", kind="int", **_SIZE),
    **_each("num_heads nhead", kind="int", min=1, max=256),
    **_each("kernel_size stride dilation", min=1, max=1024),
    **_each("groups num_groups num_parameters dim_feedforward", **_SIZE),
    **_each("upscale_factor downscale_factor", min=1, max=64),
    **_each("dim start_dim end_dim", min=-8, max=8),
    **_each("p dropout pct_start", min=0, max=1),
    "num_layers": {"min": 1, "max": 64},
    "padding": {"min": 0, "max": 1024},
    "output_padding": {"min": 0, "max": 1024},
    "padding_mode": {"values": ["zeros", "reflect", "replicate", "circular"]},
    "padding_idx": {"min": -LARGEST, "max": LARGEST},
    "norm_type": {"min": 1, "max": 16},
    "divisor_override": {"min": 1, "max": LARGEST},
    "normalized_shape": {"kind": "ints", "scalar": True, "min": 1, "max": LARGEST},
    "unflattened_size": {"kind": "ints", "min": -1, "max": LARGEST},
    "output_size": {"min": 1, "max": 4096},
    **_each("Fold.output_size Fold.kernel_size Fold.stride Unfold.kernel_size Unfold.stride", n=2, min=1, max=4096),
    **_each("Fold.dilation Fold.padding Unfold.dilation Unfold.padding", n=2),
    "max_norm": {"min": 0, "max": 1e6},
    "proj_size": {"min": 0, "max": LARGEST},
    "activation": {"kind": "choice", "values": ["relu", "gelu"], "default": "relu"},
    "approximate": {"values": ["none", "tanh"]},
    "reduction": {"values": ["mean", "sum"]},
    "size": {"min": 1, "max": 4096},
    "scale_factor": {"min": 0.0625, "max": 64},
    "eps": {"min": 0, "max": 1},
    "lr": {"kind": "float", "min": 0, "max": 1000},
    "weight_decay": {"kind": "float", "min": 0, "max": 100},
    "betas": {"kind": "floats", "n": 2, "min": 0, "max": 1},
    "weight": {"kind": "floats", "tensor": True, "min": 0, "max": 1e6},
    "pos_weight": {"kind": "floats", "tensor": True, "min": 0, "max": 1e6},
    "bias": {"kind": "bool"},
    **_each("add_bias_kv add_zero_attn batch_first", kind="bool"),
    "nonlinearity": {"kind": "choice", "values": ["tanh", "relu"]},
    "EmbeddingBag.mode": {"values": ["sum", "mean", "max"]},
    "Upsample.mode": {"values": ["nearest", "linear", "bilinear", "bicubic", "trilinear", "nearest-exact"]},
    "KLDivLoss.reduction": {"values": ["mean", "sum", "batchmean"]},
    "TripletMarginLoss.p": {"min": 0, "max": 16},
    "MultiMarginLoss.p": {"min": 1, "max": 2},
    "CTCLoss.blank": {"min": 0, "max": LARGEST},
    "ignore_index": {"min": -LARGEST, "max": LARGEST},
    "cutoffs": {"kind": "ints", "min": 1, "max": LARGEST},
    "LinearCrossEntropyLoss.out_features": {"kind": "ints", "min": 1, "max": LARGEST},
    "num_classes": _SIZE,
    "n_classes": _SIZE,
    "line_search_fn": {"kind": "choice", "values": ["strong_wolfe"]},
    "adjust_lr_fn": {"kind": "choice", "values": ["original", "match_rms_adamw"]},
    "etas": {"min": 0, "max": 100},
    "step_sizes": {"min": 0, "max": 1e6},
    "Adafactor.eps": {"kind": "floats", "n": 2, "min": 0, "max": 1, "items": "optional"},
    "ns_coefficients": {"min": -100, "max": 100},
    **_each("max_lr base_lr min_lr", kind="float", min=0, max=1000),
    **_each("base_momentum max_momentum momentum", kind="float", min=0, max=1),
    "milestones": {"kind": "ints", "min": 1, "max": 10**6},
    "lr_lambda": {"kind": "choice", "values": ["constant", "linear", "inverse", "inverse_sqrt", "half"]},
    "T_max": {"min": 1, "max": 10**6},
    "T_0": {"min": 1, "max": 10**6},
    "step_size": {"min": 1, "max": 10**6},
    **_each("kaiming_uniform_.nonlinearity kaiming_normal_.nonlinearity", values=_GAINS),
    "init.mode": {"kind": "choice", "values": ["fan_in", "fan_out"]},
    "sparsity": {"min": 0, "max": 1},
}  # fmt: skip

_CAUSAL = {"name": "causal", "kind": "bool", "default": False, "own": True}

# Arguments that are no torch constructor's: they decide how forward is called.
OWN_ARGUMENTS: dict[str, list[dict[str, Any]]] = {
    "MultiheadAttention": [_CAUSAL],
    "TransformerEncoderLayer": [_CAUSAL],
    "TransformerEncoder": [_CAUSAL],
    "TransformerDecoderLayer": [
        {"name": "memory", "kind": "name", "required": True, "start": "enc", "own": True},
        _CAUSAL,
    ],
}

# The blocks that are a line of forward and no module of torch.
OWN: dict[str, list[dict[str, Any]]] = {
    "permute": [{"name": "dims", "kind": "ints", "required": True, "start": [0, 2, 1], "min": -8, "max": 8}],
    "mean": [
        {"name": "dim", "kind": "ints", "scalar": True, "required": True, "start": 1, "min": -8, "max": 8},
        {"name": "keepdim", "kind": "bool", "default": False},
    ],
    "last_step": [],
    "position": [  # a learned vector for each place is added: x + weight[: x.size(-2)]
        {"name": "max_len", "kind": "int", "required": True, "start": 128, "min": 1, "max": LARGEST},
        {"name": "embedding_dim", "kind": "int", "derived": True, "min": 1, "max": LARGEST},
    ],
}

# What a block starts with when it is inserted: only what torch does not give a default for.
STARTS: dict[str, Any] = {
    "out_features": 64,
    "out_channels": 16,
    "kernel_size": 3,
    "hidden_size": 32,
    "num_embeddings": 100,
    "embedding_dim": 32,
    "num_heads": 2,
    "nhead": 2,
    "num_layers": 2,
    "num_groups": 4,
    "groups": 2,
    "output_size": 1,
    "padding": 1,
    "value": 0.0,
    "threshold": 0.1,
    "norm_type": 2.0,
    "upscale_factor": 2,
    "downscale_factor": 2,
    "dim": 1,
    "unflattened_size": [1, -1],
    "size": 5,
    "Fold.output_size": 8,
    "Upsample.scale_factor": 2.0,
    "UpsamplingNearest2d.scale_factor": 2.0,
    "UpsamplingBilinear2d.scale_factor": 2.0,
    "Softmax.dim": -1,
    "LogSoftmax.dim": -1,
    "Softmin.dim": -1,
    "kernel_size.pool": 2,
    "val": 0.0,
    "sparsity": 0.1,
    "num_classes": 10,
    "n_classes": 10,
    "cutoffs": [5],
    "step_size": 1,
    "gamma": 0.9,
    "milestones": [2],
    "T_max": 10,
    "T_0": 5,
    "max_lr": 0.01,
    "base_lr": 0.001,
    "lr_lambda": "inverse_sqrt",
    "swa_lr": 0.05,
}

LOSSES_LEFT_OUT = {"NLLLoss2d": "superseded"}
INITS = [
    *("uniform_", "normal_", "constant_", "ones_", "zeros_", "eye_", "dirac_", "xavier_uniform_", "xavier_normal_"),
    *("kaiming_uniform_", "kaiming_normal_", "orthogonal_", "sparse_", "trunc_normal_"),
]
