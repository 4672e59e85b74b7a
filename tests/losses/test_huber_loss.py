"""The Huber loss of the page is the library's: value, gradient, every option, every edge."""

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

huber_loss = load("losses/huber_loss").huber_loss
# On the grid of ½, so that errors of exactly ±delta are common.
DELTAS = st.sampled_from([0.5, 1.0, 2.5, 1e-9, 1e9, math.inf]) | st.floats(1e-3, 20)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Tensor, Tensor, dict[str, object]]:
    """Input, target and options that fit together."""
    shape = draw(st.sampled_from(SHAPES))
    input, target = draw(tensors(shape, numbers())), draw(tensors(shape, numbers()))
    weight = draw(st.none() | tensors(shape, numbers(0, 5, edges=(0.0,))))
    reduction = draw(st.sampled_from(REDUCTIONS))
    return input, target, {"reduction": reduction, "delta": draw(DELTAS), "weight": weight}


@proof
@given(cases())
def test_is_the_function_and_the_class_of_the_library(case: tuple[Tensor, Tensor, dict[str, object]]) -> None:
    input, target, options = case
    agree(huber_loss, F.huber_loss, input, target, **options)
    del options["weight"]  # the class takes none
    agree(huber_loss, by_class(nn.HuberLoss), input, target, **options)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("delta", [0.5, 1.0, 1e9])
def test_agrees_at_the_threshold_and_beyond_all_numbers(reduction: str, delta: float) -> None:
    below, above = (math.nextafter(delta, end) for end in (0, math.inf))
    errors = [sign * size for size in (0.0, below, delta, above, math.inf) for sign in (1, -1)] + [math.nan]
    input = torch.tensor(errors, dtype=torch.float64)
    agree(huber_loss, F.huber_loss, input, torch.zeros_like(input), reduction=reduction, delta=delta)


@pytest.mark.parametrize("delta", [0.0, -1.0, math.nan])
def test_refuses_a_delta_that_is_not_positive(delta: float) -> None:
    both_refuse(huber_loss, F.huber_loss, torch.zeros(3), torch.zeros(3), delta=delta)


def test_refuses_what_the_library_refuses() -> None:
    both_refuse(huber_loss, F.huber_loss, torch.zeros(3), torch.zeros(3), weight=torch.tensor(2.0))
