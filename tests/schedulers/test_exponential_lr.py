"""The closed form of ExponentialLR is torch's schedule."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import ExponentialLR

from reference import load
from schedulers.scheduler_proof import proof, same_run, scheduled

page = load("schedulers/exponential_lr")


@proof
@given(st.floats(1e-6, 10), st.floats(-1.1, 1.1), st.integers(1, 80), st.data())
def test_learning_rate(base_lr: float, gamma: float, steps: int, data: st.DataObject) -> None:
    formula = partial(page.exponential_lr, base_lr=base_lr, gamma=gamma)
    at = data.draw(st.integers(0, steps - 1))
    same_run(formula, scheduled(ExponentialLR, base_lr, gamma=gamma), steps, at)
