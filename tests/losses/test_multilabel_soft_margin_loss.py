"""The multi-label soft margin loss of the page is the library's: value, gradient, every option, every edge."""

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

multilabel_soft_margin_loss = load("losses/multilabel_soft_margin_loss").multilabel_soft_margin_loss
TARGETS = numbers(0, 1, edges=(0.0, 1.0))
# The gradients are differences, of probabilities near ½ or of logarithms near log ½: they cancel to this, in both.
ATOL = 1e-14


@st.composite
def cases(draw: st.DrawFn) -> tuple[Tensor, Tensor, dict[str, object]]:
    """Logits, targets (integers at times), no weight or one that broadcasts, and a reduction."""
    shape = draw(st.sampled_from([shape for shape in SHAPES if shape]))
    target = draw(tensors(shape, TARGETS))
    target = (target > 0.5).long() if draw(st.booleans()) else target
    smaller = draw(st.sampled_from([shape, shape[-1:], (*shape[:-1], 1), ()]))
    weight = draw(st.none() | tensors(smaller, numbers(0, 5, edges=(0.0,))))
    return draw(tensors(shape, numbers())), target, {"weight": weight, "reduction": draw(st.sampled_from(REDUCTIONS))}


@proof
@given(cases())
def test_is_the_function_and_the_class_of_the_library(case: tuple[Tensor, Tensor, dict[str, object]]) -> None:
    input, target, options = case
    agree(multilabel_soft_margin_loss, F.multilabel_soft_margin_loss, input, target, atol=ATOL, **options)
    module = nn.MultiLabelSoftMarginLoss(**options)
    agree(lambda x: multilabel_soft_margin_loss(x, target, **options), lambda x: module(x, target), input, atol=ATOL)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("label", [0.0, 0.3, 1.0])
def test_agrees_where_the_exponential_ends(label: float, reduction: str) -> None:
    sizes = (0.0, 5e-324, 36.0, 37.0, 700.0, 745.0, 746.0, 1e300, math.inf, math.nan)
    input = torch.tensor([[sign * size for size in sizes] for sign in (1, -1)], dtype=torch.float64).T
    target = torch.full_like(input, label)
    agree(
        lambda x: multilabel_soft_margin_loss(x, target, None, reduction),
        lambda x: F.multilabel_soft_margin_loss(x, target, reduction=reduction),
        input,
    )


def test_has_no_floor_for_targets_outside_the_unit_interval_either() -> None:
    input, target = torch.tensor([[2.0, -1.0, 0.5]], dtype=torch.float64), torch.tensor([[0, 2, -1]])
    agree(multilabel_soft_margin_loss, F.multilabel_soft_margin_loss, input, target)


def test_refuses_what_the_library_refuses() -> None:
    input = torch.zeros(2, 3)
    both_refuse(multilabel_soft_margin_loss, F.multilabel_soft_margin_loss, input, torch.zeros(2))
    both_refuse(multilabel_soft_margin_loss, F.multilabel_soft_margin_loss, input, torch.ones(2, 3, dtype=torch.bool))
    both_refuse(multilabel_soft_margin_loss, F.multilabel_soft_margin_loss, torch.tensor(0.0), torch.tensor(1.0))
    both_refuse(multilabel_soft_margin_loss, F.multilabel_soft_margin_loss, input, input, weight=torch.ones(2))
