"""The RAdam of the page follows torch's."""

from __future__ import annotations

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from optimizers.optimizer_proof import (
    PROBLEMS,
    Problem,
    betas,
    follows,
    follows_with_closure,
    problems,
    proof,
)
from reference import load

RAdam = load("optimizers/radam").RAdam


@proof
@given(
    problems,
    st.floats(1e-5, 1e-3),  # larger overflows on Rosenbrock in the steps that do not adapt
    betas,
    st.sampled_from([1e-8, 1e-3, 1.0]),
    st.sampled_from([0, 0.01]) | st.floats(0, 1),
    st.booleans(),
)
@example(PROBLEMS[2], 0.1, (0.9, 0.999), 1e-8, 0.1, False)
@example(PROBLEMS[2], 0.1, (0.9, 0.999), 1e-3, 0.1, True)
def test_follows_the_library(
    problem: Problem,
    lr: float,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
    decoupled: bool,
) -> None:
    options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
    follows(RAdam, torch.optim.RAdam, problem, decoupled_weight_decay=decoupled, **options)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_follows_the_library_by_itself(problem: Problem) -> None:
    follows_with_closure(RAdam, torch.optim.RAdam, problem, lr=0.01, weight_decay=0.1)


@pytest.mark.parametrize("slip", [{"weight_decay": 1e-3}, {"eps": 1e-3}, {"betas": (0.9, 0.99)}, {"betas": (0.9, 0.6)}])
def test_every_branch_is_reached(slip: dict[str, object]) -> None:
    with pytest.raises(AssertionError):
        follows(lambda p: RAdam(p), lambda p: torch.optim.RAdam(p, **slip), PROBLEMS[2])


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
@pytest.mark.parametrize("decoupled", [False, True])
@pytest.mark.parametrize("beta2", [0.5, 0.66, 0.67, 0.9])
def test_follows_where_it_never_or_late_rectifies(problem: Problem, beta2: float, decoupled: bool) -> None:
    options = {"lr": 0.01, "betas": (0.9, beta2), "weight_decay": 0.1, "decoupled_weight_decay": decoupled}
    follows(RAdam, torch.optim.RAdam, problem, **options)


def test_tells_the_two_decays_apart() -> None:
    with pytest.raises(AssertionError):
        follows(
            lambda p: RAdam(p, weight_decay=1e-3),
            lambda p: torch.optim.RAdam(p, weight_decay=1e-3, decoupled_weight_decay=True),
            PROBLEMS[2],
        )
