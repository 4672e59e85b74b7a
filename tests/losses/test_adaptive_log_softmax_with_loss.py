"""The adaptive softmax of the page is the library's: weights, value, gradients, probabilities, refusals."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from losses.loss_proof import numbers, proof, tensors
from reference import load

Reference = load("losses/adaptive_log_softmax_with_loss").AdaptiveLogSoftmaxWithLoss
fewer = settings(proof, max_examples=100)  # every example makes two modules
Library = nn.AdaptiveLogSoftmaxWithLoss
Case = tuple[dict[str, object], Tensor, Tensor]
SMALL = numbers(-10, 10, edges=(0.0, -0.0, 1e-9))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Options, input and target that fit together; batches of none, of one, and one sample without a batch."""
    features, classes = draw(st.integers(1, 8)), draw(st.integers(2, 9))
    cutoffs = draw(st.sets(st.integers(1, classes - 1), min_size=1, max_size=3))
    # div_value keeps every width at 1 or more; a width of 0 is tested below.
    div_value = draw(st.floats(0.7, max(0.7, features ** (1 / len(cutoffs)) - 1e-9)))
    batch = draw(st.none() | st.integers(0, 5))
    input = draw(tensors((features,) if batch is None else (batch, features), SMALL))
    count = 1 if batch is None else batch
    target = torch.tensor(draw(st.lists(st.integers(0, classes - 1), min_size=count, max_size=count)), dtype=torch.long)
    options = {"in_features": features, "n_classes": classes, "cutoffs": sorted(cutoffs)}
    options |= {"div_value": div_value, "head_bias": draw(st.booleans())}
    return options, input, target[0] if batch is None else target


def both(options: dict[str, object]) -> list[nn.Module]:
    """The reference and the library's module, drawn from one seed."""
    models = []
    for kind in (Reference, Library):
        torch.manual_seed(0)
        models.append(kind(**options, dtype=torch.float64))
    return models


def same(actual: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-13, equal_nan=True)


@fewer
@given(cases())
def test_draws_the_weights_of_the_library(case: Case) -> None:
    ours, theirs = (model.state_dict() for model in both(case[0]))
    assert list(ours) == list(theirs)
    for name, weight in ours.items():
        assert torch.equal(weight, theirs[name])


@fewer
@given(cases())
def test_is_the_function_of_the_library(case: Case) -> None:
    options, input, target = case
    seen = []
    for model in both(options):
        x = input.clone().requires_grad_()
        output, loss = model(x, target)
        weights = torch.linspace(1, 2, output.numel(), dtype=torch.float64).reshape(output.shape)
        ((output * weights).sum() + 3 * loss).backward()
        seen.append((output, loss, x.grad, *(p.grad for p in model.parameters())))
    for ours, theirs in zip(*seen, strict=True):
        assert (ours is None) == (theirs is None)  # a cluster without a target has no gradient at all
        if ours is not None:
            same(ours, theirs)


@fewer
@given(cases())
def test_gives_the_probabilities_of_the_library(case: Case) -> None:
    options, input, _ = case
    ours, theirs = both(options)
    input = input.reshape(-1, input.size(-1))
    same(ours.log_prob(input), theirs.log_prob(input))
    assert ours.predict(input).shape == theirs.predict(input).shape


def test_predicts_what_the_library_predicts() -> None:
    ours, theirs = both({"in_features": 8, "n_classes": 20, "cutoffs": [4, 8, 16], "div_value": 1.5})
    with torch.no_grad():
        for model in (ours, theirs):
            model.head.weight.mul_(5)
            model.tail[0][1].weight.mul_(20)
    input = torch.randn(300, 8, dtype=torch.float64)
    assert torch.equal(ours.predict(input), theirs.predict(input))
    assert (theirs.predict(input) < 4).any()
    assert (theirs.predict(input) >= 4).any()


@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
def test_a_cluster_without_width_is_uniform_in_both() -> None:
    input, target = torch.randn(3, 4, dtype=torch.float64), torch.tensor([0, 5, 6])
    for model in both({"in_features": 4, "n_classes": 8, "cutoffs": [2, 4], "div_value": 3.0}):
        inside = model.log_prob(input)[:, 4:].softmax(1)
        same(inside, torch.full_like(inside, 1 / 4))
        assert model(input, target).loss.isfinite()


@pytest.mark.parametrize("cutoffs", [[], [0, 2], [3, 2], [2, 2], [2, 5], [2.5], [-1]])
def test_refuses_the_cutoffs_that_the_library_refuses(cutoffs: list[float]) -> None:
    for kind in (Reference, Library):
        with pytest.raises(ValueError, match="cutoffs"):
            kind(4, 5, cutoffs)


@pytest.mark.parametrize(
    ("shape", "target"),
    [
        ((2, 4), torch.tensor([0, 5])),
        ((2, 4), torch.tensor([0, -1])),
        ((2, 4), torch.tensor([0])),
        ((2, 4), torch.tensor(0)),
        ((4,), torch.tensor([0])),
        ((2, 3, 4), torch.zeros(2, 3, dtype=torch.long)),
    ],
)
def test_refuses_what_the_library_refuses(shape: tuple[int, ...], target: Tensor) -> None:
    for kind in (Reference, Library):
        with pytest.raises(RuntimeError):
            kind(4, 5, [2])(torch.zeros(shape), target)


def test_no_samples_give_nan_in_both() -> None:
    for model in both({"in_features": 4, "n_classes": 5, "cutoffs": [2]}):
        output, loss = model(torch.zeros(0, 4, dtype=torch.float64), torch.zeros(0, dtype=torch.long))
        assert output.shape == (0,)
        assert loss.isnan()
