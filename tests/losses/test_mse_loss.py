"""The squared error of the page is the library's: value, gradient, every option, every edge."""

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

mse_loss = load("losses/mse_loss").mse_loss


@st.composite
def cases(draw: st.DrawFn) -> tuple[Tensor, Tensor, dict[str, object]]:
    """Input, target and options that fit together. Weights may all be 0: then the mean is not a number."""
    shape = draw(st.sampled_from(SHAPES))
    input, target = draw(tensors(shape, numbers())), draw(tensors(shape, numbers()))
    weight = draw(st.none() | tensors(shape, numbers(0, 5, edges=(0.0,))))
    return input, target, {"reduction": draw(st.sampled_from(REDUCTIONS)), "weight": weight}


@proof
@given(cases())
def test_is_the_function_and_the_class_of_the_library(case: tuple[Tensor, Tensor, dict[str, object]]) -> None:
    input, target, options = case
    agree(mse_loss, F.mse_loss, input, target, **options)
    del options["weight"]  # the class takes none
    agree(mse_loss, by_class(nn.MSELoss), input, target, **options)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weight", [None, torch.tensor([0.0, 1, 2, 3, 4, 5], dtype=torch.float64)])
def test_agrees_at_zero_and_beyond_all_numbers(reduction: str, weight: Tensor | None) -> None:
    input = torch.tensor([0.0, -0.0, 5e-324, math.inf, -math.inf, math.nan], dtype=torch.float64)
    agree(mse_loss, F.mse_loss, input, torch.zeros_like(input), reduction=reduction, weight=weight)


def test_refuses_what_the_library_refuses() -> None:
    zeros = torch.zeros(3)
    both_refuse(mse_loss, F.mse_loss, zeros, zeros, weight=torch.tensor(2.0))
    both_refuse(mse_loss, F.mse_loss, zeros, zeros, weight=torch.ones(1, 3))
    both_refuse(mse_loss, F.mse_loss, zeros.long(), zeros.long())
