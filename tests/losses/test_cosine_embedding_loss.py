"""The cosine embedding loss of the page is the library's: value, gradient, every option, every edge."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from losses.loss_proof import REDUCTIONS, agree, both_refuse, by_class, numbers, proof, tensors
from reference import load

cosine_embedding_loss = load("losses/cosine_embedding_loss").cosine_embedding_loss
# One pair, a batch, no pair, no feature, one feature.
PAIRS = ((3,), (1,), (0,), (1, 3), (5, 3), (4, 1), (0, 3), (3, 0))
# Vectors of zeros and vectors near the library's 1e-12 are common; (1, 0) and (0, 1) hit a margin of 0 exactly.
VALUES = numbers(-3, 3, edges=(0.0, -0.0, 1e-9, 1e-6, -1e-6, 1e-3, 1e80))
MARGINS = st.sampled_from([0.0, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0]) | st.floats(-1, 1)
LABELS = st.sampled_from([1.0, -1.0])
ANYTHING = LABELS | st.sampled_from([0.0, 0.5, 4.0, -5.0])


@st.composite
def cases(draw: st.DrawFn) -> tuple[tuple[Tensor, Tensor, Tensor], dict[str, object]]:
    """Two inputs, a target and options that fit together."""
    shape = draw(st.sampled_from(PAIRS))
    inputs = draw(tensors(shape, VALUES)), draw(tensors(shape, VALUES))
    target = draw(tensors(shape[:-1], draw(st.sampled_from([LABELS, ANYTHING]))))
    target = target.long() if draw(st.booleans()) else target
    return (*inputs, target), {"margin": draw(MARGINS), "reduction": draw(st.sampled_from(REDUCTIONS))}


@proof
@given(cases())
def test_is_the_function_and_the_class_of_the_library(case: tuple[tuple[Tensor, ...], dict[str, object]]) -> None:
    arguments, options = case
    agree(cosine_embedding_loss, F.cosine_embedding_loss, *arguments, **options)
    agree(cosine_embedding_loss, by_class(nn.CosineEmbeddingLoss), *arguments, **options)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("margin", [-1.0, 0.0, 1.0])
@pytest.mark.parametrize("label", [1, -1, 0])
def test_agrees_at_zero_at_the_margin_and_beyond_all_numbers(label: int, margin: float, reduction: str) -> None:
    first = [0.0, 1.0, 1.0, 1e-6, 1e160, math.inf, math.nan]
    second = [1.0, 1.0, -1.0, 1e-6, 1e160, 1.0, 1.0]
    pair = (torch.tensor([[v, 0.0] for v in side], dtype=torch.float64) for side in (first, second))
    target = torch.full((len(first),), label)
    agree(cosine_embedding_loss, F.cosine_embedding_loss, *pair, target, margin=margin, reduction=reduction)


@pytest.mark.parametrize(
    "shapes",
    [
        ((5, 3), (5, 3), (5, 1)),
        ((5, 3), (5, 3), ()),
        ((5, 3), (5, 3), (4,)),
        ((3,), (3,), (1,)),
        ((5, 3), (3,), (5,)),
        ((2, 5, 3), (2, 5, 3), (2, 5)),
        ((2, 5, 3), (2, 5, 3), (5,)),
        ((), (), ()),
    ],
)
def test_refuses_the_shapes_that_the_library_refuses(shapes: tuple[tuple[int, ...], ...]) -> None:
    both_refuse(cosine_embedding_loss, F.cosine_embedding_loss, *(torch.ones(shape) for shape in shapes))
