"""The negative log-likelihood of the page is the library's: value, gradient, every option, every shape."""

from __future__ import annotations

import math
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from losses.class_proof import class_shapes, class_targets, class_weights
from losses.loss_proof import EDGES, REDUCTIONS, agree, both_refuse, by_class, numbers, proof, tensors
from reference import load

nll_loss = load("losses/nll_loss").nll_loss
# A sum may cancel: the inputs of the proof have both signs.
close = partial(agree, atol=1e-12)
Case = tuple[Tensor, Tensor, dict[str, object]]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any numbers (nothing makes them log-probabilities), classes of which some are ignored, and options."""
    shape = draw(class_shapes)
    far = draw(st.sampled_from([1e150, -1e150]))  # of one sign: of both, the order of a sum decides what is left of it
    input, (target, ignored) = draw(tensors(shape, numbers(edges=(*EDGES[:-2], far)))), draw(class_targets(shape))
    options = {
        "weight": draw(class_weights(shape)),
        "ignore_index": ignored,
        "reduction": draw(st.sampled_from(REDUCTIONS)),
    }
    return input, target, options


@proof
@given(cases())
def test_is_the_function_and_the_class_of_the_library(case: Case) -> None:
    input, target, options = case
    # The library has no gradient by the weights of the classes.
    for library in (F.nll_loss, by_class(nn.NLLLoss)):
        close(partial(nll_loss, **options), partial(library, **options), input, target)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("far", [-math.inf, math.inf, math.nan])
@pytest.mark.parametrize("weight", [None, torch.tensor([0.0, 2.0], dtype=torch.float64)])
def test_agrees_beyond_all_numbers(far: float, reduction: str, weight: Tensor | None) -> None:
    input = torch.tensor([[far, 0.0], [0.0, far], [1.0, 2.0]], dtype=torch.float64)
    options = {"weight": weight, "reduction": reduction}
    for target in ([0, 1, 1], [1, 0, 0], [-100, 1, 1], [-100, -100, -100], [0, 0, 0]):
        close(partial(nll_loss, **options), partial(F.nll_loss, **options), input, torch.tensor(target))


@pytest.mark.parametrize(
    "target",
    [
        torch.tensor([0, 3]),
        torch.tensor([0, -1]),
        torch.tensor([0]),
        torch.tensor([[0], [1]]),
        torch.tensor([0.0, 1.0]),
        torch.tensor([0, 1], dtype=torch.int32),
        torch.ones(2, 3),
    ],
    ids=str,
)
def test_refuses_the_targets_that_the_library_refuses(target: Tensor) -> None:
    both_refuse(nll_loss, F.nll_loss, torch.zeros(2, 3), target)


def test_refuses_the_options_that_the_library_refuses() -> None:
    input, target = torch.zeros(2, 3), torch.tensor([0, 1])
    both_refuse(nll_loss, F.nll_loss, torch.tensor(1.0), torch.tensor(0))
    for shape in ((2,), (1,), (), (3, 1)):
        both_refuse(nll_loss, F.nll_loss, input, target, weight=torch.ones(shape))
