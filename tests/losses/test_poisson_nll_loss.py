"""The Poisson loss of the page is the library's: value, gradient, every option, every edge."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from losses.loss_proof import REDUCTIONS, SHAPES, agree, both_refuse, numbers, proof, same_signature, slope, tensors
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


def test_has_the_signature_of_the_library() -> None:
    same_signature(poisson_nll_loss, F.poisson_nll_loss)


@proof
@given(cases())
def test_is_the_function_of_the_library(case: tuple[Tensor, Tensor, dict[str, object]]) -> None:
    input, target, options = case
    agree(poisson_nll_loss, F.poisson_nll_loss, input, target, atol=1e-13, **options)  # the Stirling term cancels


@pytest.mark.parametrize("options", list(itertools.product([False, True], [False, True], REDUCTIONS)))
def test_is_the_class_of_the_library(options: tuple[bool, bool, str]) -> None:
    torch.manual_seed(0)
    log_input, full, reduction = options
    module = nn.PoissonNLLLoss(log_input=log_input, full=full, eps=1e-3, reduction=reduction)
    agree(
        lambda x, y: poisson_nll_loss(x, y, log_input, full, 1e-3, reduction),
        lambda x, y: module(x, y),
        torch.rand(4, 3, dtype=torch.float64),
        torch.randint(5, (4, 3)).double(),
    )


@pytest.mark.parametrize("log_input", [False, True])
@pytest.mark.parametrize("full", [False, True])
def test_agrees_beyond_all_numbers(full: bool, log_input: bool) -> None:
    ends = torch.tensor([0.0, -0.5, 0.5, 1e308, math.inf, -math.inf, math.nan], dtype=torch.float64)
    pairs = torch.cartesian_prod(ends, ends)
    options = {"log_input": log_input, "full": full, "reduction": "none"}
    agree(poisson_nll_loss, F.poisson_nll_loss, pairs[:, 0], pairs[:, 1], **options)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shapes", [((4, 1), (4,)), ((3,), (2, 3)), ((), (3,)), ((2, 1, 3), (4, 1))])
def test_broadcasts_like_the_library(shapes: tuple[tuple[int, ...], tuple[int, ...]], reduction: str) -> None:
    torch.manual_seed(0)
    input, target = (torch.rand(shape, dtype=torch.float64) for shape in shapes)
    agree(poisson_nll_loss, F.poisson_nll_loss, input, 4 * target, full=True, reduction=reduction)


@pytest.mark.parametrize("log_input", [False, True])
def test_takes_integer_counts(log_input: bool) -> None:
    input, target = torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64), torch.tensor([0, 1, 7])
    agree(poisson_nll_loss, F.poisson_nll_loss, input, target, log_input=log_input, full=True)


@pytest.mark.parametrize("log_input", [False, True])
def test_bends_like_the_library(log_input: bool) -> None:
    torch.manual_seed(0)
    input, target = 0.1 + torch.rand(40, dtype=torch.float64), torch.randint(5, (40,)).double()
    agree(slope(poisson_nll_loss), slope(F.poisson_nll_loss), input, target, log_input=log_input)


def test_refuses_what_the_library_refuses() -> None:
    both_refuse(poisson_nll_loss, F.poisson_nll_loss, torch.zeros(3), torch.ones(3), reduction="average")
    both_refuse(poisson_nll_loss, F.poisson_nll_loss, torch.zeros(3), torch.ones(2))
