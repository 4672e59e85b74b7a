"""A small net around each layer of the table, and a value off its default for each of its arguments."""

from __future__ import annotations

from typing import Any

Args = dict[str, Any]
Program = dict[str, Any]

IMAGE = {1: [4, 6], 2: [4, 6, 6], 3: [4, 4, 4, 4]}


def shape(name: str) -> list[int]:
    """One example that the layer accepts."""
    special = {"Fold": [8, 9], "Unfold": [4, 6, 6], "PixelUnshuffle": [4, 6, 6], "Softmax2d": [4, 6, 6]}
    if name in special:
        return special[name]
    if name in ("Embedding", "EmbeddingBag"):
        return [5]
    if name in ("RNN", "LSTM", "GRU", "MultiheadAttention") or name.startswith("Transformer"):
        return [5, 4]
    if name[-1] == "d" and name[-2] in "123":
        return IMAGE[int(name[-2])]
    if name in ("Linear", "LayerNorm", "RMSNorm"):
        return [5, 4]
    return [4, 6, 6]


def needed(name: str, entry: Args) -> Args:
    """Small values for what has no default."""
    small = {"out_features": 3, "out_channels": 4, "kernel_size": 2, "hidden_size": 4, "num_embeddings": 6}
    small |= {"embedding_dim": 4, "num_heads": 2, "nhead": 2, "num_layers": 1, "num_groups": 2, "groups": 2}
    small |= {"output_size": 2, "padding": 1, "value": 0.5, "threshold": 0.1, "norm_type": 2.0, "size": 3}
    small |= {"upscale_factor": 2, "downscale_factor": 2, "dim": 1, "unflattened_size": [2, 2], "memory": "enc"}
    found = {each["name"]: small[each["name"]] for each in entry["args"] if each.get("required")}
    if name == "Fold":
        found |= {"output_size": [4, 4], "kernel_size": 2}
    if name in ("Softmax", "LogSoftmax", "Softmin"):
        found["dim"] = 2
    if name.startswith("Upsampl"):
        found["scale_factor"] = 2.0
    if name.startswith("Transformer"):
        found["dim_feedforward"] = 6
    return found


# What a value off the default has to be so that torch accepts it, with what it needs beside it.
OFF: dict[str, Args] = {
    "groups": {"groups": 2},
    "padding_mode": {"padding_mode": "circular", "padding": 1},
    "ConvTranspose1d.padding_mode": {},
    "ConvTranspose2d.padding_mode": {},
    "ConvTranspose3d.padding_mode": {},
    "output_padding": {"output_padding": 1, "stride": 2},
    "padding_idx": {"padding_idx": 1},
    "divisor_override": {"divisor_override": 3},
    "max_norm": {"max_norm": 1.0},
    "scale_factor": {"scale_factor": 3.0},
    "size": {"size": 5, "scale_factor": None},
    "Upsample.mode": {"mode": "bilinear"},
    "align_corners": {"align_corners": True, "mode": "bilinear"},
    "num_parameters": {"num_parameters": 4},
    "dropout": {"dropout": 0.3, "num_layers": 2},
    "Transformer.dropout": {"dropout": 0.3},
    "MultiheadAttention.dropout": {"dropout": 0.3},
    "proj_size": {"proj_size": 2},
    "dilation": {"dilation": 2},
    "MaxPool3d.dilation": {"dilation": 1, "stride": 1},
    "stride": {"stride": 1},
    "Fold.stride": {"stride": 2, "output_size": [6, 6]},
    "Fold.dilation": {"dilation": 2, "output_size": [5, 5]},
    "Fold.padding": {"padding": 1, "output_size": [2, 2]},
    "lower": {"lower": 0.1},
    "upper": {"upper": 0.5},
    "min_val": {"min_val": -2.0},
    "max_val": {"max_val": 2.0},
    "start_dim": {"start_dim": 2},
    "end_dim": {"end_dim": -2},
    "GLU.dim": {"dim": 1},
    "dim": {"dim": -1},
    "normalized_shape": {"normalized_shape": 4},
    "nonlinearity": {"nonlinearity": "relu"},
    "norm_type": {"norm_type": 1.0},
    "num_layers": {"num_layers": 2},
    "mode": {"mode": "sum"},
    "momentum": {"momentum": None},
    "memory": {},
    **{f"InstanceNorm{n}d.momentum": {"momentum": 0.2} for n in "123"},
    "LocalResponseNorm.size": {"size": 5},
    "Fold.output_size": {"output_size": 4},
    "Fold.kernel_size": {"kernel_size": [2, 2]},
    "num_groups": {"num_groups": 1},
    "num_heads": {"num_heads": 1},
    "nhead": {"nhead": 1},
    "num_embeddings": {"num_embeddings": 7},
    "upscale_factor": {"upscale_factor": 1},
    "Unflatten.dim": {"dim": -3},
    "unflattened_size": {"unflattened_size": [4, 1]},
}


def off(name: str, argument: Args) -> Args:
    """The argument off its default, with what that asks for. Empty where torch has no other value."""
    own = argument["name"]
    if name.startswith("Transformer") and own == "dropout":
        return OFF["Transformer.dropout"]
    for key in (f"{name}.{own}", own):
        if key in OFF:
            return OFF[key]
    kind, default = argument["kind"], argument.get("default")
    if argument.get("derived"):
        return {}
    if kind == "bool":
        return {own: not default}
    if kind == "choice":
        return {own: next(value for value in argument["values"] if value != default)}
    if kind in ("float", "floats"):
        return {own: (default or 0.5) * 0.5}
    return {own: 1 if default == 0 else 2 if default == 1 else 3}


def program(name: str, args: Args) -> Program:
    """Data of the layer's form, the layer, and a linear one behind it."""
    whole = "Embedding" in name
    memory = [["tap", "enc"]] if "memory" in args else []
    layer = [name, args] if args else [name]
    return {
        "v": 1,
        "data": ["tensor", {
            "shape": shape(name), "samples": 20, "classes": 3, "batch_size": 8, "most": 6,
            "dtype": "int64" if whole else "float32",
        }],
        "net": [*memory, layer, ["Flatten"], ["Linear", {"out_features": 3}]],
        "defs": {}, "init": [], "loss": ["CrossEntropyLoss"], "opt": ["SGD", {"lr": 0.01}], "sched": None,
        "run": {"epochs": 1, "plot": False, "progress": False},
    }  # fmt: skip
