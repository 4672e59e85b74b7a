"""The ASGD of the page follows torch's, and so does its average."""

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

ASGD = load("optimizers/asgd").ASGD


class Averages:
    """Wrap an optimizer so that the parameters it shows are the averages: then ``follows`` compares those."""

    def __init__(self, make: type, params: list[torch.nn.Parameter], **options: float) -> None:
        self.shown, self.inner = params, [torch.nn.Parameter(p.detach().clone()) for p in params]
        self.optimizer = make(self.inner, **options)

    def step(self) -> None:
        for inner, shown in zip(self.inner, self.shown, strict=True):
            inner.grad = shown.grad
        self.optimizer.step()
        for inner, shown in zip(self.inner, self.shown, strict=True):
            if inner in self.optimizer.state:
                shown.data.copy_(self.optimizer.state[inner]["ax"])


@proof
@given(
    problems,
    st.floats(1e-5, 0.01),
    st.sampled_from([0.0, 1e-4]) | st.floats(0, 1),
    st.sampled_from([0.0, 0.75]) | st.floats(0, 2),
    st.sampled_from([-1.0, 0.0, 1e6]) | st.floats(0, 70),
    st.sampled_from([0.0, 0.01]) | st.floats(0, 1),
    st.booleans(),
)
@example(PROBLEMS[1], 0.01, 1.0, 0.75, 20.5, 0.1, True)
def test_follows_the_library(
    problem: Problem, lr: float, lambd: float, alpha: float, t0: float, weight_decay: float, averages: bool
) -> None:
    ours, theirs = ASGD, torch.optim.ASGD
    if averages:
        ours, theirs = (lambda p, make=make, **o: Averages(make, p, **o) for make in (ASGD, torch.optim.ASGD))
    follows(ours, theirs, problem, lr=lr, lambd=lambd, alpha=alpha, t0=t0, weight_decay=weight_decay)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_follows_the_library_by_itself(problem: Problem) -> None:
    follows_with_closure(ASGD, torch.optim.ASGD, problem, lr=1e-3, lambd=0.5, weight_decay=0.1)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_follows_the_library_with_its_defaults(problem: Problem) -> None:
    follows(ASGD, torch.optim.ASGD, problem, steps=300, lr=1e-3)


@pytest.mark.parametrize("wrong", [{"alpha": 0.5}, {"lambd": 0.2}, {"weight_decay": 0.1}], ids=str)
def test_a_missing_branch_is_noticed(wrong: dict[str, float]) -> None:
    with pytest.raises(AssertionError):
        follows(ASGD, lambda p, **o: torch.optim.ASGD(p, **(o | wrong)), PROBLEMS[2], lr=0.01, lambd=0.1)


def test_the_start_of_the_average_is_noticed() -> None:
    """An average that starts one step later is the last parameter at step t0 + 3, where the other is a mean of two."""
    with pytest.raises(AssertionError, match="after step 13,"):
        follows(
            lambda p, t0, **o: Averages(ASGD, p, t0=t0 + 1, **o),
            lambda p, **o: Averages(torch.optim.ASGD, p, **o),
            PROBLEMS[0],
            lr=1e-3,
            t0=10,
        )
