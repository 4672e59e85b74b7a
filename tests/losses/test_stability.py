"""The page's log-sum-exp is the library's, for numbers of any size and for infinite ones."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from losses.loss_proof import SHAPES, agree, numbers, proof, tensors
from reference import load

logsumexp = load("losses/stability").logsumexp
# At ±1e150 the library's own gradient, exp(z − result), loses the log 2 of a tie.
SMALL = (-0.0, 1e-150, -1e-9)
FULL = [shape for shape in SHAPES if shape and 0 not in shape]


@st.composite
def calls(draw: st.DrawFn, values: st.SearchStrategy[float]) -> tuple[Tensor, dict[str, object]]:
    """An input, and one or more of its dimensions."""
    shape = draw(st.sampled_from(FULL))
    every = range(-len(shape), 0)
    dims = st.one_of(st.sampled_from(every), st.lists(st.sampled_from(every), min_size=1, unique=True).map(tuple))
    return draw(tensors(shape, values)), {"dim": draw(dims), "keepdim": draw(st.booleans())}


@proof
@given(calls(numbers(-900, 900, edges=SMALL)))
def test_equal_in_value_and_gradient(call: tuple[Tensor, dict[str, object]]) -> None:
    input, options = call
    agree(logsumexp, torch.logsumexp, input, **options)


@proof
@given(calls(st.sampled_from([0.0, 1.0, 1e308, -1e308, math.inf, -math.inf, math.nan])))
def test_equal_in_value_for_infinite_numbers(call: tuple[Tensor, dict[str, object]]) -> None:
    input, options = call
    torch.testing.assert_close(logsumexp(input, **options), torch.logsumexp(input, **options), equal_nan=True)


@proof
@given(calls(numbers(-900, 900, edges=())))
def test_between_the_largest_and_the_largest_plus_log_n(call: tuple[Tensor, dict[str, object]]) -> None:
    input, options = call
    largest = input.amax(**options)
    count = input.numel() / largest.numel()
    excess = logsumexp(input, **options) - largest
    assert excess.min() > -1e-12
    assert excess.max() < math.log(count) + 1e-12


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_small_dtypes(dtype: torch.dtype) -> None:
    input = (5 * torch.randn(7, 9)).to(dtype)
    torch.testing.assert_close(logsumexp(input, 1), torch.logsumexp(input, 1), rtol=0.01, atol=0.01)
