"""The smooth absolute error of the page is the library's: value, gradient, every option, every edge."""

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

smooth_l1_loss = load("losses/smooth_l1_loss").smooth_l1_loss
# On the grid of ½, so that errors of exactly ±beta are common.
BETAS = st.sampled_from([0.0, 0.5, 1.0, 2.5, 1e-9, 1e9]) | st.floats(1e-3, 20)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Tensor, Tensor, dict[str, object]]:
    """Input, target and options that fit together."""
    shape = draw(st.sampled_from(SHAPES))
    input, target = draw(tensors(shape, numbers())), draw(tensors(shape, numbers()))
    return input, target, {"reduction": draw(st.sampled_from(REDUCTIONS)), "beta": draw(BETAS)}


@proof
@given(cases())
def test_is_the_function_and_the_class_of_the_library(case: tuple[Tensor, Tensor, dict[str, object]]) -> None:
    input, target, options = case
    agree(smooth_l1_loss, F.smooth_l1_loss, input, target, **options)
    agree(smooth_l1_loss, by_class(nn.SmoothL1Loss), input, target, **options)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0, 1e9])
def test_agrees_at_the_threshold_and_beyond_all_numbers(reduction: str, beta: float) -> None:
    below, above = (math.nextafter(beta, end) for end in (0, math.inf))
    errors = [sign * size for size in (0.0, below, beta, above, math.inf) for sign in (1, -1)] + [math.nan]
    input = torch.tensor(errors, dtype=torch.float64)
    agree(smooth_l1_loss, F.smooth_l1_loss, input, torch.zeros_like(input), reduction=reduction, beta=beta)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_vanishes_under_an_infinite_beta_like_the_library(reduction: str) -> None:
    input = torch.tensor([0.0, -0.0, 1.0, -1e150], dtype=torch.float64)
    agree(smooth_l1_loss, F.smooth_l1_loss, input, torch.zeros_like(input), reduction=reduction, beta=math.inf)


@pytest.mark.parametrize("beta", [-1.0, -1e-300, math.nan, -math.inf])
def test_refuses_a_negative_beta(beta: float) -> None:
    both_refuse(smooth_l1_loss, F.smooth_l1_loss, torch.zeros(3), torch.zeros(3), beta=beta)
