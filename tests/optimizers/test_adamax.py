"""The Adamax of the page follows torch's."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
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

Adamax = load("optimizers/adamax").Adamax


@proof
@given(
    problems,
    st.floats(1e-5, 1.0),
    betas,
    st.sampled_from([1e-8, 1e-3, 1.0]),
    st.sampled_from([0, 0.01]) | st.floats(0, 1),
)
def test_follows_the_library(
    problem: Problem,
    lr: float,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
) -> None:
    options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
    follows(Adamax, torch.optim.Adamax, problem, **options)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_follows_the_library_by_itself(problem: Problem) -> None:
    follows_with_closure(Adamax, torch.optim.Adamax, problem, lr=0.01, weight_decay=0.1)


@pytest.mark.parametrize("slip", [{"weight_decay": 1e-3}, {"eps": 1e-3}, {"betas": (0.9, 0.99)}])
def test_every_branch_is_reached(slip: dict[str, object]) -> None:
    with pytest.raises(AssertionError):
        follows(lambda p: Adamax(p), lambda p: torch.optim.Adamax(p, **slip), PROBLEMS[2])
