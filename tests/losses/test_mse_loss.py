"""The squared error of the page is the library's: value, gradient, every option, every edge."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from losses.loss_proof import REDUCTIONS, SHAPES, agree, both_refuse, numbers, proof, same_signature, slope, tensors
from reference import load

mse_loss = load("losses/mse_loss").mse_loss


@st.composite
def cases(draw: st.DrawFn) -> tuple[Tensor, Tensor, dict[str, object]]:
    """Input, target and options that fit together. Weights may all be 0: then the mean is not a number."""
    shape = draw(st.sampled_from(SHAPES))
    input, target = draw(tensors(shape, numbers())), draw(tensors(shape, numbers()))
    weight = draw(st.none() | tensors(shape, numbers(0, 5, edges=(0.0,))))
    return input, target, {"reduction": draw(st.sampled_from(REDUCTIONS)), "weight": weight}


def test_has_the_signature_of_the_library() -> None:
    same_signature(mse_loss, F.mse_loss)


@proof
@given(cases())
def test_is_the_function_of_the_library(case: tuple[Tensor, Tensor, dict[str, object]]) -> None:
    input, target, options = case
    agree(mse_loss, F.mse_loss, input, target, **options)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_is_the_class_of_the_library(shape: tuple[int, ...], reduction: str) -> None:
    torch.manual_seed(0)
    input, target = torch.randn(2, *shape, dtype=torch.float64)
    agree(
        lambda input, target: mse_loss(input, target, reduction=reduction),
        lambda input, target: nn.MSELoss(reduction=reduction)(input, target),
        input,
        target,
    )


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weight", [None, torch.tensor([0.0, 1, 2, 3, 4, 5], dtype=torch.float64)])
def test_agrees_at_zero_and_beyond_all_numbers(reduction: str, weight: Tensor | None) -> None:
    input = torch.tensor([0.0, -0.0, 5e-324, math.inf, -math.inf, math.nan], dtype=torch.float64)
    agree(mse_loss, F.mse_loss, input, torch.zeros_like(input), reduction=reduction, weight=weight)


@pytest.mark.parametrize("shapes", [((4, 1), (4,)), ((3,), (2, 3)), ((), (3,)), ((2, 1, 3), (4, 1))])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weighted", [False, True])
def test_broadcasts_like_the_library(
    shapes: tuple[tuple[int, ...], tuple[int, ...]], reduction: str, weighted: bool
) -> None:
    torch.manual_seed(0)
    input, target = (torch.randn(shape, dtype=torch.float64) for shape in shapes)
    weight = torch.rand_like(input) if weighted else None
    with pytest.warns(UserWarning, match="target size"):
        agree(mse_loss, F.mse_loss, input, target, reduction=reduction, weight=weight)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weighted", [False, True])
def test_bends_like_the_library(reduction: str, weighted: bool) -> None:
    torch.manual_seed(0)
    input, target, weight = torch.rand(3, 40, dtype=torch.float64)
    options = {"reduction": reduction, "weight": weight if weighted else None}
    agree(slope(mse_loss), slope(F.mse_loss), input, target, **options)


def test_refuses_what_the_library_refuses() -> None:
    zeros = torch.zeros(3)
    both_refuse(mse_loss, F.mse_loss, zeros, zeros, reduction="average")
    both_refuse(mse_loss, F.mse_loss, zeros, zeros, weight=torch.tensor(2.0))
    both_refuse(mse_loss, F.mse_loss, zeros, zeros, weight=torch.ones(1, 3))
    both_refuse(mse_loss, F.mse_loss, zeros.long(), zeros.long())
