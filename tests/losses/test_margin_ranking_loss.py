"""The margin ranking loss of the page is the library's: value, gradient, every option, every edge."""

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

margin_ranking_loss = load("losses/margin_ranking_loss").margin_ranking_loss
# On the grid of ½, so that differences of exactly the margin are common.
MARGINS = st.sampled_from([0, 0.0, 0.5, 1.0, -1.0, 2.5, 1e9, math.inf]) | st.floats(0, 20)
LABELS = st.sampled_from([1.0, -1.0])


@st.composite
def cases(draw: st.DrawFn) -> tuple[tuple[Tensor, Tensor, Tensor], dict[str, object]]:
    """Two inputs, a target (labels, or anything at all) and options that fit together."""
    shape = draw(st.sampled_from(SHAPES))
    labels = draw(st.sampled_from([LABELS, numbers(-3, 3, edges=(0.0, -0.0))]))
    first, second, target = (draw(tensors(shape, values)) for values in (numbers(), numbers(), labels))
    if labels is LABELS and draw(st.booleans()):
        target = target.long()
    return (first, second, target), {"margin": draw(MARGINS), "reduction": draw(st.sampled_from(REDUCTIONS))}


@proof
@given(cases())
def test_is_the_function_and_the_class_of_the_library(
    case: tuple[tuple[Tensor, Tensor, Tensor], dict[str, object]],
) -> None:
    arguments, options = case
    agree(margin_ranking_loss, F.margin_ranking_loss, *arguments, **options)
    agree(margin_ranking_loss, by_class(nn.MarginRankingLoss), *arguments, **options)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("margin", [0.0, 0.5, 1e9])
@pytest.mark.parametrize("label", [1.0, -1.0])
def test_agrees_at_the_corner_and_beyond_all_numbers(label: float, margin: float, reduction: str) -> None:
    below, above = (math.nextafter(margin, end) for end in (-math.inf, math.inf))
    lead = torch.tensor([below, margin, above, math.inf, -math.inf, math.nan], dtype=torch.float64)
    zero, target = torch.zeros_like(lead), torch.full_like(lead, label)
    agree(margin_ranking_loss, F.margin_ranking_loss, label * lead, zero, target, margin=margin, reduction=reduction)


def test_refuses_what_the_library_refuses() -> None:
    one = torch.ones(3)
    both_refuse(margin_ranking_loss, F.margin_ranking_loss, torch.ones(3, 1), torch.ones(3, 1), one)
    both_refuse(margin_ranking_loss, F.margin_ranking_loss, one, torch.tensor(1.0), one)
    both_refuse(margin_ranking_loss, F.margin_ranking_loss, one, one, torch.ones(2))
