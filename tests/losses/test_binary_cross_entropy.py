"""The binary cross entropy of the page is the library's: value, gradient, every option, every edge."""

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

binary_cross_entropy = load("losses/binary_cross_entropy").binary_cross_entropy
# Where a logarithm is clamped, where the gradient's denominator is, and on both sides of these.
EDGES = (0.0, 1.0, 1e-300, 1e-44, 4e-44, 1e-12, 1e-13, 1 - 1e-12, 1 - 2**-53, 0.5)
PROBABILITIES = numbers(0, 1, edges=EDGES)
# The gradient by the target is −logit(x): near x = ½ two ways to compute it differ by rounding.
ATOL = 1e-15


@st.composite
def cases(draw: st.DrawFn) -> tuple[Tensor, Tensor, Tensor | None]:
    """Probabilities, targets, and no weight or one that broadcasts to them."""
    shape = draw(st.sampled_from(SHAPES))
    input, target = draw(tensors(shape, PROBABILITIES)), draw(tensors(shape, PROBABILITIES))
    smaller = draw(st.sampled_from([shape, shape[1:], (1,) * len(shape), (*shape[:-1], 1) if shape else ()]))
    return input, target, draw(st.none() | tensors(smaller, numbers(0, 5, edges=(0.0,))))


def both_agree(input: Tensor, target: Tensor, weight: Tensor | None, reduction: str) -> None:
    """The weight is no leaf here: the library has no gradient by it."""

    def ours(input: Tensor, target: Tensor) -> Tensor:
        return binary_cross_entropy(input, target, weight, reduction)

    for library in (F.binary_cross_entropy, by_class(nn.BCELoss)):
        agree(ours, partial(library, weight=weight, reduction=reduction), input, target, atol=ATOL)


@proof
@given(cases(), st.sampled_from(REDUCTIONS))
def test_is_the_function_and_the_class_of_the_library(
    case: tuple[Tensor, Tensor, Tensor | None], reduction: str
) -> None:
    both_agree(*case, reduction)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("target", [0.0, 0.3, 1.0])
def test_agrees_where_the_library_clamps(target: float, reduction: str) -> None:
    input = torch.tensor(EDGES, dtype=torch.float64)
    both_agree(input, torch.full_like(input, target), None, reduction)


@pytest.mark.parametrize("wrong", [-1e-9, 1.5, math.nan, -math.inf])
def test_refuses_what_is_no_probability(wrong: float) -> None:
    half, bad = torch.full((3,), 0.5), torch.tensor([0.5, wrong, 0.5])
    both_refuse(binary_cross_entropy, F.binary_cross_entropy, bad, half)
    both_refuse(binary_cross_entropy, F.binary_cross_entropy, half, bad)


def test_refuses_what_the_library_refuses() -> None:
    half = torch.full((2, 3), 0.5)
    both_refuse(binary_cross_entropy, F.binary_cross_entropy, half, half[0])
    both_refuse(binary_cross_entropy, F.binary_cross_entropy, half, torch.ones(2, 3, dtype=torch.long))
    both_refuse(binary_cross_entropy, F.binary_cross_entropy, half, half.double())
    both_refuse(binary_cross_entropy, F.binary_cross_entropy, half, half, weight=torch.ones(2))
    both_refuse(binary_cross_entropy, F.binary_cross_entropy, half, half, weight=torch.ones(4, 2, 3))
