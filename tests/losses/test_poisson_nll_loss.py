"""The Poisson loss of the page is the library's: value, gradient, every option, every edge."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from losses.loss_proof import REDUCTIONS, SHAPES, agree, both_refuse, by_class, numbers, proof, tensors
from reference import load

poisson_nll_loss = load("losses/poisson_nll_loss").poisson_nll_loss
# Counts, and numbers on both sides of 1, where the Stirling term starts.
COUNTS = st.integers(0, 50).map(float) | numbers(0, 4, edges=(0.0, 1.0, 1 - 1e-12, 1 + 1e-12, 1e-300))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Tensor, Tensor, dict[str, object]]:
    """Rates or their logarithms, counts, and options."""
    shape, log_input = draw(st.sampled_from(SHAPES)), draw(st.booleans())
    values = numbers(-30, 30, edges=(0.0, -700.0)) if log_input else numbers(0, 50, edges=(0.0, 1e-9, 1e150))
    options = {
        "log_input": log_input,
        "full": draw(st.booleans()),
        "eps": draw(st.sampled_from([1e-8, 1e-3, 1.0])),
        "reduction": draw(st.sampled_from(REDUCTIONS)),
    }
    return draw(tensors(shape, values)), draw(tensors(shape, COUNTS)), options


@proof
@given(cases())
def test_is_the_function_and_the_class_of_the_library(case: tuple[Tensor, Tensor, dict[str, object]]) -> None:
    input, target, options = case
    for library in (F.poisson_nll_loss, by_class(nn.PoissonNLLLoss)):
        agree(poisson_nll_loss, library, input, target, atol=1e-13, **options)  # the Stirling term cancels


@pytest.mark.parametrize("log_input", [False, True])
@pytest.mark.parametrize("full", [False, True])
def test_agrees_beyond_all_numbers(full: bool, log_input: bool) -> None:
    ends = torch.tensor([0.0, -0.5, 0.5, 1e308, math.inf, -math.inf, math.nan], dtype=torch.float64)
    pairs = torch.cartesian_prod(ends, ends)
    options = {"log_input": log_input, "full": full, "reduction": "none"}
    agree(poisson_nll_loss, F.poisson_nll_loss, pairs[:, 0], pairs[:, 1], **options)


@pytest.mark.parametrize("log_input", [False, True])
def test_takes_integer_counts(log_input: bool) -> None:
    input, target = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64), torch.tensor([0, 1, 7])
    agree(poisson_nll_loss, F.poisson_nll_loss, input, target, log_input=log_input, full=True)


def test_refuses_shapes_that_do_not_fit() -> None:
    both_refuse(poisson_nll_loss, F.poisson_nll_loss, torch.zeros(3), torch.ones(2))
