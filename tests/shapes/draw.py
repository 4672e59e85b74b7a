"""Random layers and inputs, about half of them such that torch refuses: what the shape rules are held against."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

Drawn = tuple[dict[str, Any], list[int], str]
Rng = random.Random


def one_or_tuple(rng: Rng, n: int, low: int, high: int) -> int | list[int]:
    """A number for all dimensions, or one for each; rarely too few or too many."""
    if rng.random() < 0.6:
        return rng.randint(low, high)
    return [rng.randint(low, high) for _ in range(n)]


def maybe(rng: Rng, args: dict[str, Any], name: str, chance: float, value: Callable[[], Any]) -> None:
    """Set an argument now and then; else torch's default holds."""
    if rng.random() < chance:
        args[name] = value()


def spatial(rng: Rng, dims: int, low: int = 1, high: int = 9) -> list[int]:
    """Sizes, small ones more often than large ones."""
    return [rng.randint(low, high if rng.random() < 0.8 else 3) for _ in range(dims)]


def batched(rng: Rng, channels: int, dims: int, high: int = 9) -> list[int]:
    """(N, C, …), now and then without N, or with one dimension too many or too few."""
    shape = [channels, *spatial(rng, dims, high=high)]
    chance = rng.random()
    if chance < 0.75:
        shape = [rng.randint(1, 3), *shape]
    elif chance < 0.8:
        shape = [2, 2, *shape]
    elif chance < 0.85:
        shape = shape[1:]
    return shape


def dtype(rng: Rng, chance: float = 0.06) -> str:
    """Mostly float32."""
    return "int64" if rng.random() < chance else "float32"


def convolution(rng: Rng, dims: int, transposed: bool) -> Drawn:
    groups = rng.choice([1, 1, 1, 2, 3])
    inside = groups * rng.randint(1, 3) + (rng.random() < 0.08)
    args: dict[str, Any] = {"in_channels": inside, "out_channels": groups * rng.randint(1, 3) + (rng.random() < 0.08)}
    args["kernel_size"] = one_or_tuple(rng, dims, 1, 4)
    maybe(rng, args, "stride", 0.5, lambda: one_or_tuple(rng, dims, 1, 3))
    maybe(rng, args, "padding", 0.5, lambda: one_or_tuple(rng, dims, 0, 3))
    maybe(rng, args, "dilation", 0.3, lambda: one_or_tuple(rng, dims, 1, 3))
    maybe(rng, args, "bias", 0.3, lambda: False)
    if groups > 1 or rng.random() < 0.2:
        args["groups"] = groups
    if transposed:
        maybe(rng, args, "output_padding", 0.4, lambda: one_or_tuple(rng, dims, 0, 2))
        maybe(rng, args, "padding_mode", 0.05, lambda: "circular")
    else:
        maybe(rng, args, "padding", 0.15, lambda: rng.choice(["same", "valid"]))
        maybe(rng, args, "padding_mode", 0.3, lambda: rng.choice(["zeros", "reflect", "replicate", "circular"]))
    channels = inside if rng.random() < 0.85 else rng.randint(1, 8)
    return args, batched(rng, channels, dims, 6 if dims == 3 else 9), dtype(rng)


def pooling(rng: Rng, dims: int, kind: str) -> Drawn:
    args: dict[str, Any] = {"kernel_size": one_or_tuple(rng, dims, 1, 4)}
    if kind == "LPPool":
        args["norm_type"] = rng.choice([1.0, 2.0, 3.0])
    maybe(rng, args, "stride", 0.5, lambda: one_or_tuple(rng, dims, 1, 3))
    maybe(rng, args, "ceil_mode", 0.4, lambda: True)
    if kind != "LPPool":
        maybe(rng, args, "padding", 0.4, lambda: one_or_tuple(rng, dims, 0, 2))
    if kind == "MaxPool":
        maybe(rng, args, "dilation", 0.3, lambda: one_or_tuple(rng, dims, 1, 3))
    if kind == "AvgPool":
        maybe(rng, args, "count_include_pad", 0.3, lambda: False)
        if dims > 1:
            maybe(rng, args, "divisor_override", 0.2, lambda: rng.randint(1, 4))
    return args, batched(rng, rng.randint(1, 3), dims), dtype(rng)


def adaptive(rng: Rng, dims: int) -> Drawn:
    size: Any = one_or_tuple(rng, dims, 1, 5)
    if isinstance(size, list) and rng.random() < 0.4:
        size[rng.randrange(dims)] = None
    return {"output_size": size if rng.random() < 0.93 else None}, batched(rng, rng.randint(1, 3), dims), dtype(rng)


def norm(rng: Rng, dims: int, kind: str) -> Drawn:
    channels = rng.randint(1, 5)
    args: dict[str, Any] = {"num_features": channels}
    maybe(rng, args, "affine", 0.4, lambda: rng.random() < 0.5)
    maybe(rng, args, "track_running_stats", 0.4, lambda: rng.random() < 0.5)
    if kind == "BatchNorm":
        maybe(rng, args, "momentum", 0.2, lambda: None)
    seen = channels if rng.random() < 0.8 else rng.randint(1, 6)
    shape = batched(rng, seen, dims if dims > 1 or rng.random() < 0.7 else 0, 3)
    return args, shape, dtype(rng)


def linear(rng: Rng) -> Drawn:
    inside = rng.randint(1, 6)
    args: dict[str, Any] = {"in_features": inside, "out_features": rng.randint(1, 6)}
    maybe(rng, args, "bias", 0.3, lambda: False)
    return (
        args,
        [*spatial(rng, rng.randint(0, 4), high=4), inside if rng.random() < 0.6 else rng.randint(1, 6)],
        dtype(rng),
    )


def normalized(rng: Rng, name: str) -> Drawn:
    tail = spatial(rng, rng.randint(1, 3), high=4)
    args: dict[str, Any] = {"normalized_shape": tail[0] if len(tail) == 1 and rng.random() < 0.7 else tail}
    maybe(rng, args, "elementwise_affine", 0.3, lambda: False)
    if name == "LayerNorm":
        maybe(rng, args, "bias", 0.3, lambda: False)
    shape = [*spatial(rng, rng.randint(0, 3), high=3), *tail]
    if rng.random() < 0.3:
        shape[rng.randrange(len(shape))] += 1
    if rng.random() < 0.15:
        shape = shape[1:]
    return args, shape, dtype(rng)


def group_norm(rng: Rng) -> Drawn:
    groups = rng.randint(1, 4)
    channels = groups * rng.randint(1, 3) + (rng.random() < 0.2)
    args: dict[str, Any] = {"num_groups": groups, "num_channels": channels}
    maybe(rng, args, "affine", 0.4, lambda: False)
    maybe(rng, args, "bias", 0.3, lambda: False)
    seen = channels if rng.random() < 0.8 else rng.randint(1, 8)
    return args, batched(rng, seen, rng.randint(0, 3), 3), dtype(rng)


def shaped(rng: Rng, low: int = 0, high: int = 5) -> list[int]:
    """Any small shape."""
    return spatial(rng, rng.randint(low, high), high=5)


def activation(rng: Rng, name: str) -> Drawn:
    args: dict[str, Any] = {}
    shape = shaped(rng)
    if name in ("Softmax", "LogSoftmax", "Softmin"):
        args["dim"] = rng.choice([None, -1, 0, 1, 2, -2, 3])
    elif name == "GLU":
        maybe(rng, args, "dim", 0.5, lambda: rng.randint(-3, 3))
    elif name == "PReLU":
        maybe(rng, args, "num_parameters", 0.6, lambda: rng.randint(1, 5))
    elif name == "Threshold":
        args |= {"threshold": 0.1, "value": 0.5}
    elif name == "RReLU":
        maybe(rng, args, "lower", 0.3, lambda: rng.choice([0.1, 0.9]))
    elif name == "Hardtanh":
        maybe(rng, args, "max_val", 0.3, lambda: rng.choice([-2.0, -1.0, 2.0]))
    elif name in ("Hardshrink", "Softshrink"):
        maybe(rng, args, "lambd", 0.3, lambda: rng.choice([-0.5, 0.2]))
    elif name in ("ELU", "CELU"):
        maybe(rng, args, "alpha", 0.3, lambda: rng.choice([0.0, 0.5]))
    elif name == "GELU":
        maybe(rng, args, "approximate", 0.4, lambda: "tanh")
    return args, shape, dtype(rng, 0.2)


def flatten(rng: Rng) -> Drawn:
    args: dict[str, Any] = {}
    maybe(rng, args, "start_dim", 0.6, lambda: rng.randint(-4, 4))
    maybe(rng, args, "end_dim", 0.6, lambda: rng.randint(-4, 4))
    return args, shaped(rng), dtype(rng)


def unflatten(rng: Rng) -> Drawn:
    shape = [rng.randint(1, 4) * rng.randint(1, 4) for _ in range(rng.randint(1, 4))]
    dim = rng.randint(-len(shape), len(shape) - 1) if rng.random() < 0.85 else rng.randint(-6, 6)
    size = shape[dim] if -len(shape) <= dim < len(shape) else 4
    first = rng.choice([each for each in range(1, size + 1) if size % each == 0])
    sizes = [first, size // first]
    if rng.random() < 0.3:
        sizes[rng.randrange(2)] = -1
    if rng.random() < 0.3:
        sizes[rng.randrange(2)] = rng.choice([-1, 0, 2, 3, 5])
    return {"dim": dim, "unflattened_size": sizes if rng.random() < 0.95 else []}, shape, dtype(rng)


def shuffle(rng: Rng, name: str) -> Drawn:
    factor = rng.randint(1, 3)
    if name == "ChannelShuffle":
        groups = rng.randint(1, 4)
        return {"groups": groups}, batched(rng, groups * 2 if rng.random() < 0.6 else rng.randint(1, 5), 2), dtype(rng)
    head = shaped(rng, 0, 2)
    if name == "PixelShuffle":
        channels = factor * factor * rng.randint(1, 2) if rng.random() < 0.6 else rng.randint(1, 9)
        tail = [channels, *spatial(rng, 2, high=4)]
        args = {"upscale_factor": factor}
    else:
        sizes = [factor * rng.randint(1, 3), factor * rng.randint(1, 3)]
        tail = [rng.randint(1, 3), *(sizes if rng.random() < 0.6 else spatial(rng, 2))]
        args = {"downscale_factor": factor}
    return args, [*head, *tail] if rng.random() < 0.9 else tail[1:], dtype(rng)


MODES = ["nearest", "linear", "bilinear", "bicubic", "trilinear", "nearest-exact"]


def resize(rng: Rng, name: str) -> Drawn:
    dims = rng.randint(1, 3) if name == "Upsample" else 2
    args: dict[str, Any] = {}
    if rng.random() < 0.5:
        args["size"] = one_or_tuple(rng, dims if rng.random() < 0.9 else 2, 1, 9)
    if rng.random() < 0.5 or (not args and rng.random() < 0.9):
        factors = [rng.choice([0.5, 1.0, 1.5, 2.0, 3.0]) for _ in range(dims)]
        args["scale_factor"] = factors if rng.random() < 0.4 else factors[0]
    if name == "Upsample":
        fitting = {1: ["nearest", "linear"], 2: ["nearest", "bilinear", "bicubic"], 3: ["nearest", "trilinear"]}
        maybe(rng, args, "mode", 0.8, lambda: rng.choice(fitting[dims] if rng.random() < 0.75 else MODES))
        maybe(rng, args, "align_corners", 0.3, lambda: rng.random() < 0.5)
    # Which kernel complains about integers depends on the CPU: floats only.
    return args, batched(rng, rng.randint(1, 3), dims, 5), "float32"


def padding(rng: Rng, name: str, dims: int) -> Drawn:
    pad = rng.randint(0, 3) if rng.random() < 0.5 else [rng.randint(0, 3) for _ in range(2 * dims)]
    args: dict[str, Any] = {"padding": pad}
    if name.startswith("Constant"):
        args["value"] = 0.5
    if name.startswith(("Zero", "Constant")):
        return args, shaped(rng), dtype(rng, 0.2)
    return args, batched(rng, rng.randint(1, 3), dims, 5), dtype(rng, 0.2)


def embedding(rng: Rng, name: str) -> Drawn:
    rows = rng.randint(1, 8)
    args: dict[str, Any] = {"num_embeddings": rows, "embedding_dim": rng.randint(1, 5)}
    maybe(rng, args, "padding_idx", 0.3, lambda: rng.randint(-10, 10))
    if name == "EmbeddingBag":
        maybe(rng, args, "mode", 0.5, lambda: rng.choice(["sum", "mean", "max"]))
    maybe(rng, args, "sparse", 0.2, lambda: True)
    maybe(rng, args, "scale_grad_by_freq", 0.2, lambda: True)
    return args, shaped(rng, 0, 4), "int64" if rng.random() < 0.75 else "float32"


def recurrent(rng: Rng, name: str) -> Drawn:
    inside = rng.randint(1, 5)
    args: dict[str, Any] = {"input_size": inside, "hidden_size": rng.randint(1, 5)}
    maybe(rng, args, "num_layers", 0.4, lambda: rng.randint(1, 3))
    for flag in ("batch_first", "bidirectional", "bias"):
        maybe(rng, args, flag, 0.4, lambda: rng.random() < 0.6)
    maybe(rng, args, "dropout", 0.2, lambda: 0.5)
    if name == "LSTM":
        maybe(rng, args, "proj_size", 0.3, lambda: rng.randint(0, 5))
    if name == "RNN":
        maybe(rng, args, "nonlinearity", 0.3, lambda: "relu")
    shape = spatial(rng, rng.choice([0, 1, 2, 2, 2, 2, 3]), high=4)
    return args, [*shape, inside if rng.random() < 0.7 else rng.randint(1, 6)], dtype(rng)


def attention(rng: Rng, name: str) -> Drawn:
    heads = rng.randint(1, 3)
    width = heads * rng.randint(1, 3) + (rng.random() < 0.15)
    if name == "MultiheadAttention":
        args: dict[str, Any] = {"embed_dim": width, "num_heads": heads}
        maybe(rng, args, "add_bias_kv", 0.2, lambda: True)
        maybe(rng, args, "add_zero_attn", 0.2, lambda: True)
    else:
        args = {"d_model": width, "nhead": heads, "dim_feedforward": rng.randint(1, 8)}
        maybe(rng, args, "norm_first", 0.3, lambda: True)
        maybe(rng, args, "activation", 0.3, lambda: "gelu")
    if name == "TransformerEncoder":
        args["num_layers"] = rng.randint(1, 2)
    maybe(rng, args, "bias", 0.3, lambda: False)
    maybe(rng, args, "batch_first", 0.5, lambda: True)
    maybe(rng, args, "causal", 0.3, lambda: True)
    shape = spatial(rng, rng.choice([0, 1, 2, 2, 2, 2, 3]), high=4)
    return args, [*shape, width if rng.random() < 0.75 else rng.randint(1, 6)], dtype(rng)


def folding(rng: Rng, name: str) -> Drawn:
    args: dict[str, Any] = {"kernel_size": one_or_tuple(rng, 2, 1, 3)}
    for option, low, high in (("dilation", 1, 2), ("padding", 0, 2), ("stride", 1, 2)):
        maybe(rng, args, option, 0.4, lambda low=low, high=high: one_or_tuple(rng, 2, low, high))
    if name == "Unfold":
        return args, batched(rng, rng.randint(1, 3), 2, 5), dtype(rng)
    args["output_size"] = one_or_tuple(rng, 2, 1, 6)

    def pair(key: str, default: int) -> list[int]:
        value = args.get(key, default)
        return value if isinstance(value, list) else [value, value]

    size, kernel, stride = pair("output_size", 1), pair("kernel_size", 1), pair("stride", 1)
    pad, dilation = pair("padding", 0), pair("dilation", 1)
    blocks = 1
    for i in range(2):
        blocks *= (size[i] + 2 * pad[i] - dilation[i] * (kernel[i] - 1) - 1) // stride[i] + 1
    good = rng.random() < 0.6 and blocks > 0
    channels = kernel[0] * kernel[1] * rng.randint(1, 2) if rng.random() < 0.8 else rng.randint(1, 9)
    shape = [channels, blocks if good else rng.randint(1, 9)]
    return args, [rng.randint(1, 2), *shape] if rng.random() < 0.7 else shape, dtype(rng)


def any_shape(rng: Rng, args: dict[str, Any]) -> Drawn:
    return args, shaped(rng), dtype(rng, 0.2)


def case(rng: Rng, name: str) -> Drawn:
    """Arguments, an input's shape and its dtype, for a layer of the table."""
    found = re.fullmatch(r"(\D+?)([123])d", name)
    stem, dims = (found[1], int(found[2])) if found else (name, 0)
    if stem in ("Conv", "ConvTranspose"):
        return convolution(rng, dims, stem == "ConvTranspose")
    if stem in ("MaxPool", "AvgPool", "LPPool"):
        return pooling(rng, dims, stem)
    if stem.startswith("Adaptive"):
        return adaptive(rng, dims)
    if stem in ("BatchNorm", "InstanceNorm"):
        return norm(rng, dims, stem)
    if stem.endswith("Pad"):
        return padding(rng, stem, dims)
    if name in ("LayerNorm", "RMSNorm"):
        return normalized(rng, name)
    if name.startswith("Upsampl"):
        return resize(rng, name)
    if name.endswith("Shuffle") or name.endswith("Unshuffle"):
        return shuffle(rng, name)
    if name in ("Embedding", "EmbeddingBag"):
        return embedding(rng, name)
    if name in ("RNN", "LSTM", "GRU"):
        return recurrent(rng, name)
    if name in ("Fold", "Unfold"):
        return folding(rng, name)
    if name in ("MultiheadAttention", "TransformerEncoderLayer", "TransformerEncoder", "TransformerDecoderLayer"):
        return attention(rng, name)
    if name == "LocalResponseNorm":
        return {"size": rng.randint(1, 4)}, shaped(rng), dtype(rng)
    single: dict[str, Callable[[Rng], Drawn]] = {
        "Linear": linear,
        "Flatten": flatten,
        "Unflatten": unflatten,
        "GroupNorm": group_norm,
    }
    if name in single:
        return single[name](rng)
    if "Dropout" in name:
        return any_shape(rng, {"p": rng.choice([0.0, 0.5])})
    return activation(rng, name)
