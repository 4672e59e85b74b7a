"""The closed form of StepLR is torch's schedule."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import StepLR

from reference import load
from schedulers.scheduler_proof import proof, same_run, scheduled

page = load("schedulers/step_lr")


@proof
@given(st.floats(1e-6, 10), st.integers(1, 40), st.floats(0, 1.2), st.integers(1, 100), st.data())
def test_learning_rate(base_lr: float, step_size: int, gamma: float, steps: int, data: st.DataObject) -> None:
    formula = partial(page.step_lr, base_lr=base_lr, step_size=step_size, gamma=gamma)
    at = data.draw(st.integers(0, steps - 1))
    same_run(formula, scheduled(StepLR, base_lr, step_size=step_size, gamma=gamma), steps, at)
