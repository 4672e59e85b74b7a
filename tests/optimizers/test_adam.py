"""The Adam of the page follows torch's."""

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

Adam = load("optimizers/adam").Adam


@proof
@given(
    problems,
    st.floats(1e-5, 1.0),
    betas,
    st.sampled_from([1e-8, 1e-3, 1.0]),
    st.sampled_from([0, 0.01]) | st.floats(0, 1),
    st.booleans(),
    st.booleans(),
)
@example(PROBLEMS[1], 1.0, (0.9, 0.999), 1e-8, 1.0, True, True)  # η λ = 1: every step forgets the parameter
@example(PROBLEMS[2], 0.1, (0.9, 0.999), 1e-8, 0.1, True, False)
def test_follows_the_library(
    problem: Problem,
    lr: float,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
    amsgrad: bool,
    decoupled: bool,
) -> None:
    options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad}
    follows(Adam, torch.optim.Adam, problem, decoupled_weight_decay=decoupled, **options)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
@pytest.mark.parametrize("decoupled", [False, True])
@pytest.mark.parametrize("amsgrad", [False, True])
def test_follows_the_library_by_itself(problem: Problem, amsgrad: bool, decoupled: bool) -> None:
    options = {"weight_decay": 0.1, "amsgrad": amsgrad, "decoupled_weight_decay": decoupled}
    follows_with_closure(Adam, torch.optim.Adam, problem, lr=0.01, **options)


@pytest.mark.parametrize(
    "slip", [{"amsgrad": True, "betas": (0.9, 0.5)}, {"weight_decay": 1e-3}, {"eps": 1e-3}, {"betas": (0.9, 0.998)}]
)
def test_every_branch_is_reached(slip: dict[str, object]) -> None:
    rest = {"betas": slip["betas"]} if "amsgrad" in slip else {}
    with pytest.raises(AssertionError):
        follows(lambda p: Adam(p, **rest), lambda p: torch.optim.Adam(p, **slip), PROBLEMS[2])


def test_tells_the_two_decays_apart() -> None:
    with pytest.raises(AssertionError):
        follows(Adam, torch.optim.AdamW, PROBLEMS[2], weight_decay=1e-3)
