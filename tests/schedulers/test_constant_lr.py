"""The closed form of ConstantLR is torch's schedule."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import ConstantLR

from reference import load
from schedulers.scheduler_proof import notices, proof, same_at_every_step, same_end, same_run, same_signature, scheduled

page = load("schedulers/constant_lr")


@proof
@given(st.floats(1e-6, 10), st.floats(1e-3, 1), st.integers(0, 40), st.integers(1, 60), st.data())
def test_learning_rate(base_lr: float, factor: float, total_iters: int, steps: int, data: st.DataObject) -> None:
    formula = partial(page.constant_lr, base_lr=base_lr, factor=factor, total_iters=total_iters)
    at = data.draw(st.integers(0, steps - 1))
    same_run(formula, scheduled(ConstantLR, base_lr, factor=factor, total_iters=total_iters), steps, at)


def test_every_step_of_a_long_run() -> None:
    options = {"factor": 0.1, "total_iters": 7000}
    same_at_every_step(partial(page.constant_lr, base_lr=0.1, **options), scheduled(ConstantLR, **options), 20_000)


def test_has_the_signature_of_the_library() -> None:
    same_signature(page.constant_lr, ConstantLR)


def test_the_proof_notices_a_slip() -> None:
    def late(step: int) -> float:
        return float(page.constant_lr(step - 1, 0.1, total_iters=15))

    make = scheduled(ConstantLR, total_iters=15)
    notices(make, 21, late, partial(page.constant_lr, base_lr=0.1, factor=0.3, total_iters=15), lambda step: 0.1)
    never = scheduled(ConstantLR, total_iters=0)
    notices(never, 21, lambda step: 0.1)
    same_end(partial(page.constant_lr, base_lr=0.1, total_iters=0), never, 30)
