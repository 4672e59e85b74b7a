"""The binary cross entropy of logits of the page is the library's: value, gradient, every option, every edge."""

from __future__ import annotations

import math
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from losses.loss_proof import REDUCTIONS, SHAPES, agree, both_refuse, by_class, numbers, proof, tensors
from reference import load

ours = load("losses/binary_cross_entropy_with_logits").binary_cross_entropy_with_logits
library = F.binary_cross_entropy_with_logits
# The library computes the gradient as (1 − y + py)·σ(x) − py, which cancels where the answer is small: with factors
# up to 5 · (1 + 5) that leaves about 30 rounding errors of 1.
ATOL = 1e-13


@st.composite
def cases(draw: st.DrawFn) -> tuple[Tensor, Tensor, dict[str, Tensor | None]]:
    """Logits, targets, and weights that are missing or broadcast to them."""
    shape = draw(st.sampled_from(SHAPES))
    input = draw(tensors(shape, numbers(-60, 60, edges=(0.0, -0.0, 1e-9, 800.0, -800.0, 1e150, -1e150))))
    target = draw(tensors(shape, numbers(0, 1, edges=(0.0, 1.0))))

    def weights() -> Tensor | None:
        smaller = draw(st.sampled_from([shape, shape[1:], (1,) * len(shape), (*shape[:-1], 1) if shape else ()]))
        return draw(st.none() | tensors(smaller, numbers(0, 5, edges=(0.0, 1.0))))

    return input, target, {"weight": weights(), "pos_weight": weights()}


def both_agree(input: Tensor, target: Tensor, reduction: str, **weights: Tensor | None) -> None:
    """The weights are no leaves here: the library has no gradient by them."""
    options = {"reduction": reduction, **weights}
    for theirs in (library, by_class(nn.BCEWithLogitsLoss)):
        agree(partial(ours, **options), partial(theirs, **options), input, target, atol=ATOL)


@proof
@given(cases(), st.sampled_from(REDUCTIONS))
def test_is_the_function_and_the_class_of_the_library(
    case: tuple[Tensor, Tensor, dict[str, Tensor | None]], reduction: str
) -> None:
    both_agree(*case[:2], reduction, **case[2])


@pytest.mark.parametrize("weight", [None, torch.tensor(3.0, dtype=torch.float64)])
@pytest.mark.parametrize("target", [0.0, 0.25, 1.0])
def test_agrees_at_zero_and_beyond_all_numbers(target: float, weight: Tensor | None) -> None:
    input = torch.tensor([0.0, -0.0, 1e308, -1e308, math.inf, -math.inf, math.nan], dtype=torch.float64)
    agree(
        lambda x: ours(x, torch.full_like(x, target), pos_weight=weight, reduction="none"),
        lambda x: library(x, torch.full_like(x, target), pos_weight=weight, reduction="none"),
        input,
        atol=ATOL,
    )


def test_takes_targets_outside_of_its_range_like_the_library() -> None:
    input, target = torch.tensor([-3.0, 0.5, 7.0], dtype=torch.float64), torch.tensor([2.0, -1, 5]).double()
    both_agree(input, target, "none", pos_weight=torch.tensor([2.0]).double())


def test_refuses_what_the_library_refuses() -> None:
    x = torch.zeros(2, 3)
    both_refuse(ours, library, x, x[0])
    both_refuse(ours, library, x, torch.ones(2, 3, dtype=torch.long))
    both_refuse(ours, library, x, torch.ones(2, 3, dtype=torch.bool))
    for name in ("weight", "pos_weight"):
        for shape in ((2,), (4, 2, 3)):
            both_refuse(ours, library, x, x, **{name: torch.ones(shape)})
