"""The closed form of StepLR is torch's schedule."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import StepLR

from reference import load
from schedulers.scheduler_proof import notices, proof, same_at_every_step, same_run, same_signature, scheduled

page = load("schedulers/step_lr")


@proof
@given(st.floats(1e-6, 10), st.integers(1, 40), st.floats(0, 1.2), st.integers(1, 100), st.data())
def test_learning_rate(base_lr: float, step_size: int, gamma: float, steps: int, data: st.DataObject) -> None:
    formula = partial(page.step_lr, base_lr=base_lr, step_size=step_size, gamma=gamma)
    at = data.draw(st.integers(0, steps - 1))
    same_run(formula, scheduled(StepLR, base_lr, step_size=step_size, gamma=gamma), steps, at)


def test_every_step_of_a_long_run() -> None:
    options = {"step_size": 1000, "gamma": 0.9}
    same_at_every_step(partial(page.step_lr, base_lr=0.1, **options), scheduled(StepLR, **options), 20_000)


def test_has_the_signature_of_the_library() -> None:
    same_signature(page.step_lr, StepLR)


def test_the_proof_notices_a_slip() -> None:
    def late(step: int) -> float:
        return float(page.step_lr(step - 1, 0.1, 5))

    notices(scheduled(StepLR, step_size=5), 21, late, partial(page.step_lr, base_lr=0.1, step_size=6), lambda step: 0.1)
