"""The sparse matrix of the page: the library's numbers, exact counts per column, the distribution of the rest."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from initialization.init_proof import FALSE_ALARM, Init, dtypes, follows, normal, proof, seeds
from reference import load

sparse_ = load("initialization/sparse").sparse_
SIZES = st.integers(0, 30)
FRACTIONS = st.sampled_from([0.0, 0.07, 0.1, 0.5, 0.9, 1.0, 1.2, -0.1]) | st.floats(0, 1)
STDS = st.sampled_from([0.01, 0.0]) | st.floats(0, 10)


def drawn(
    init: Init, shape: tuple[int, int], dtype: torch.dtype, seed: int, own: bool, *options: float
) -> list[torch.Tensor]:
    """The numbers, and both generators' states afterwards; the zeros always come from the global one."""
    generator = torch.Generator().manual_seed(seed + 1)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        filled = init(torch.empty(shape, dtype=dtype), *options, generator=generator if own else None)
        return [filled, generator.get_state(), torch.get_rng_state()]


@proof
@given(SIZES, SIZES, dtypes, seeds, FRACTIONS, STDS, st.booleans())
def test_draws_the_numbers_of_the_library(
    rows: int, columns: int, dtype: torch.dtype, seed: int, sparsity: float, std: float, own: bool
) -> None:
    arguments = ((rows, columns), dtype, seed, own, sparsity, std)
    for ours, theirs in zip(drawn(sparse_, *arguments), drawn(nn.init.sparse_, *arguments), strict=True):
        assert ours.dtype == theirs.dtype
        assert torch.equal(ours, theirs)


@proof
@given(st.integers(1, 40), st.integers(1, 10), st.integers(0, 100))
def test_each_column_has_exactly_the_promised_zeros(rows: int, columns: int, percent: int) -> None:
    """The defining property, with the rounding that the page names: up, after a product of binary fractions."""
    zeros = (sparse_(torch.empty(rows, columns), percent / 100, std=1.0) == 0).sum(dim=0)
    assert (zeros == math.ceil(percent / 100 * rows)).all()
    assert 0 <= zeros[0] - percent * rows / 100 < 1 + 1e-9


@pytest.mark.parametrize("std", [0.01, 2.0])
def test_what_is_not_zero_is_normal(std: float) -> None:
    torch.manual_seed(0)
    W = sparse_(torch.empty(400, 300), 0.75, std)
    values = W[W != 0]
    assert follows(values, normal(std))
    assert not follows(values, normal(1.15 * std))
    assert not follows(W.flatten(), normal(std))  # with the zeros it is not


def test_all_rows_are_equally_likely_to_be_zero() -> None:
    """Columns are independent: by Hoeffding's inequality a row's share of zeros is off by more than t at most
    2 exp(−2 n t²) of the time, and a pair of rows is zero together as often as without replacement."""
    torch.manual_seed(0)
    rows, columns = 10, 20_000
    zero = (sparse_(torch.empty(rows, columns), 0.3) == 0).double()
    tolerance = math.sqrt(math.log(2 * rows**2 / FALSE_ALARM) / (2 * columns))  # all rows and pairs together
    together = zero @ zero.T / columns
    expected = torch.full((rows, rows), 3 / 10 * 2 / 9, dtype=torch.float64)
    expected.fill_diagonal_(3 / 10)
    assert (together - expected).abs().max() < tolerance
