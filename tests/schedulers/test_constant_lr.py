"""The closed form of ConstantLR is torch's schedule."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import ConstantLR

from reference import load
from schedulers.scheduler_proof import proof, same_run, scheduled

page = load("schedulers/constant_lr")


@proof
@given(st.floats(1e-6, 10), st.floats(1e-3, 1), st.integers(0, 40), st.integers(1, 60), st.data())
def test_learning_rate(base_lr: float, factor: float, total_iters: int, steps: int, data: st.DataObject) -> None:
    formula = partial(page.constant_lr, base_lr=base_lr, factor=factor, total_iters=total_iters)
    at = data.draw(st.integers(0, steps - 1))
    same_run(formula, scheduled(ConstantLR, base_lr, factor=factor, total_iters=total_iters), steps, at)
