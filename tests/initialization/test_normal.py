"""The normal initialization of the page: the library's numbers by Box–Muller, and its distribution."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from initialization.init_proof import follows, normal, proof, seeds, shapes, uniform
from reference import load

page = load("initialization/normal")
normal_ = page.normal_


@proof
@given(
    shapes | st.integers(16, 2000).map(lambda n: (n,)),
    st.sampled_from([torch.float32, torch.float64, torch.bfloat16, torch.float16]),
    seeds,
    st.floats(-3, 3, width=16),
    st.floats(0, 3, width=16),
)
def test_draws_the_numbers_of_the_library_up_to_rounding(
    shape: tuple[int, ...], dtype: torch.dtype, seed: int, mean: float, std: float
) -> None:
    size = math.prod(shape)
    if size < 16 or (size % 16 and dtype.itemsize == 2):
        return  # the library draws these in another way, as the page says
    generators = [torch.Generator().manual_seed(seed) for _ in range(2)]
    ours = normal_(torch.empty(shape, dtype=dtype), mean, std, generators[0])
    library = nn.init.normal_(torch.empty(shape, dtype=dtype), mean, std, generators[1])
    # A few roundings in the dtype of the draw; where 1 − u is almost 1, its logarithm loses some of them.
    step = 12 * torch.finfo(dtype).eps * (abs(mean) + std)
    torch.testing.assert_close(ours, library, rtol=0, atol=step)
    assert torch.equal(generators[0].get_state(), generators[1].get_state())


@pytest.mark.parametrize("size", [3, 15, 17, 200_000])
def test_follows_the_normal_distribution_at_every_size(size: int) -> None:
    generator = torch.Generator().manual_seed(0)
    for init in (normal_, nn.init.normal_):
        drawn = [init(torch.empty(size), 2.0, 0.5, generator) for _ in range(max(1, 20_000 // size))]
        assert follows(torch.cat(drawn) - 2, normal(0.5))


def test_the_statistical_test_can_fail() -> None:
    W = normal_(torch.empty(200_000), std=0.5, generator=torch.Generator().manual_seed(0))
    assert not follows(W, normal(0.52))
    assert not follows(W, uniform(0.5 * math.sqrt(3)))


def test_mean_and_variance_are_those_of_the_formula() -> None:
    """Six standard deviations of the measured mean, and of the measured variance (the kurtosis is 3)."""
    n = 1_000_000
    W = normal_(torch.empty(n, dtype=torch.float64), 0.1, 0.05, torch.Generator().manual_seed(0))
    assert abs(W.mean() - 0.1) < 6 * 0.05 / math.sqrt(n)
    assert abs(W.var() / 0.05**2 - 1) < 6 * math.sqrt(2 / n)


def test_neighbours_are_uncorrelated() -> None:
    """The two numbers of a pair share radius and angle, and so do the squares; still they are independent."""
    n = 1 << 20
    z = normal_(torch.empty(n), generator=torch.Generator().manual_seed(0)).double().view(-1, 2, 8)
    first, second = z[:, 0].flatten(), z[:, 1].flatten()
    for a, b in ((first, second), (first.square() - 1, second.square() - 1)):
        assert abs((a * b).mean()) < 6 * (a.std() * b.std()) / math.sqrt(n / 2)


@pytest.mark.parametrize(("dtype", "bits"), [(torch.float32, 24), (torch.float64, 53)])
def test_nothing_lies_beyond_the_hard_limit(dtype: torch.dtype, bits: int) -> None:
    largest = torch.zeros(16, dtype=dtype)
    largest[:8] = 1 - 2.0**-bits  # the largest uniform number there is
    limit = page.box_muller(largest).abs().max().item()
    assert math.isclose(limit, math.sqrt(2 * bits * math.log(2)), rel_tol=1e-6)
    u = torch.rand(10_000, dtype=dtype, generator=torch.Generator().manual_seed(0))
    assert torch.equal(u * 2**bits, (u * 2**bits).round())
