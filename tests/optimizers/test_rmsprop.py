"""The RMSprop of the page follows torch's."""

from __future__ import annotations

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from optimizers.optimizer_proof import (
    PROBLEMS,
    Problem,
    follows,
    follows_with_closure,
    problems,
    proof,
)
from reference import load

RMSprop = load("optimizers/rmsprop").RMSprop

rates = st.floats(1e-5, 1.0)
sizes = st.sampled_from([1e-8, 1e-3, 1.0])
decays = st.sampled_from([0.0, 0.01]) | st.floats(0, 1)
momenta = st.sampled_from([0.0, 0.9]) | st.floats(0, 0.99)


@settings(proof, max_examples=20)
@given(problems, rates, st.sampled_from([0.0, 0.99]) | st.floats(0, 0.9999), sizes, decays, momenta)
@example(PROBLEMS[0], 0.01, 0.0, 1e-8, 0.0, 0.0)  # no memory: the sign of the gradient
def test_follows_the_library(
    problem: Problem, lr: float, alpha: float, eps: float, weight_decay: float, momentum: float
) -> None:
    options = {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay, "momentum": momentum}
    follows(RMSprop, torch.optim.RMSprop, problem, **options)


@settings(proof, max_examples=20)
@given(problems, rates, st.sampled_from([0.9, 0.99]) | st.floats(0.9, 0.9999), sizes, decays, momenta)
def test_follows_the_library_centered(
    problem: Problem, lr: float, alpha: float, eps: float, weight_decay: float, momentum: float
) -> None:
    """Averages over few steps are left out: there the variance of equal gradients is nothing but rounding."""
    options = {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay, "momentum": momentum}
    follows(RMSprop, torch.optim.RMSprop, problem, centered=True, **options)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
@pytest.mark.parametrize("centered", [False, True])
def test_follows_the_library_by_itself(problem: Problem, centered: bool) -> None:
    options = {"lr": 0.001, "momentum": 0.5, "weight_decay": 0.1, "eps": 1e-3, "centered": centered}
    follows_with_closure(RMSprop, torch.optim.RMSprop, problem, **options)


@pytest.mark.parametrize(
    "option", [{"centered": True}, {"momentum": 0.1}, {"weight_decay": 0.1}, {"eps": 1e-3}, {"alpha": 0.98}], ids=str
)
def test_a_branch_that_is_missing_is_noticed(option: dict[str, float]) -> None:
    with pytest.raises(AssertionError):
        follows(RMSprop, lambda p, **o: torch.optim.RMSprop(p, **o, **option), PROBLEMS[2], steps=5)
