"""The Adadelta of the page follows torch's."""

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

Adadelta = load("optimizers/adadelta").Adadelta


@settings(proof, max_examples=30)
@given(
    problems,
    st.floats(1e-3, 10.0),
    st.sampled_from([0.0, 0.9, 1.0]) | st.floats(0, 1),
    st.sampled_from([1e-6, 1e-3, 1.0]),
    st.sampled_from([0.0, 0.01]) | st.floats(0, 1),
)
@example(PROBLEMS[0], 1.0, 1.0, 1e-6, 0.0)  # both averages stay zero: plain SGD with a rate of 1
def test_follows_the_library(problem: Problem, lr: float, rho: float, eps: float, weight_decay: float) -> None:
    options = {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay}
    follows(Adadelta, torch.optim.Adadelta, problem, **options)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_follows_the_library_by_itself(problem: Problem) -> None:
    follows_with_closure(Adadelta, torch.optim.Adadelta, problem, lr=0.5, rho=0.8, weight_decay=0.1)


@pytest.mark.parametrize(
    "option",
    [{"lr": 0.9}, {"rho": 0.8}, {"weight_decay": 0.1}, {"eps": 1e-3}],
    ids=str,
)
def test_a_branch_that_is_missing_is_noticed(option: dict[str, float]) -> None:
    with pytest.raises(AssertionError):
        follows(Adadelta, lambda p, **o: torch.optim.Adadelta(p, **o, **option), PROBLEMS[2], steps=5)
