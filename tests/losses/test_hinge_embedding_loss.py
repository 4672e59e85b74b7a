"""The hinge embedding loss of the page is the library's: value, gradient, every option, every edge."""

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

hinge_embedding_loss = load("losses/hinge_embedding_loss").hinge_embedding_loss
# On the grid of ½, so that inputs of exactly the margin are common.
MARGINS = st.sampled_from([0.0, 0.5, 1.0, -1.0, 2.5, 1e9, math.inf]) | st.floats(0, 20)
LABELS = st.sampled_from([1.0, -1.0])
# 0 and all others pass both masks: the page says what comes out.
ANYTHING = LABELS | st.sampled_from([0.0, -0.0, 0.5, 2.0, -2.0])


@st.composite
def cases(draw: st.DrawFn) -> tuple[Tensor, Tensor, dict[str, object]]:
    """Input, target and options that fit together; negative inputs too, though no distance is."""
    shape = draw(st.sampled_from(SHAPES))
    input, target = draw(tensors(shape, numbers())), draw(tensors(shape, draw(st.sampled_from([LABELS, ANYTHING]))))
    target = target.long() if draw(st.booleans()) else target
    return input, target, {"margin": draw(MARGINS), "reduction": draw(st.sampled_from(REDUCTIONS))}


@proof
@given(cases())
def test_is_the_function_and_the_class_of_the_library(case: tuple[Tensor, Tensor, dict[str, object]]) -> None:
    input, target, options = case
    agree(hinge_embedding_loss, F.hinge_embedding_loss, input, target, **options)
    agree(hinge_embedding_loss, by_class(nn.HingeEmbeddingLoss), input, target, **options)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("margin", [0.0, 0.5, 1e9])
@pytest.mark.parametrize("label", [1.0, -1.0, 0.0])
def test_agrees_at_the_margin_and_beyond_all_numbers(label: float, margin: float, reduction: str) -> None:
    below, above = (math.nextafter(margin, end) for end in (-math.inf, math.inf))
    input = torch.tensor([below, margin, above, math.inf, -math.inf, math.nan], dtype=torch.float64)
    target = torch.full_like(input, label)
    agree(hinge_embedding_loss, F.hinge_embedding_loss, input, target, margin=margin, reduction=reduction)


def test_refuses_what_the_library_refuses() -> None:
    both_refuse(hinge_embedding_loss, F.hinge_embedding_loss, torch.zeros(3), torch.ones(2))
