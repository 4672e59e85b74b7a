"""The triplet loss with a distance of one's own is the library's: value, gradient, every option, every edge."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from losses.loss_proof import REDUCTIONS, SHAPES, agree, both_refuse, by_class, numbers, proof, tensors
from reference import load

triplet_margin_with_distance_loss = load("losses/triplet_margin_with_distance_loss").triplet_margin_with_distance_loss
LIBRARY = F.triplet_margin_with_distance_loss
Distance = Callable[[Tensor, Tensor], Tensor]
# -1e-6 minus 0 cancels the library's eps exactly: there the root has no slope.
VALUES = numbers(-3, 3, edges=(0.0, -0.0, 1e-6, -1e-6, 1e-9, 1e80))


def manhattan(x1: Tensor, x2: Tensor) -> Tensor:
    return (x1 - x2).abs().sum(-1)


def cosine(x1: Tensor, x2: Tensor) -> Tensor:
    return 1 - F.cosine_similarity(x1, x2, dim=-1)


def lopsided(x1: Tensor, x2: Tensor) -> Tensor:
    """Not symmetric: finds every exchange of two arguments."""
    return (2 * x1 - 3 * x2).square().mean(-1)


def elements(x1: Tensor, x2: Tensor) -> Tensor:
    """One distance for each component, as a function without a sum returns it."""
    return (x1 - x2).abs()


DISTANCES = (None, manhattan, cosine, lopsided, elements, partial(F.pairwise_distance, p=1.0, keepdim=True))


@st.composite
def cases(draw: st.DrawFn) -> tuple[tuple[Tensor, ...], dict[str, object]]:
    """Three inputs and options that fit together."""
    shape = draw(st.sampled_from(SHAPES))
    inputs = tuple(draw(tensors(shape, VALUES)) for _ in range(3))
    options = {
        "distance_function": draw(st.sampled_from(DISTANCES if shape else DISTANCES[:2])),
        "margin": draw(st.sampled_from([0.5, 1.0, 1e-9, 5.0, math.inf]) | st.floats(1e-3, 20)),
        "swap": draw(st.booleans()),
        "reduction": draw(st.sampled_from(REDUCTIONS)),
    }
    return inputs, options


@proof
@given(cases())
def test_is_the_function_and_the_class_of_the_library(case: tuple[tuple[Tensor, ...], dict[str, object]]) -> None:
    inputs, options = case
    # Two unit vectors may cancel in the anchor's gradient; what is left then is rounding, hence the absolute tolerance.
    agree(triplet_margin_with_distance_loss, LIBRARY, *inputs, atol=1e-12, **options)
    by_its_class = by_class(nn.TripletMarginWithDistanceLoss)
    agree(triplet_margin_with_distance_loss, by_its_class, *inputs, atol=1e-12, **options)


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_agrees_where_the_root_has_no_slope_and_where_sides_tie(reduction: str, swap: bool) -> None:
    anchor = torch.tensor([[-1e-6, -1e-6], [0.0, 0.0], [0.0, 0.0], [math.inf, 0.0], [math.nan, 0.0]]).double()
    positive = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]).double()
    negative = torch.tensor([[0.0, 0.0], [0.5, 1.0], [1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]).double()
    agree(triplet_margin_with_distance_loss, LIBRARY, anchor, positive, negative, swap=swap, reduction=reduction)


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("shapes", [((1, 3), (5, 3), (5, 3)), ((5, 3), (1, 3), (5, 3)), ((5, 1), (5, 3), (1, 3))])
def test_broadcasts_like_the_library(shapes: tuple[tuple[int, ...], ...], distance: Distance | None) -> None:
    torch.manual_seed(0)
    inputs = (torch.randn(shape, dtype=torch.float64) for shape in shapes)
    agree(triplet_margin_with_distance_loss, LIBRARY, *inputs, distance_function=distance, swap=True)


@pytest.mark.parametrize("margin", [0.0, -1.0])
def test_refuses_a_margin_that_is_not_positive(margin: float) -> None:
    both_refuse(triplet_margin_with_distance_loss, LIBRARY, *torch.ones(3, 2, 4), margin=margin)


def test_refuses_what_the_library_refuses() -> None:
    both_refuse(triplet_margin_with_distance_loss, LIBRARY, torch.ones(4), torch.ones(2, 4), torch.ones(2, 4))
