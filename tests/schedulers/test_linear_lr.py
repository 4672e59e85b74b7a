"""The closed form of LinearLR is torch's schedule."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import LinearLR

from reference import load
from schedulers.scheduler_proof import proof, same_run, scheduled

page = load("schedulers/linear_lr")
plans = st.fixed_dictionaries(
    {
        "start_factor": st.sampled_from([1 / 3, 1.0]) | st.floats(1e-3, 1),
        "end_factor": st.sampled_from([0.0, 1.0]) | st.floats(0, 1),
        "total_iters": st.integers(0, 60),
    }
)


@proof
@given(st.floats(1e-6, 1), plans, st.integers(1, 80), st.data())
def test_learning_rate(base_lr: float, plan: dict[str, float], steps: int, data: st.DataObject) -> None:
    formula = partial(page.linear_lr, base_lr=base_lr, **plan)
    at = data.draw(st.integers(0, steps - 1))
    same_run(formula, scheduled(LinearLR, base_lr, **plan), steps, at)
