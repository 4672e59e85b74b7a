"""The SGD of the page follows torch's."""

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

SGD = load("optimizers/sgd").SGD

#: Momentum, dampening and Nesterov, without the combinations that torch rejects.
velocities = st.tuples(
    st.sampled_from([0.0, 0.9]) | st.floats(0, 0.99), st.sampled_from([0.0, 0.9]) | st.floats(0, 1.5), st.just(False)
) | st.tuples(st.floats(0.01, 0.99), st.just(0.0), st.just(True))


@proof
@given(problems, st.floats(1e-5, 0.01), velocities, st.sampled_from([0.0, 0.01]) | st.floats(0, 1))
@example(PROBLEMS[1], 1.0, (0.9, 0.0, True), 0.1)  # diverges to infinity and nan, as torch does
def test_follows_the_library(
    problem: Problem, lr: float, velocity: tuple[float, float, bool], weight_decay: float
) -> None:
    momentum, dampening, nesterov = velocity
    options = {"momentum": momentum, "dampening": dampening, "nesterov": nesterov}
    follows(SGD, torch.optim.SGD, problem, lr=lr, weight_decay=weight_decay, **options)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
@pytest.mark.parametrize("options", [{}, {"momentum": 0.9, "nesterov": True}, {"momentum": 0.9, "dampening": 0.5}])
def test_follows_the_library_by_itself(problem: Problem, options: dict[str, float]) -> None:
    follows_with_closure(SGD, torch.optim.SGD, problem, lr=1e-4, weight_decay=0.1, **options)


@pytest.mark.parametrize(
    "wrong", [{"dampening": 0.5}, {"nesterov": True}, {"weight_decay": 0.1}, {"momentum": 0.0}], ids=str
)
def test_a_missing_branch_is_noticed(wrong: dict[str, float]) -> None:
    with pytest.raises(AssertionError):
        follows(SGD, lambda p, **o: torch.optim.SGD(p, **(o | wrong)), PROBLEMS[2], momentum=0.9, lr=0.01)


def test_dampening_spares_the_first_gradient() -> None:
    """With a buffer that starts at zero, dampening would act on the first gradient too: noticed at step 1."""

    def from_zero(params: list[torch.Tensor], **options: float) -> object:
        optimizer = SGD(params, **options)
        optimizer.state = {p: {"v": torch.zeros_like(p)} for p in params}
        return optimizer

    with pytest.raises(AssertionError, match="after step 1,"):
        follows(from_zero, torch.optim.SGD, PROBLEMS[2], momentum=0.9, dampening=0.5)
