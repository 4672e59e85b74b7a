"""The NAdam of the page follows torch's."""

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

NAdam = load("optimizers/nadam").NAdam


@proof
@given(
    problems,
    st.floats(1e-5, 1.0),
    betas,
    st.sampled_from([1e-8, 1e-3, 1.0]),
    st.sampled_from([0, 0.01]) | st.floats(0, 1),
    st.sampled_from([0.0, 4e-3, 1.0]) | st.floats(0, 10),
    st.booleans(),
)
@example(PROBLEMS[2], 0.1, (0.9, 0.999), 1e-8, 0.1, 4e-3, True)
@example(PROBLEMS[2], 0.1, (0.9, 0.999), 1e-8, 0.1, 1.0, False)
def test_follows_the_library(
    problem: Problem,
    lr: float,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
    momentum_decay: float,
    decoupled: bool,
) -> None:
    options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "momentum_decay": momentum_decay}
    follows(NAdam, torch.optim.NAdam, problem, decoupled_weight_decay=decoupled, **options)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
@pytest.mark.parametrize("decoupled", [False, True])
def test_follows_the_library_by_itself(problem: Problem, decoupled: bool) -> None:
    options = {"weight_decay": 0.1, "momentum_decay": 0.1, "decoupled_weight_decay": decoupled}
    follows_with_closure(NAdam, torch.optim.NAdam, problem, lr=0.01, **options)


@pytest.mark.parametrize("slip", [{"momentum_decay": 5e-3}, {"weight_decay": 1e-3}, {"eps": 1e-3}])
def test_every_branch_is_reached(slip: dict[str, object]) -> None:
    with pytest.raises(AssertionError):
        follows(lambda p: NAdam(p), lambda p: torch.optim.NAdam(p, **slip), PROBLEMS[2])


def test_tells_the_two_decays_apart() -> None:
    with pytest.raises(AssertionError):
        follows(
            lambda p: NAdam(p, weight_decay=1e-3),
            lambda p: torch.optim.NAdam(p, weight_decay=1e-3, decoupled_weight_decay=True),
            PROBLEMS[2],
        )


def test_the_product_is_float32_as_in_torch() -> None:
    """With both products in float64 the two agree as well, so float32 is the whole difference."""
    torch.set_default_dtype(torch.float64)
    try:
        follows(NAdam, torch.optim.NAdam, PROBLEMS[2])
    finally:
        torch.set_default_dtype(torch.float32)
