"""The Rprop of the page follows torch's."""

from __future__ import annotations

import pytest
import torch
from hypothesis import example, given
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

Rprop = load("optimizers/rprop").Rprop

etas = st.tuples(st.just(0.5) | st.floats(0.1, 0.95), st.just(1.2) | st.floats(1.05, 3))
step_sizes = st.just((1e-6, 50)) | st.tuples(st.floats(1e-6, 1e-2), st.floats(1e-3, 1))


@proof
@given(problems, st.floats(0, 1.0), etas, step_sizes)
@example(PROBLEMS[0], 100.0, (0.5, 1.2), (1e-6, 50))  # the limits act on the first step too
@example(PROBLEMS[0], 0.1, (0.5, 1.2), (50, 1e-6))  # limits the wrong way round: the upper one wins
def test_follows_the_library(
    problem: Problem, lr: float, etas: tuple[float, float], step_sizes: tuple[float, float]
) -> None:
    follows(Rprop, torch.optim.Rprop, problem, lr=lr, etas=etas, step_sizes=step_sizes)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_follows_the_library_by_itself(problem: Problem) -> None:
    follows_with_closure(Rprop, torch.optim.Rprop, problem, lr=0.01)


@pytest.mark.parametrize("wrong", [{"etas": (0.4, 1.2)}, {"etas": (0.5, 1.3)}, {"step_sizes": (1e-2, 50)}], ids=str)
def test_a_missing_branch_is_noticed(wrong: dict[str, tuple[float, float]]) -> None:
    with pytest.raises(AssertionError):
        follows(Rprop, lambda p, **o: torch.optim.Rprop(p, **(o | wrong)), PROBLEMS[2], lr=0.1)


def test_the_upper_limit_is_noticed() -> None:
    with pytest.raises(AssertionError):
        follows(Rprop, lambda p: torch.optim.Rprop(p, step_sizes=(1e-6, 0.02)), PROBLEMS[0])
