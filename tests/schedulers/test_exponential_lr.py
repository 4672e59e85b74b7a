"""The closed form of ExponentialLR is torch's schedule."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import ExponentialLR

from reference import load
from schedulers.scheduler_proof import notices, proof, same_at_every_step, same_run, same_signature, scheduled

page = load("schedulers/exponential_lr")


@proof
@given(st.floats(1e-6, 10), st.floats(-1.1, 1.1), st.integers(1, 80), st.data())
def test_learning_rate(base_lr: float, gamma: float, steps: int, data: st.DataObject) -> None:
    formula = partial(page.exponential_lr, base_lr=base_lr, gamma=gamma)
    at = data.draw(st.integers(0, steps - 1))
    same_run(formula, scheduled(ExponentialLR, base_lr, gamma=gamma), steps, at)


def test_every_step_of_a_long_run() -> None:
    for gamma in (0.9995, 1.0005):
        formula = partial(page.exponential_lr, base_lr=0.1, gamma=gamma)
        same_at_every_step(formula, scheduled(ExponentialLR, gamma=gamma), 10_000)


def test_has_the_signature_of_the_library() -> None:
    same_signature(page.exponential_lr, ExponentialLR)


def test_the_proof_notices_a_slip() -> None:
    def late(step: int) -> float:
        return float(page.exponential_lr(step - 1, 0.1, 0.9))

    other = partial(page.exponential_lr, base_lr=0.1, gamma=0.901)
    notices(scheduled(ExponentialLR, gamma=0.9), 20, late, other, lambda step: 0.1)
