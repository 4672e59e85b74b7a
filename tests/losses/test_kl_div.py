"""The KL divergence of the page is the library's: value, gradient, every option, every edge."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from losses.loss_proof import REDUCTIONS, SHAPES, agree, both_refuse, by_class, numbers, proof, slope, tensors
from reference import load

kl_div = load("losses/kl_div").kl_div
ALL_REDUCTIONS = (*REDUCTIONS, "batchmean")


@pytest.fixture(autouse=True)
def without_the_warning() -> Iterator[None]:
    """The library warns about "mean", which is what the page is about; here it is wanted."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "reduction: 'mean'")
        yield


@st.composite
def cases(draw: st.DrawFn) -> tuple[Tensor, Tensor, dict[str, object]]:
    """Any numbers as log-probabilities, and targets of the kind that `log_target` says. Neither need add up to 1."""
    shape, log_target = draw(st.sampled_from(SHAPES)), draw(st.booleans())
    values = numbers(-20, 5, edges=(0.0, -0.0, -700.0, 1e-9)) if log_target else numbers(0, 2, edges=(0.0, 1.0, 1e-300))
    input, target = draw(tensors(shape, numbers(-20, 5, edges=(0.0, -1e150)))), draw(tensors(shape, values))
    return input, target, {"reduction": draw(st.sampled_from(ALL_REDUCTIONS)), "log_target": log_target}


@proof
@given(cases())
def test_is_the_function_and_the_class_of_the_library(case: tuple[Tensor, Tensor, dict[str, object]]) -> None:
    input, target, options = case
    agree(kl_div, F.kl_div, input, target, **options)
    agree(kl_div, by_class(nn.KLDivLoss), input, target, **options)


@pytest.mark.parametrize("log_target", [False, True])
def test_agrees_beyond_all_numbers(log_target: bool) -> None:
    ends = [0.0, 0.5, 1.0, -0.5, math.inf, -math.inf, math.nan]
    pairs = torch.cartesian_prod(torch.tensor([0.0, -1.0, -math.inf, math.nan]), torch.tensor(ends)).double()
    agree(kl_div, F.kl_div, pairs[:, 0], pairs[:, 1], reduction="none", log_target=log_target)


def test_bends_like_the_library_by_the_target() -> None:
    torch.manual_seed(0)
    input, target = torch.randn(20, dtype=torch.float64), torch.rand(20, dtype=torch.float64)
    for log_target in (False, True):
        ours, library = (
            slope(lambda y, x, f=f, **options: f(x, y, reduction="sum", **options)) for f in (kl_div, F.kl_div)
        )
        agree(ours, library, target, input, log_target=log_target)


def test_refuses_what_the_library_refuses() -> None:
    both_refuse(kl_div, F.kl_div, torch.zeros(3), torch.ones(3, dtype=torch.long))
    both_refuse(kl_div, F.kl_div, torch.zeros(3, dtype=torch.long), torch.ones(3), log_target=True)
    both_refuse(kl_div, F.kl_div, torch.zeros(3), torch.ones(2))
