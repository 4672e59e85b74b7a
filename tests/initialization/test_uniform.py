"""The uniform initialization of the page: the library's numbers, its distribution, its bounds."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from initialization.init_proof import dtypes, follows, normal, proof, seeds, shapes, uniform
from reference import load

uniform_ = load("initialization/uniform").uniform_
BOUNDS = st.tuples(st.floats(-10, 10, width=32), st.floats(0, 10, width=32)).map(lambda t: (t[0], t[0] + t[1]))


@proof
@given(shapes, st.sampled_from([torch.float32, torch.float64]), seeds, BOUNDS)
def test_draws_the_numbers_of_the_library_up_to_rounding(
    shape: tuple[int, ...], dtype: torch.dtype, seed: int, bounds: tuple[float, float]
) -> None:
    generators = [torch.Generator().manual_seed(seed) for _ in range(2)]
    ours = uniform_(torch.empty(shape, dtype=dtype), *bounds, generators[0])
    library = nn.init.uniform_(torch.empty(shape, dtype=dtype), *bounds, generators[1])
    # A product and a sum, each rounded once: the library may fuse them.
    step = 2 * torch.finfo(dtype).eps * max(*map(abs, bounds), bounds[1] - bounds[0])
    torch.testing.assert_close(ours, library, rtol=0, atol=step)
    assert torch.equal(generators[0].get_state(), generators[1].get_state())


@proof
@given(shapes, seeds)
def test_draws_exactly_the_numbers_of_the_library_between_0_and_1(shape: tuple[int, ...], seed: int) -> None:
    ours = uniform_(torch.empty(shape), generator=torch.Generator().manual_seed(seed))
    library = nn.init.uniform_(torch.empty(shape), generator=torch.Generator().manual_seed(seed))
    assert torch.equal(ours, library)


@pytest.mark.parametrize("a", [0.1, 1.0, 7.5])
def test_follows_the_uniform_distribution(a: float) -> None:
    W = uniform_(torch.empty(200_000), -a, a, torch.Generator().manual_seed(0))
    assert follows(W, uniform(a))
    shifted = uniform_(torch.empty(200_000), 3 - a, 3 + a, torch.Generator().manual_seed(1))
    assert follows(shifted - 3, uniform(a))


def test_the_statistical_test_can_fail() -> None:
    W = uniform_(torch.empty(200_000), -1, 1, torch.Generator().manual_seed(0))
    assert not follows(W, uniform(1.03))
    assert not follows(W, normal(3**-0.5))


def test_mean_and_variance_are_those_of_the_formula() -> None:
    """Six standard deviations of the measured mean, and of the measured variance (the kurtosis is 1.8)."""
    a, b, n = -0.1, 0.3, 1_000_000
    W = uniform_(torch.empty(n, dtype=torch.float64), a, b, torch.Generator().manual_seed(0))
    variance = (b - a) ** 2 / 12
    assert abs(W.mean() - (a + b) / 2) < 6 * math.sqrt(variance / n)
    assert abs(W.var() / variance - 1) < 6 * math.sqrt(0.8 / n)


@proof
@given(dtypes, seeds, BOUNDS)
def test_the_library_keeps_the_bounds_in_every_dtype(
    dtype: torch.dtype, seed: int, bounds: tuple[float, float]
) -> None:
    low, high = (torch.tensor(bound, dtype=dtype) for bound in bounds)
    W = nn.init.uniform_(torch.empty(1000, dtype=dtype), *bounds, torch.Generator().manual_seed(seed))
    assert W.min() >= low
    assert W.max() < high or low == high
