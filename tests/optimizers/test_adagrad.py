"""The Adagrad of the page follows torch's."""

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

Adagrad = load("optimizers/adagrad").Adagrad

decays = st.sampled_from([0.0, 0.01]) | st.floats(0, 1)


@settings(proof, max_examples=30)
@given(
    problems,
    st.floats(1e-5, 10.0),
    decays,
    decays,
    st.sampled_from([0.0, 0.1]) | st.floats(0, 10),
    st.sampled_from([1e-10, 1e-3, 1.0]),
)
@example(PROBLEMS[2], 1.0, 1.0, 1.0, 0.1, 1e-10)  # the head without gradient at every third step counts its own steps
def test_follows_the_library(
    problem: Problem, lr: float, lr_decay: float, weight_decay: float, initial: float, eps: float
) -> None:
    options = {"lr_decay": lr_decay, "weight_decay": weight_decay, "initial_accumulator_value": initial, "eps": eps}
    follows(Adagrad, torch.optim.Adagrad, problem, lr=lr, **options)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_follows_the_library_by_itself(problem: Problem) -> None:
    follows_with_closure(Adagrad, torch.optim.Adagrad, problem, lr=0.1, lr_decay=0.01, weight_decay=0.1)


@pytest.mark.parametrize(
    "option",
    [{"lr_decay": 0.01}, {"weight_decay": 0.1}, {"initial_accumulator_value": 0.1}, {"eps": 1e-3}],
    ids=str,
)
def test_a_branch_that_is_missing_is_noticed(option: dict[str, float]) -> None:
    with pytest.raises(AssertionError):
        follows(Adagrad, lambda p, **o: torch.optim.Adagrad(p, **o, **option), PROBLEMS[2], steps=5)
