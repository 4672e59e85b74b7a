"""The soft margin loss of the page is the library's: value, gradient, every option, every edge."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from losses.loss_proof import REDUCTIONS, SHAPES, agree, both_refuse, numbers, proof, tensors
from reference import load

soft_margin_loss = load("losses/soft_margin_loss").soft_margin_loss
# Around the logit where float32 and float64 overflow, and where the exponential vanishes.
LOGITS = numbers(-60, 60, edges=(0.0, -0.0, 1e-9, 88.7, 709.0, 710.0, -709.0, -710.0, -800.0, 1e150, -1e150))
TARGETS = st.sampled_from([-1.0, 1.0]) | numbers(-2, 2, edges=(0.0,))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Tensor, Tensor]:
    """Logits, and targets of their shape or one that broadcasts to it."""
    shape = draw(st.sampled_from(SHAPES))
    smaller = draw(st.sampled_from([shape, shape[1:], (1,) * len(shape), (*shape[:-1], 1) if shape else ()]))
    return draw(tensors(shape, LOGITS)), draw(tensors(smaller, TARGETS))


def both_agree(input: Tensor, target: Tensor, reduction: str) -> None:
    """The target is no leaf here: the library has no gradient by it."""

    def ours(input: Tensor) -> Tensor:
        return soft_margin_loss(input, target, reduction=reduction)

    agree(ours, lambda input: F.soft_margin_loss(input, target, reduction=reduction), input)
    agree(ours, lambda input: nn.SoftMarginLoss(reduction=reduction)(input, target), input)


@proof
@given(cases(), st.sampled_from(REDUCTIONS))
def test_is_the_function_and_the_class_of_the_library(case: tuple[Tensor, Tensor], reduction: str) -> None:
    both_agree(*case, reduction)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("target", [-1.0, 0.0, 0.5, 1.0])
def test_overflows_like_the_library(target: float, reduction: str) -> None:
    input = torch.tensor([0.0, 700.0, -700, 720, -720, math.inf, -math.inf, math.nan], dtype=torch.float64)
    both_agree(input, torch.full_like(input, target), reduction)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_takes_integer_and_boolean_targets_like_the_library(reduction: str) -> None:
    torch.manual_seed(0)
    input, target = torch.randn(3, 4, dtype=torch.float64), torch.randint(2, (3, 4))
    both_agree(input, 2 * target - 1, reduction)
    ours, library = (loss(input, target.bool(), reduction=reduction) for loss in (soft_margin_loss, F.soft_margin_loss))
    torch.testing.assert_close(ours, library)  # the library has no gradient then


@pytest.mark.parametrize("shapes", [((4, 1), (4,)), ((4,), (4, 1)), ((3,), (2, 3)), ((), (3,)), ((2,), (3,))])
def test_refuses_a_target_that_does_not_broadcast_to_the_input(shapes: tuple[tuple[int, ...], ...]) -> None:
    both_refuse(soft_margin_loss, F.soft_margin_loss, *(torch.ones(shape) for shape in shapes))
