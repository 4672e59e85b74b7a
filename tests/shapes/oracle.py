"""What torch does with a layer and a shape, on the CPU: the shape that comes out, or the error's type and sentence."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import nn

from sample import WHOLE

Outcome = dict[str, Any]
# Random cases of each layer, and random trees; 0 asks for a few. `make test-all` wants 300.
CASES = int(os.environ.get("BUILDER_CASES", "300" if WHOLE else "0"))
ROOT = Path(__file__).parents[2]
OWN = ("causal", "memory")


def tuples(args: dict[str, Any]) -> dict[str, Any]:
    """Arguments as Python's callers write them."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in args.items()}


def build(name: str, args: dict[str, Any]) -> nn.Module:
    """The layer in training mode. A TransformerEncoder is made from its layer, as everybody does."""
    given = tuples({key: value for key, value in args.items() if key not in OWN})
    if name == "TransformerEncoder":
        count = given.pop("num_layers")
        return nn.TransformerEncoder(nn.TransformerEncoderLayer(**given), count, enable_nested_tensor=False)
    return getattr(nn, name)(**given)


def call(layer: nn.Module, x: torch.Tensor, args: dict[str, Any]) -> torch.Tensor:
    """One tensor in, one out, as the emitted programs call it."""
    causal = args.get("causal", False)
    if isinstance(layer, nn.MultiheadAttention):
        mask = nn.Transformer.generate_square_subsequent_mask(length(x, layer.batch_first)) if causal else None
        return layer(x, x, x, need_weights=False, attn_mask=mask)[0]
    if isinstance(layer, (nn.TransformerEncoderLayer, nn.TransformerEncoder)):
        first = layer.layers[0] if isinstance(layer, nn.TransformerEncoder) else layer
        size = length(x, first.self_attn.batch_first)
        return layer(x, nn.Transformer.generate_square_subsequent_mask(size)) if causal else layer(x)
    if isinstance(layer, nn.TransformerDecoderLayer):
        size = length(x, layer.self_attn.batch_first)
        mask = nn.Transformer.generate_square_subsequent_mask(size) if causal else None
        return layer(x, x, tgt_mask=mask)
    found = layer(x)
    return found[0] if isinstance(layer, nn.RNNBase) else found


def length(x: torch.Tensor, batch_first: bool) -> int:
    """How long the sequences are."""
    return x.shape[1] if batch_first and x.dim() == 3 else x.shape[0]


def agree(ours: Outcome, theirs: Outcome) -> bool:
    """Equal, but for one thing: a transposed convolution of no size is refused by some of torch's backends with a
    sentence about memory, by others not at all; the rules refuse it always, with the sentence of those that explain."""
    if str(ours.get("sentence", "")).endswith("Output size is too small") and "per channel" in ours["sentence"]:
        vague = "could not construct a memory descriptor" in str(theirs.get("sentence", ""))
        if vague or 0 in theirs.get("dims", ()):
            return True
    return ours == theirs


def outcome(name: str, args: dict[str, Any], shape: list[int], dtype: str) -> Outcome:
    """Shape, dtype, parameters, or type and first line of the error."""
    x = torch.rand(shape, requires_grad=True) if dtype == "float32" else torch.zeros(shape, dtype=torch.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            layer = build(name, args)
            y = call(layer, x, args)
        except Exception as error:
            sentence = str(error).split("\nException raised from")[0]  # a trace of C++ follows
            return {"type": type(error).__name__, "sentence": sentence}
    return {
        "dims": list(y.shape),
        "dtype": str(y.dtype).removeprefix("torch."),
        "params": sum(each.numel() for each in layer.parameters()),
    }


def flops(name: str, args: dict[str, Any], shape: list[int], dtype: str) -> int:
    """What torch counts for one forward pass, on the plain path of attention: fused kernels are counted otherwise."""
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    layer = build(name, args)
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        call(layer, torch.rand(shape), args)
    return counter.get_total_flops()
