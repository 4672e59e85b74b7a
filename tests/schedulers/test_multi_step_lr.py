"""The closed form of MultiStepLR is torch's schedule."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import MultiStepLR

from reference import load
from schedulers.scheduler_proof import proof, same_run, scheduled

page = load("schedulers/multi_step_lr")


@proof
@given(st.floats(1e-6, 10), st.lists(st.integers(0, 60), max_size=8), st.floats(0, 1.2), st.integers(1, 80), st.data())
def test_learning_rate(base_lr: float, milestones: list[int], gamma: float, steps: int, data: st.DataObject) -> None:
    formula = partial(page.multi_step_lr, base_lr=base_lr, milestones=milestones, gamma=gamma)
    at = data.draw(st.integers(0, steps - 1))
    same_run(formula, scheduled(MultiStepLR, base_lr, milestones=milestones, gamma=gamma), steps, at)
