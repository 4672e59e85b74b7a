"""The Xavier initialization of the page: the library's numbers, its distribution, and what it is made for."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from initialization.init_proof import (
    SHAPES,
    both_refuse,
    dtypes,
    follows,
    normal,
    proof,
    same_numbers,
    same_signature,
    seeds,
    shapes,
    uniform,
    works_in_place,
)
from reference import load

page = load("initialization/xavier_uniform")
xavier_uniform_ = page.xavier_uniform_
GAINS = st.sampled_from([1.0, 5 / 3, math.sqrt(2), 0.0]) | st.floats(0, 10)


def test_has_the_signature_of_the_library() -> None:
    same_signature(xavier_uniform_, nn.init.xavier_uniform_)


@proof
@given(shapes, dtypes, seeds, GAINS)
def test_draws_the_numbers_of_the_library(shape: tuple[int, ...], dtype: torch.dtype, seed: int, gain: float) -> None:
    same_numbers(xavier_uniform_, nn.init.xavier_uniform_, shape, dtype, seed, gain=gain)


@pytest.mark.parametrize("shape", SHAPES)
def test_counts_the_fans_of_the_library(shape: tuple[int, ...]) -> None:
    assert page.fans(torch.empty(shape)) == nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))


def test_works_in_place() -> None:
    works_in_place(xavier_uniform_)


@pytest.mark.parametrize("shape", [(), (5,), (0, 0)])
def test_refuses_a_shape_without_fans(shape: tuple[int, ...]) -> None:
    both_refuse(xavier_uniform_, nn.init.xavier_uniform_, shape)


def test_refuses_a_negative_gain() -> None:
    both_refuse(xavier_uniform_, nn.init.xavier_uniform_, (3, 4), gain=-1.0)


@pytest.mark.parametrize(("shape", "fans"), [((300, 700), 1000), ((64, 32, 7, 7), 96 * 49)])
@pytest.mark.parametrize("gain", [1.0, 5 / 3])
def test_follows_the_uniform_distribution_of_the_formula(shape: tuple[int, ...], fans: int, gain: float) -> None:
    W = xavier_uniform_(torch.empty(shape), gain, torch.Generator().manual_seed(0))
    a = gain * math.sqrt(6 / fans)
    assert W.abs().max() <= a * (1 + 1e-6)  # float32 rounds the bound
    assert follows(W, uniform(a))


@pytest.mark.parametrize(
    "wrong",
    [uniform(math.sqrt(6 / 1000) * 1.03), uniform(math.sqrt(3 / 700)), normal(math.sqrt(2 / 1000))],
    ids=["3 % too wide", "one fan only", "normal"],
)
def test_the_statistical_test_can_fail(wrong: object) -> None:
    W = xavier_uniform_(torch.empty(300, 700), generator=torch.Generator().manual_seed(0))
    assert not follows(W, wrong)


@pytest.mark.parametrize(("n_in", "n_out"), [(400, 400), (400, 100), (100, 400)])
@pytest.mark.parametrize("gain", [1.0, 2.0])
def test_forward_and_backward_factor_are_one_on_average(n_in: int, n_out: int, gain: float) -> None:
    """The defining property. The relative standard deviation of each measured factor is below 0.5 %."""
    torch.manual_seed(0)
    W = xavier_uniform_(torch.empty(n_out, n_in), gain).double()
    # The expected square over x, g ~ N(0, I) is known exactly: one draw of W is all the chance that is left.
    forward, backward = (W @ W.T).diagonal().mean(), (W.T @ W).diagonal().mean()
    assert math.isclose((forward + backward) / 2, gain**2, rel_tol=0.03)  # six standard deviations
    assert math.isclose(forward / backward, n_in / n_out, rel_tol=1e-9)
