"""Prove a loss that is written out by hand equal to the library's: what every loss test uses."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence

import pytest
import torch
from hypothesis import settings
from hypothesis import strategies as st
from torch import Tensor

Loss = Callable[..., Tensor]

REDUCTIONS = ("none", "mean", "sum")
# 0-d, empty (also with an empty middle), one element, unbatched, batched, more dimensions, dimensions of size one.
SHAPES = ((), (0,), (1,), (5,), (2, 3), (0, 3), (2, 0, 4), (2, 3, 4), (1, 4, 1, 2))
# Far, but so that no square overflows float64; an exact grid, so that errors hit thresholds exactly.
EDGES = (0.0, -0.0, 1e-150, -1e-150, 1e-9, 1e150, -1e150)
LEGACY = {"size_average", "reduce"}

#: Settings of every proof: the same examples on every machine and in every run.
proof = settings(max_examples=200, deadline=None, derandomize=True)


def numbers(low: float = -10, high: float = 10, edges: Sequence[float] = EDGES) -> st.SearchStrategy[float]:
    """Floats of [low, high]: multiples of ½ (often equal to each other), any others, and the edge values."""
    grid = st.integers(int(2 * low), int(2 * high)).map(lambda i: i / 2)
    inside = [value for value in edges if low <= value <= high or abs(value) > 1e100]
    return st.one_of(grid, st.floats(low, high), st.sampled_from([*inside, float(low)]))


def tensors(shape: Sequence[int], values: st.SearchStrategy[float]) -> st.SearchStrategy[Tensor]:
    """Float64 tensors of one shape."""
    count = torch.Size(shape).numel()
    flat = st.lists(values, min_size=count, max_size=count)
    return flat.map(lambda items: torch.tensor(items, dtype=torch.float64).reshape(tuple(shape)))


def agree(
    reference: Loss, library: Loss, *arguments: Tensor, rtol: float = 1e-10, atol: float = 1e-290, **options: object
) -> None:
    """Assert equal value, shape, dtype, and gradient by every floating point tensor, options included.

    The gradient is that of a fixed linear combination of the result with unequal factors, so that with
    ``reduction="none"`` no two elements can be exchanged. ``atol`` only lets subnormal numbers differ.

    Raises AssertionError with the options where the two differ.
    """
    expected, actual = (_value_and_gradients(loss, arguments, options) for loss in (library, reference))
    names = ["value", *(f"gradient {i}" for i in range(len(expected) - 1))]
    assert len(actual) == len(expected)
    for name, got, wanted in zip(names, actual, expected, strict=True):
        torch.testing.assert_close(
            got, wanted, rtol=rtol, atol=atol, equal_nan=True, msg=lambda text, n=name: f"{n}, {options}: {text}"
        )


def slope(loss: Loss) -> Loss:
    """The gradient by the input, as a function: `agree` on two slopes compares second derivatives.

    At a kink of the gradient the second derivative is a convention; stay away from it.
    """

    def gradient(input: Tensor, *arguments: Tensor, **options: object) -> Tensor:
        return torch.autograd.grad(loss(input, *arguments, **options).sum(), input, create_graph=True)[0]

    return gradient


def by_class(kind: Callable[..., Loss]) -> Loss:
    """A class of the library as a function, which takes the options of both."""
    return lambda *arguments, **options: kind(**options)(*arguments)


def both_refuse(reference: Loss, library: Loss, *arguments: Tensor, **options: object) -> None:
    """Assert that the reference rejects what the library rejects, with whatever exception."""
    for loss in (library, reference):
        with pytest.raises((RuntimeError, ValueError, KeyError, TypeError, IndexError)):
            loss(*arguments, **options)


def same_signature(reference: Loss, library: Loss) -> None:
    """Assert the library's parameter names, order and defaults, the deprecated ones aside."""
    ours, theirs = (
        [(p.name, p.default) for p in inspect.signature(loss).parameters.values() if p.name not in LEGACY]
        for loss in (reference, library)
    )
    assert ours == theirs


def _value_and_gradients(loss: Loss, arguments: Sequence[Tensor], options: dict[str, object]) -> list[Tensor]:
    """The value, then the gradient by each floating point tensor that takes part in it."""
    arguments = [_leaf(argument) for argument in arguments]
    options = {name: _leaf(option) for name, option in options.items()}
    leaves = [leaf for leaf in (*arguments, *options.values()) if isinstance(leaf, Tensor) and leaf.requires_grad]
    value = loss(*arguments, **options)
    factors = torch.linspace(1, 2, value.numel(), dtype=value.dtype).reshape(value.shape)
    gradients = torch.autograd.grad(value, leaves, factors, allow_unused=True, materialize_grads=True)
    return [value.detach(), *gradients]


def _leaf(argument: object) -> object:
    """A fresh leaf of the graph, so that neither function sees what the other one did."""
    if isinstance(argument, Tensor) and argument.is_floating_point():
        return argument.detach().clone().requires_grad_()
    return argument
