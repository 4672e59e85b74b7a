"""The cross entropy of the page is the library's: value, gradient, every option, every shape."""

from __future__ import annotations

import math
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from losses.class_proof import class_shapes, class_targets, class_weights
from losses.loss_proof import REDUCTIONS, agree, both_refuse, numbers, proof, slope, tensors
from reference import load

cross_entropy = load("losses/cross_entropy").cross_entropy
SMOOTHINGS = st.sampled_from([0.0, 0.1, 0.5, 1.0]) | st.floats(0, 1)
# Near 0 the loss is the rounding of log(1 + tiny): relative errors have no meaning there.
close = partial(agree, atol=1e-12)
Case = tuple[Tensor, Tensor, dict[str, object]]


@st.composite
def cases(draw: st.DrawFn, soft: bool) -> Case:
    """Logits, classes (some ignored) or probabilities (not always normalised), and options that fit."""
    shape = draw(class_shapes)
    input = draw(tensors(shape, numbers()))
    if soft:
        target, ignored = draw(tensors(shape, st.sampled_from([0.0, 1.0, 2.5]) | st.floats(0, 1))), -100
    else:
        target, ignored = draw(class_targets(shape))
    reduction, smoothing = draw(st.sampled_from(REDUCTIONS)), draw(SMOOTHINGS)
    weight = draw(class_weights(shape))
    if weight is not None and not soft and not weight[target.where(target != ignored, 0)].any():
        smoothing = 0.0  # a smoothed mean over targets of weight 0 is something / 0: torch has nan, the page inf
    return input, target, dict(weight=weight, ignore_index=ignored, reduction=reduction, label_smoothing=smoothing)


@proof
@given(cases(soft=False))
def test_of_classes_is_the_function_of_the_library(case: Case) -> None:
    input, target, options = case
    # The library has no gradient by the weights of the classes.
    close(partial(cross_entropy, **options), partial(F.cross_entropy, **options), input, target)


@proof
@given(cases(soft=True))
def test_of_probabilities_is_the_function_of_the_library(case: Case) -> None:
    input, target, options = case
    close(cross_entropy, F.cross_entropy, input, target, **options)


@settings(proof, max_examples=60)
@given(cases(soft=False) | cases(soft=True))
def test_is_the_class_of_the_library(case: Case) -> None:
    input, target, options = case
    close(partial(cross_entropy, **options), nn.CrossEntropyLoss(**options), input, target)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("soft", [False, True])
def test_agrees_at_infinite_and_missing_logits(soft: bool, smoothing: float, reduction: str) -> None:
    for far in (-math.inf, math.inf, math.nan, 1e4, -1e4):
        input = torch.tensor([[far, 0.0, 1.0], [far, far, far], [1.0, 2.0, 3.0]], dtype=torch.float64)
        for column in range(3):
            y = torch.full((3,), column)
            target = F.one_hot(y, 3).double() if soft else y
            close(cross_entropy, F.cross_entropy, input, target, reduction=reduction, label_smoothing=smoothing)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("soft", [False, True])
def test_bends_like_the_library(soft: bool, smoothing: float, reduction: str) -> None:
    torch.manual_seed(0)
    input = torch.randn(6, 4, 2, dtype=torch.float64)
    target = torch.rand_like(input) if soft else torch.randint(4, (6, 2))
    options: dict[str, object] = {"reduction": reduction, "label_smoothing": smoothing}
    close(slope(cross_entropy), slope(F.cross_entropy), input, target, **options)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weight", [None, torch.tensor([0.0, 1.0, 2.0], dtype=torch.float64)])
def test_agrees_when_nothing_counts(reduction: str, smoothing: float, weight: Tensor | None) -> None:
    input = torch.randn(4, 3, dtype=torch.float64)
    for target in (torch.full((4,), -100), torch.zeros(4, dtype=torch.int64)):
        if weight is not None and smoothing and target[0] == 0:
            continue  # see cases
        options = {"reduction": reduction, "label_smoothing": smoothing, "weight": weight}
        close(partial(cross_entropy, **options), partial(F.cross_entropy, **options), input, target)


@pytest.mark.parametrize(
    "target",
    [
        torch.tensor([0, 3]),
        torch.tensor([0, -1]),
        torch.tensor([0]),
        torch.tensor([0, 1, 2]),
        torch.tensor([[0], [1]]),
        torch.tensor([0.0, 1.0]),
        torch.tensor([0, 1], dtype=torch.int32),
        torch.ones(2, 3, dtype=torch.int64),
        torch.ones(2, 4),
    ],
    ids=str,
)
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_refuses_the_targets_that_the_library_refuses(target: Tensor, smoothing: float) -> None:
    both_refuse(cross_entropy, F.cross_entropy, torch.zeros(2, 3), target, label_smoothing=smoothing)


def test_refuses_the_options_that_the_library_refuses() -> None:
    input, hard, soft = torch.zeros(2, 3), torch.tensor([0, 1]), torch.ones(2, 3)
    for target in (hard, soft):
        both_refuse(cross_entropy, F.cross_entropy, input, target, label_smoothing=1.1)
        both_refuse(cross_entropy, F.cross_entropy, input, target, reduction="average")
        for shape in ((2,), (1,), (), (3, 1)):
            both_refuse(cross_entropy, F.cross_entropy, input, target, weight=torch.ones(shape))
    both_refuse(cross_entropy, F.cross_entropy, input, soft, ignore_index=0)
