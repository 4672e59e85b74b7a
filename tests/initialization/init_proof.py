"""Prove an initialization that is written out by hand: the library's numbers, and the distribution it claims."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence

import pytest
import torch
from hypothesis import settings
from hypothesis import strategies as st
from torch import Tensor

Init = Callable[..., Tensor]

#: How often a right function would fail a statistical test, were its seed drawn anew. The seeds are fixed.
FALSE_ALARM = 1e-9

#: Settings of every proof: the same examples on every machine and in every run.
proof = settings(max_examples=100, deadline=None, derandomize=True)

# Matrix, wide, tall, one row, no columns, convolutions in one, two and three dimensions, a grouped one.
SHAPES = ((4, 3), (2, 50), (50, 2), (1, 7), (3, 0), (8, 4, 5), (6, 4, 3, 3), (2, 3, 2, 1, 4), (16, 1, 3, 3))

shapes = st.sampled_from(SHAPES) | st.lists(st.integers(1, 8), min_size=2, max_size=5).map(tuple)
dtypes = st.sampled_from([torch.float32, torch.float64, torch.bfloat16, torch.float16])
seeds = st.integers(0, 2**32)


def same_numbers(
    reference: Init, library: Init, shape: Sequence[int], dtype: torch.dtype, seed: int, **options: object
) -> None:
    """Assert bit for bit equal numbers: with a generator of one's own, and with the global one.

    Also asserts that both generators end in the same state, so that all later numbers agree too.
    """
    drawn, states = [], []
    for init in (reference, library):
        generator = torch.Generator().manual_seed(seed)
        own = init(torch.empty(*shape, dtype=dtype), **options, generator=generator)
        with torch.random.fork_rng(devices=()):
            torch.manual_seed(seed)
            drawn.append((own, init(torch.empty(*shape, dtype=dtype), **options)))
            states.append((generator.get_state(), torch.get_rng_state()))
    for ours, theirs in (*zip(*drawn, strict=True), *zip(*states, strict=True)):
        assert ours.dtype == theirs.dtype
        assert torch.equal(ours, theirs)


def works_in_place(init: Init, shape: Sequence[int] = (4, 3), **options: object) -> None:
    """Assert that a parameter is filled itself, stays a trainable leaf, and that views reach what they show."""
    parameter = torch.nn.Parameter(torch.full(tuple(shape), math.nan))
    assert init(parameter, **options) is parameter
    assert parameter.is_leaf
    assert parameter.requires_grad
    assert parameter.grad_fn is None
    assert not parameter.isnan().any()
    whole = torch.full((2 * shape[0], *shape[1:]), math.nan)
    init(whole[: shape[0]], **options)
    assert not whole[: shape[0]].isnan().any()
    assert whole[shape[0] :].isnan().all()


def both_refuse(reference: Init, library: Init, shape: Sequence[int], **options: object) -> None:
    """Assert that the reference rejects what the library rejects, and leaves the tensor alone."""
    for init in (reference, library):
        tensor = torch.zeros(tuple(shape))
        with pytest.raises((RuntimeError, ValueError, ZeroDivisionError)):
            init(tensor, **options)
        assert not tensor.any()


def same_signature(reference: Init, library: Init) -> None:
    """Assert the library's parameter names, order and defaults."""
    ours, theirs = (
        [(p.name, p.default) for p in inspect.signature(init).parameters.values()] for init in (reference, library)
    )
    assert ours == theirs


def distance(sample: Tensor, cdf: Callable[[Tensor], Tensor]) -> float:
    """The Kolmogorov distance, the largest gap between a sample's distribution function and ``cdf``."""
    ordered = sample.detach().double().flatten().sort().values
    expected, n = cdf(ordered), ordered.numel()
    above = torch.arange(1, n + 1, dtype=torch.float64) / n - expected
    below = expected - torch.arange(n, dtype=torch.float64) / n
    return torch.stack((above, below)).max().item()


def follows(sample: Tensor, cdf: Callable[[Tensor], Tensor], false_alarm: float = FALSE_ALARM) -> bool:
    """Whether independent draws can come from ``cdf``; a right one is rejected with at most ``false_alarm``.

    By the Dvoretzky–Kiefer–Wolfowitz inequality with Massart's constant (1990), P(distance > t) ≤ 2 exp(−2 n t²)
    for every n, not only in the limit.
    """
    return distance(sample, cdf) <= math.sqrt(math.log(2 / false_alarm) / (2 * sample.numel()))


def uniform(a: float) -> Callable[[Tensor], Tensor]:
    """The distribution function of U(−a, a)."""
    return lambda x: ((x + a) / (2 * a)).clamp(0, 1)


def normal(std: float) -> Callable[[Tensor], Tensor]:
    """The distribution function of N(0, std²)."""
    return lambda x: torch.special.ndtr(x / std)
