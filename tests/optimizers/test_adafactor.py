"""The Adafactor of the page follows torch's, on vectors, matrices and kernels."""

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
    follows,
    follows_with_closure,
    problems,
    proof,
)
from reference import load

Adafactor = load("optimizers/adafactor").Adafactor


def _kernels(p: Sequence[torch.Tensor], t: int) -> torch.Tensor:
    return ((p[0] * (1 + t % 3)).sin() * p[0]).sum() + p[1] ** 2


#: Four dimensions, of which the last two are factored, and none at all.
KERNELS = Problem(
    "kernels",
    (torch.linspace(-1, 2, 36, dtype=torch.float64).reshape(2, 3, 2, 3), torch.tensor(0.3, dtype=torch.float64)),
    _kernels,
)

options = st.fixed_dictionaries(
    {
        "lr": st.just(1e-2) | st.floats(1e-5, 2.0),
        "beta2_decay": st.just(-0.8) | st.floats(-2, 0),
        "eps": st.sampled_from([(None, 1e-3), (1e-30, 1.0), (1e-3, 0.0), (1.0, 1e-3)]),
        "d": st.just(1.0) | st.floats(1, 3),
        "weight_decay": st.just(0.0) | st.floats(0, 1),
    }
)


@proof
@given(problems | st.just(KERNELS), options)
def test_follows_the_library(problem: Problem, options: dict[str, Any]) -> None:
    follows(Adafactor, torch.optim.Adafactor, problem, **options)


@pytest.mark.parametrize("problem", (*PROBLEMS, KERNELS), ids=lambda problem: problem.name)
def test_follows_the_library_with_its_defaults(problem: Problem) -> None:
    follows(Adafactor, torch.optim.Adafactor, problem, steps=100)


def test_follows_the_library_by_itself() -> None:
    follows_with_closure(Adafactor, torch.optim.Adafactor, PROBLEMS[2], weight_decay=0.1)


@pytest.mark.parametrize(
    "other", [{"d": 3.0}, {"eps": (None, 10.0)}, {"eps": (1.0, 1e-3)}, {"weight_decay": 1e-3}, {"beta2_decay": 0.0}]
)
def test_every_branch_is_reached(other: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        follows(Adafactor, lambda p: torch.optim.Adafactor(p, **other), PROBLEMS[2])
