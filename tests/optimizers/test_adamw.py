"""The AdamW of the page follows torch's."""

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

AdamW = load("optimizers/adamw").AdamW


@proof
@given(
    problems,
    st.floats(1e-5, 1.0),
    betas,
    st.sampled_from([1e-8, 1e-3, 1.0]),
    st.sampled_from([0.0, 0.01]) | st.floats(0, 1),
    st.booleans(),
)
@example(PROBLEMS[1], 1.0, (0.9, 0.999), 1e-8, 1.0, True)  # η λ = 1: every step forgets the parameter
def test_follows_the_library(
    problem: Problem, lr: float, betas: tuple[float, float], eps: float, weight_decay: float, amsgrad: bool
) -> None:
    options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad}
    follows(AdamW, torch.optim.AdamW, problem, **options)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
@pytest.mark.parametrize("amsgrad", [False, True])
def test_follows_the_library_by_itself(problem: Problem, amsgrad: bool) -> None:
    follows_with_closure(AdamW, torch.optim.AdamW, problem, lr=0.01, weight_decay=0.1, amsgrad=amsgrad)


def test_amsgrad_is_reached() -> None:
    """On the net the largest v is not the last one, so that the branch really differs."""
    with pytest.raises(AssertionError):
        follows(AdamW, lambda p, **o: torch.optim.AdamW(p, amsgrad=True, **o), PROBLEMS[2], betas=(0.9, 0.5))
