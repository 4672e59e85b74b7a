"""The linear cross entropy of the page is the library's, at once and in chunks: value and all gradients."""

from __future__ import annotations

from functools import partial

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from losses.class_proof import class_targets, class_weights
from losses.loss_proof import REDUCTIONS, agree, both_refuse, numbers, proof, tensors
from reference import load

linear_cross_entropy = load("losses/linear_cross_entropy").linear_cross_entropy
close = partial(agree, atol=1e-11)  # sums of products up to 1000 cancel
Arguments = tuple[list[Tensor], dict[str, object]]


@st.composite
def cases(draw: st.DrawFn, soft: bool = False, chunked: bool = False) -> Arguments:
    """Samples, a layer, targets and options that fit together; with chunks only what the library chunks."""
    batch = draw(st.sampled_from([(1,), (5,), (0,)] if chunked else [(), (1,), (5,), (0,)]))
    outputs = draw(st.sampled_from([(), (2,), (1, 3)])) if batch and not chunked else ()
    features, classes = draw(st.sampled_from([1, 3])), draw(st.sampled_from([1, 2, 4]))
    shape = (*batch, classes, *outputs)
    input = draw(tensors((*batch, features), numbers(edges=(0.0,))))
    W = draw(tensors((classes, *outputs, features), numbers(edges=(0.0,))))
    target, ignored = draw(tensors(shape, st.floats(0, 1))), None
    if not soft:
        target, ignored = draw(class_targets(shape))
    smoothing = 0.0 if chunked else draw(st.sampled_from([0.0, 0.1, 1.0]))
    weight = draw(class_weights(shape))
    if weight is not None and not soft and not weight[target.where(target != ignored, 0)].any():
        smoothing = 0.0  # as in test_cross_entropy
    options: dict[str, object] = {"weight": weight, "ignore_index": ignored, "label_smoothing": smoothing}
    options["reduction"] = draw(st.sampled_from(REDUCTIONS))
    if chunked:
        assume(batch != (0,) or options["reduction"] != "mean")  # nan with a gradient of 0 there, of nan on the page
        options["options"] = nn.LinearCrossEntropyOptions(batch_chunk_size=draw(st.integers(1, 6)))
    bias = [draw(tensors(W.shape[:-1], numbers(edges=(0.0,))))] if draw(st.booleans()) else []
    return [input, W, target, *bias], options


def check(case: Arguments) -> None:
    """Compare with every tensor as an argument, so that the gradient of each is compared too."""
    tensors, options = case

    def call(loss: object, input: Tensor, W: Tensor, target: Tensor, bias: Tensor | None = None) -> Tensor:
        return loss(input, W, target, linear_bias=bias, **options)  # type: ignore[operator]

    close(partial(call, linear_cross_entropy), partial(call, F.linear_cross_entropy), *tensors)


@settings(proof, max_examples=120)
@given(cases())
def test_of_classes_is_the_function_of_the_library(case: Arguments) -> None:
    check(case)


@settings(proof, max_examples=60)
@given(cases(soft=True))
def test_of_probabilities_is_the_function_of_the_library(case: Arguments) -> None:
    check(case)


@settings(proof, max_examples=60)
@given(cases(chunked=True))
def test_in_chunks_is_the_function_of_the_library(case: Arguments) -> None:
    check(case)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("outputs", [(), (2, 3)])
def test_is_the_class_of_the_library(bias: bool, outputs: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    library = nn.LinearCrossEntropyLoss(3, 4, out_features=outputs, bias=bias, dtype=torch.float64)
    input, target = torch.randn(5, 3, dtype=torch.float64), torch.randint(4, (5, *outputs))
    W = library.linear.weight.detach().reshape(4, *outputs, 3)
    b = library.linear.bias.detach().reshape(4, *outputs) if bias else None

    def ours(input: Tensor, target: Tensor) -> Tensor:
        return linear_cross_entropy(input, W, target, linear_bias=b)

    close(ours, library, input, target)


def test_refuses_classes_and_features_that_do_not_exist() -> None:
    input, W = torch.zeros(2, 3), torch.zeros(4, 3)
    both_refuse(linear_cross_entropy, F.linear_cross_entropy, input, W, torch.tensor([0, 4]))
    both_refuse(linear_cross_entropy, F.linear_cross_entropy, torch.zeros(2, 2), W, torch.tensor([0, 1]))
