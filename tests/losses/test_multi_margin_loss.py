"""The multi-class hinge loss of the page is the library's: value, gradient, every option, every edge."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from losses.loss_proof import REDUCTIONS, agree, both_refuse, numbers, proof, tensors
from reference import load

multi_margin_loss = load("losses/multi_margin_loss").multi_margin_loss
# Unbatched (also 0-d, which the library takes for one class), empty, one class, one sample, more.
SHAPES = ((), (1,), (4,), (0, 3), (1, 1), (1, 4), (5, 2), (3, 6))
# On the grid of ½, so that classes that miss the margin by exactly 0 are common. Squares must not overflow.
MARGINS = st.sampled_from([0.0, 0.5, 1.0, -1.0, 2.5, 1e9]) | st.floats(0, 20)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Tensor, Tensor, dict[str, object]]:
    """Scores, classes and options that fit together."""
    shape = draw(st.sampled_from(SHAPES))
    classes, samples = (shape[-1] if shape else 1), shape[:-1]
    if samples in ((), (1,)):
        samples = draw(st.sampled_from([(), (1,)]))
    input = draw(tensors(shape, numbers()))
    target = draw(tensors(samples, st.integers(0, classes - 1).map(float))).long()
    reduction = "none" if samples == (0,) else draw(st.sampled_from(REDUCTIONS))
    weight = draw(st.none() | tensors((classes,), numbers(-1, 5, edges=(0.0,))))
    options = {"p": draw(st.sampled_from([1, 2])), "margin": draw(MARGINS), "weight": weight, "reduction": reduction}
    return input, target, options


def both_agree(input: Tensor, target: Tensor, options: dict[str, object]) -> None:
    """The weight is no leaf here: the library has no gradient by it."""
    agree(
        lambda x: multi_margin_loss(x, target, **options),
        lambda x: F.multi_margin_loss(x, target, **options),
        input,
    )
    agree(
        lambda x: multi_margin_loss(x, target, **options),
        lambda x: nn.MultiMarginLoss(**options)(x, target),
        input,
    )


@proof
@given(cases())
def test_is_the_function_and_the_class_of_the_library(case: tuple[Tensor, Tensor, dict[str, object]]) -> None:
    both_agree(*case)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("margin", [0.0, 0.5, 1e9])
def test_agrees_at_the_corner_and_beyond_all_numbers(margin: float, p: int, reduction: str) -> None:
    below, above = (math.nextafter(margin, end) for end in (-math.inf, math.inf))
    leads = torch.tensor([below, margin, above, math.inf, -math.inf, math.nan], dtype=torch.float64)
    input = torch.stack((leads, torch.zeros_like(leads)), 1)
    target = torch.zeros(len(leads), dtype=torch.long)
    both_agree(input, target, {"margin": margin, "p": p, "reduction": reduction})


def test_refuses_what_the_library_refuses() -> None:
    input, target = torch.zeros(2, 3), torch.tensor([0, 2])
    refused = (
        (input, torch.tensor([0, 3])),
        (input, torch.tensor([0, -1])),
        (input, torch.tensor([0])),
        (input, target[:, None]),
        (input, torch.tensor(0)),
        (input[None], target),
        (torch.zeros(2, 0), target),
        (input, torch.eye(3, dtype=torch.long)[:2]),
    )
    for arguments in refused:
        both_refuse(multi_margin_loss, F.multi_margin_loss, *arguments)
    both_refuse(multi_margin_loss, F.multi_margin_loss, input, target, p=3)
    both_refuse(multi_margin_loss, F.multi_margin_loss, input, target, weight=torch.ones(2))
