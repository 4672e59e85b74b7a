"""The multi-label hinge loss of the page is the library's: value, gradient, every option, every edge."""

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

multilabel_margin_loss = load("losses/multilabel_margin_loss").multilabel_margin_loss
# Unbatched (also 0-d, which the library takes for one class), empty, one class, one sample, more.
SHAPES = ((), (1,), (4,), (0, 3), (1, 1), (1, 4), (5, 2), (3, 5))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Tensor, Tensor, str]:
    """Scores and targets: well padded ones, and any in range, with -1 anywhere and indices that repeat."""
    shape = draw(st.sampled_from(SHAPES))
    classes = shape[-1] if shape else 1
    target = draw(tensors(shape, st.integers(-1, classes - 1).map(float))).long()
    if target.dim() and draw(st.booleans()):
        target = torch.where((target < 0).cumsum(-1) > 0, -1, target)
    reduction = "none" if shape[:1] == (0,) else draw(st.sampled_from(REDUCTIONS))
    return draw(tensors(shape, numbers())), target, reduction


@proof
@given(cases())
def test_is_the_function_and_the_class_of_the_library(case: tuple[Tensor, Tensor, str]) -> None:
    input, target, reduction = case
    agree(multilabel_margin_loss, F.multilabel_margin_loss, input, target, reduction=reduction)
    module = nn.MultiLabelMarginLoss(reduction=reduction)
    agree(lambda x, y: multilabel_margin_loss(x, y, reduction), module, input, target)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_agrees_at_the_corner_and_beyond_all_numbers(reduction: str) -> None:
    below, above = (math.nextafter(1, end) for end in (-math.inf, math.inf))
    leads = torch.tensor([below, 1, above, math.inf, -math.inf, math.nan], dtype=torch.float64)
    input = torch.stack((leads, torch.zeros_like(leads)), 1)
    target = torch.tensor([[0, -1]]).expand(len(leads), 2)
    agree(multilabel_margin_loss, F.multilabel_margin_loss, input, target, reduction=reduction)


def test_refuses_what_the_library_refuses() -> None:
    input = torch.zeros(2, 3)
    none = torch.full((2, 3), -1)
    refused = (
        (input, none + torch.tensor([0, 0, 4])),  # beyond the last class, though after the first -1
        (input, none - torch.tensor([0, 1, 0])),
        (input, none[:, :2]),
        (input, none[0]),
        (input[None], none[None]),
        (torch.zeros(2, 0), none[:, :0]),
    )
    for arguments in refused:
        both_refuse(multilabel_margin_loss, F.multilabel_margin_loss, *arguments)
