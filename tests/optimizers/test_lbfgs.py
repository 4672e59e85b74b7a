"""The LBFGS of the page follows torch's: the same evaluations at the same points, and the same steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from optimizers.optimizer_proof import (
    PROBLEMS,
    Problem,
    follows_evaluations,
    problems,
    proof,
)
from reference import load

LBFGS = load("optimizers/lbfgs").LBFGS


def _wavy(p: Sequence[torch.Tensor], t: int) -> torch.Tensor:
    return ((p[0] ** 2).sum() / 8 + (5 * p[0]).cos().sum()) * 10**t


#: Many minima along every line and a scale that jumps: the line search has to go on, to turn, and to give up.
WAVY = Problem("wavy", (torch.tensor([-4.0, 3.1, 1.2, 0.3], dtype=torch.float64),), _wavy)

options = st.fixed_dictionaries(
    {
        "lr": st.just(1) | st.floats(1e-3, 2.0),
        "max_iter": st.integers(1, 6),
        "max_eval": st.none() | st.integers(1, 30),
        "tolerance_grad": st.sampled_from([1e-7, 0.0, 1e-2]),
        "tolerance_change": st.sampled_from([1e-9, 0.0, 1e-3]),
        "history_size": st.just(100) | st.integers(1, 5),
        "line_search_fn": st.sampled_from([None, "strong_wolfe"]),
    }
)


@proof
@given(problems | st.just(WAVY), options)
def test_follows_the_library(problem: Problem, options: dict[str, Any]) -> None:
    follows_evaluations(LBFGS, torch.optim.LBFGS, problem, steps=2, **options)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
@pytest.mark.parametrize("line_search_fn", [None, "strong_wolfe"])
def test_follows_the_library_with_its_defaults(problem: Problem, line_search_fn: str | None) -> None:
    follows_evaluations(LBFGS, torch.optim.LBFGS, problem, steps=3, line_search_fn=line_search_fn)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
@pytest.mark.parametrize("line_search_fn", [None, "strong_wolfe"])
def test_follows_the_library_over_many_steps(problem: Problem, line_search_fn: str | None) -> None:
    options = {"line_search_fn": line_search_fn, "max_iter": 4, "history_size": 5, "lr": 0.5}
    follows_evaluations(LBFGS, torch.optim.LBFGS, problem, steps=60, **options)


@pytest.mark.parametrize("lr", [0.01, 10.0, 100.0])
def test_follows_a_line_search_that_has_to_work(lr: float) -> None:
    for tolerance_change in (1e-9, 1e-2):  # which the line search does not heed
        options = {"lr": lr, "tolerance_change": tolerance_change, "line_search_fn": "strong_wolfe"}
        follows_evaluations(LBFGS, torch.optim.LBFGS, WAVY, **options)


def test_follows_until_the_bracket_is_too_small() -> None:
    """At a kink the slope never gets small, so that only the width of the bracket ends the search."""
    kink = Problem("kink", (torch.tensor([1.0, 0.3], dtype=torch.float64),), lambda p, t: p[0].abs().sum())
    options = {"line_search_fn": "strong_wolfe", "max_eval": 500}
    follows_evaluations(LBFGS, torch.optim.LBFGS, kink, steps=2, **options)


def test_follows_into_nan() -> None:
    saturated = Problem("log cosh", (torch.tensor([3.0, -1.0]).double(),), lambda p, t: p[0].cosh().log().sum())
    follows_evaluations(LBFGS, torch.optim.LBFGS, saturated, steps=4)


def test_follows_where_the_slope_is_within_the_tolerance() -> None:
    follows_evaluations(LBFGS, torch.optim.LBFGS, PROBLEMS[1], steps=3, tolerance_change=1e6)


def test_the_line_search_is_reached() -> None:
    with pytest.raises(AssertionError):
        follows_evaluations(LBFGS, lambda p, **o: torch.optim.LBFGS(p), PROBLEMS[1], line_search_fn="strong_wolfe")


def test_clears_gradients() -> None:
    (parameter,) = parameters = PROBLEMS[0].parameters()
    parameter.grad = torch.ones_like(parameter)
    LBFGS(parameters).zero_grad()
    assert parameter.grad is None
