"""The triplet margin loss of the page is the library's: value, gradient, every option, every edge."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, example, given
from hypothesis import strategies as st
from torch import Tensor, nn

from losses.loss_proof import REDUCTIONS, agree, both_refuse, by_class, numbers, proof, tensors
from reference import load

page = load("losses/triplet_margin_loss")
triplet_margin_loss, pairwise_distance = page.triplet_margin_loss, page.pairwise_distance
# No dimension, one vector, a batch, no triplet, one feature, more dimensions.
SHAPES = ((), (3,), (1, 3), (5, 3), (4, 1), (0, 3), (2, 0, 3), (2, 3, 4))
# Multiples of ½: equal vectors, equal distances (ties of swap), and losses of exactly 0 are common.
# None so small that a power of it is subnormal, where rounding is coarse.
VALUES = numbers(-5, 5, edges=(0.0, -0.0, 1e-3)).map(lambda value: value if abs(value) > 1e-100 else 0 * value)
POWERS = st.sampled_from([0, 0.5, 1, 1.5, 2, 2.0, 3, math.inf])
OPTIONS = {
    "margin": st.sampled_from([0.5, 1.0, 2.5, 1e-9, 1e9]) | st.floats(1e-3, 20),
    "p": POWERS,
    "eps": st.sampled_from([1e-6, 0.0, 0.5, -0.5]),
    "swap": st.booleans(),
    "reduction": st.sampled_from(REDUCTIONS),
}
# In the gradient by the anchor unit vectors cancel; what may be left of them is rounding.
ROUNDING = {"atol": 1e-12}


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Tensor], dict[str, object]]:
    """Anchor, positive and negative of one shape, and options."""
    shape = draw(st.sampled_from(SHAPES))
    triplet = [draw(tensors(shape, VALUES)) for _ in range(3)]
    return triplet, {name: draw(option) for name, option in OPTIONS.items()}


def rounded_apart(triplet: list[Tensor], options: dict[str, Any]) -> bool:
    """Whether rounding puts some triplet on two sides of the corner: then both of its slopes are right."""
    anchor, positive, negative = triplet
    signs = []
    for distance in (pairwise_distance, F.pairwise_distance):
        near, far, other = (
            distance(one, two, p=options["p"], eps=options["eps"])
            for one, two in ((anchor, positive), (anchor, negative), (positive, negative))
        )
        far = torch.minimum(far, other) if options["swap"] else far
        signs.append((near - far + options["margin"]).sign())
    return not torch.equal(*signs)


@proof
@given(cases())
@example(
    ([torch.tensor([[v]]).double() for v in (0.0, 4.0, 4.5)], {"margin": 0.5, "p": 0.5, "eps": 0.0, "swap": False})
)
def test_is_the_function_and_the_class_of_the_library(case: tuple[list[Tensor], dict[str, object]]) -> None:
    triplet, options = case
    assume(not rounded_apart(triplet, options))
    agree(triplet_margin_loss, F.triplet_margin_loss, *triplet, **ROUNDING, **options)
    agree(triplet_margin_loss, by_class(nn.TripletMarginLoss), *triplet, **ROUNDING, **options)


@proof
@given(st.tuples(tensors((4, 3), VALUES), tensors((4, 3), VALUES)), POWERS)
def test_its_distance_is_the_distance_of_the_library(pair: tuple[Tensor, Tensor], p: float) -> None:
    agree(pairwise_distance, F.pairwise_distance, *pair, p=p, **ROUNDING)
    agree(pairwise_distance, F.pairwise_distance, pair[0], pair[0], p=p, eps=0.0, **ROUNDING)


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("p", [1, 2, 3])
def test_agrees_far_away_and_without_features(p: int, swap: bool) -> None:
    torch.manual_seed(0)
    triplet = [1e80 * torch.randn(5, 3, dtype=torch.float64) for _ in range(3)]
    agree(triplet_margin_loss, F.triplet_margin_loss, *triplet, p=p, swap=swap, **ROUNDING)
    agree(triplet_margin_loss, F.triplet_margin_loss, *[torch.zeros(5, 0).double()] * 3, p=p, swap=swap)
    infinite = [torch.tensor([[value, 1.0]], dtype=torch.float64) for value in (0.0, math.inf, 1.0)]
    agree(triplet_margin_loss, F.triplet_margin_loss, *infinite, p=p, swap=swap)
    infinite[1] = infinite[1] * math.nan
    agree(triplet_margin_loss, F.triplet_margin_loss, *infinite, p=p, swap=swap)


@pytest.mark.parametrize("shapes", [((5, 3), (3,), (5, 3)), ((5, 3), (5, 3), (7, 1, 3)), ((5, 3), (4, 3), (5, 3))])
def test_refuses_the_shapes_that_the_library_refuses(shapes: tuple[tuple[int, ...], ...]) -> None:
    both_refuse(triplet_margin_loss, F.triplet_margin_loss, *(torch.ones(shape) for shape in shapes))


@pytest.mark.parametrize("options", [{"margin": 0.0}, {"margin": -1.0}])
def test_refuses_the_options_that_the_library_refuses(options: dict[str, object]) -> None:
    both_refuse(triplet_margin_loss, F.triplet_margin_loss, *[torch.ones(5, 3)] * 3, **options)
