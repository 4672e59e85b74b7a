"""The Gaussian loss of the page is the library's: value, gradient, every option, every edge."""

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

gaussian_nll_loss = load("losses/gaussian_nll_loss").gaussian_nll_loss
# On both sides of every eps below, on it, and 0.
VARIANCES = numbers(0, 10, edges=(0.0, 1e-7, 1e-6, 1e-5, 0.5, 1e150))


def some_variance_shapes(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The shape itself, one number for each row, and 1 in each single dimension, as far as the library takes it."""
    ones = [(*shape[:i], 1, *shape[i + 1 :]) for i in range(len(shape))]
    return [shape, *([shape[:-1]] if shape else []), *ones]


@st.composite
def cases(draw: st.DrawFn) -> tuple[Tensor, Tensor, Tensor | float, dict[str, object]]:
    """Predictions, targets, variances of a shape that fits, and options."""
    shape = draw(st.sampled_from(SHAPES))
    values = numbers(edges=(0.0, 1e-9, 1e70))
    input, target = draw(tensors(shape, values)), draw(tensors(shape, values))
    var = draw(VARIANCES | st.sampled_from(some_variance_shapes(shape)).flatmap(lambda s: tensors(s, VARIANCES)))
    eps, reduction = draw(st.sampled_from([1e-6, 0.5, 2.0])), draw(st.sampled_from(REDUCTIONS))
    return input, target, var, {"full": draw(st.booleans()), "eps": eps, "reduction": reduction}


@proof
@given(cases())
def test_is_the_function_and_the_class_of_the_library(
    case: tuple[Tensor, Tensor, Tensor | float, dict[str, object]],
) -> None:
    input, target, var, options = case
    for library in (F.gaussian_nll_loss, by_class(nn.GaussianNLLLoss)):
        agree(gaussian_nll_loss, library, input, target, var, atol=1e-12, **options)


@pytest.mark.parametrize("var", [0.0, 1e-7, 1e-6, 1.0, 1e300, math.inf, math.nan])
def test_agrees_beyond_all_numbers(var: float) -> None:
    input = torch.tensor([0.0, 1.0, -3.0, 1e155, math.inf, math.nan], dtype=torch.float64)
    agree(
        gaussian_nll_loss,
        F.gaussian_nll_loss,
        input,
        torch.zeros_like(input),
        torch.full_like(input, var),
        reduction="none",
    )


@pytest.mark.parametrize("shape", [(), (3,), (1, 1), (2, 2), (1, 2, 3), (2, 3, 1)])
def test_refuses_variances_of_a_wrong_size(shape: tuple[int, ...]) -> None:
    both_refuse(gaussian_nll_loss, F.gaussian_nll_loss, torch.zeros(2, 3), torch.zeros(2, 3), torch.ones(shape))


def test_refuses_what_the_library_refuses() -> None:
    zeros = torch.zeros(3)
    for var in (-1.0, 2, torch.tensor([1.0, -1e-9, 1.0])):
        both_refuse(gaussian_nll_loss, F.gaussian_nll_loss, zeros, zeros, var)
