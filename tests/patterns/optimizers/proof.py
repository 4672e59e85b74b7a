"""The TITLE of the page follows torch's."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from optimizers.optimizer_proof import Problem, follows, problems, proof
from reference import load

TITLE = load("optimizers/NAME").TITLE


@proof
@given(problems, st.floats(1e-5, 0.01))
def test_follows_the_library(problem: Problem, lr: float) -> None:
    follows(TITLE, torch.optim.SGD, problem, lr=lr)
