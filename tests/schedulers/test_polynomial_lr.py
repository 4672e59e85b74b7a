"""The closed form of PolynomialLR is torch's schedule."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import PolynomialLR

from reference import load
from schedulers.scheduler_proof import notices, proof, same_at_every_step, same_end, same_run, scheduled

page = load("schedulers/polynomial_lr")
powers = st.sampled_from([0.0, 0.9, 1.0]) | st.floats(0.01, 3)


@proof
@given(st.floats(1e-6, 10), st.integers(0, 60), powers, st.integers(1, 80), st.data())
def test_learning_rate(base_lr: float, total_iters: int, power: float, steps: int, data: st.DataObject) -> None:
    formula = partial(page.polynomial_lr, base_lr=base_lr, total_iters=total_iters, power=power)
    at = data.draw(st.integers(0, steps - 1))
    same_run(formula, scheduled(PolynomialLR, base_lr, total_iters=total_iters, power=power), steps, at)


def test_a_negative_power_fails_in_both_at_the_end() -> None:
    options = {"total_iters": 6, "power": -1.0}
    same_at_every_step(partial(page.polynomial_lr, base_lr=0.1, **options), scheduled(PolynomialLR, **options), 6)
    same_end(partial(page.polynomial_lr, base_lr=0.1, **options), scheduled(PolynomialLR, **options), 6)


def test_no_steps_leave_the_learning_rate_above_zero() -> None:
    notices(scheduled(PolynomialLR, total_iters=0), 15, lambda step: 0.0)
