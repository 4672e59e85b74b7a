"""The absolute error of the page is the library's: value, gradient, every option, every edge."""

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

l1_loss = load("losses/l1_loss").l1_loss


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
    agree(l1_loss, F.l1_loss, input, target, **options)
    del options["weight"]  # the class takes none
    agree(l1_loss, by_class(nn.L1Loss), input, target, **options)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weight", [None, torch.tensor([0.0, 1, 2, 3, 4, 5], dtype=torch.float64)])
def test_agrees_at_zero_and_beyond_all_numbers(reduction: str, weight: Tensor | None) -> None:
    input = torch.tensor([0.0, -0.0, 5e-324, math.inf, -math.inf, math.nan], dtype=torch.float64)
    agree(l1_loss, F.l1_loss, input, torch.zeros_like(input), reduction=reduction, weight=weight)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_takes_complex_numbers_like_the_library(reduction: str) -> None:
    torch.manual_seed(0)
    input, target = torch.randn(2, 3, 2, dtype=torch.complex128)
    ours, library = (loss(input, target, reduction=reduction) for loss in (l1_loss, F.l1_loss))
    torch.testing.assert_close(ours, library, rtol=1e-12, atol=0)


def test_refuses_what_the_library_refuses() -> None:
    zeros = torch.zeros(3)
    both_refuse(l1_loss, F.l1_loss, zeros, zeros, weight=torch.tensor(2.0))
    both_refuse(l1_loss, F.l1_loss, zeros, zeros, weight=torch.ones(1, 3))
    both_refuse(l1_loss, F.l1_loss, zeros.long(), zeros.long())
