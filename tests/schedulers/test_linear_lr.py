"""The closed form of LinearLR is torch's schedule."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import LinearLR

from reference import load
from schedulers.scheduler_proof import notices, proof, same_at_every_step, same_end, same_run, same_signature, scheduled

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


def test_every_step_of_a_long_run() -> None:
    options = {"start_factor": 0.001, "total_iters": 15_000}
    same_at_every_step(partial(page.linear_lr, base_lr=0.1, **options), scheduled(LinearLR, **options), 20_000)


def test_has_the_signature_of_the_library() -> None:
    same_signature(page.linear_lr, LinearLR)


def test_the_proof_notices_a_slip() -> None:
    def late(step: int) -> float:
        return float(page.linear_lr(step - 1, 0.1, total_iters=15))

    make = scheduled(LinearLR, total_iters=15)
    notices(make, 21, late, partial(page.linear_lr, base_lr=0.1, total_iters=14), lambda step: 0.1)
    never = scheduled(LinearLR, total_iters=0)
    notices(never, 21, lambda step: 0.1)
    same_end(partial(page.linear_lr, base_lr=0.1, total_iters=0), never, 30)
