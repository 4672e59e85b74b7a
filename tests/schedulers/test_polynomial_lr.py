"""The closed form of PolynomialLR is torch's schedule."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import PolynomialLR

from reference import load
from schedulers.scheduler_proof import notices, proof, same_at_every_step, same_end, same_run, same_signature, scheduled

page = load("schedulers/polynomial_lr")
powers = st.sampled_from([0.0, 0.9, 1.0]) | st.floats(0.01, 3)


@proof
@given(st.floats(1e-6, 10), st.integers(0, 60), powers, st.integers(1, 80), st.data())
def test_learning_rate(base_lr: float, total_iters: int, power: float, steps: int, data: st.DataObject) -> None:
    formula = partial(page.polynomial_lr, base_lr=base_lr, total_iters=total_iters, power=power)
    at = data.draw(st.integers(0, steps - 1))
    same_run(formula, scheduled(PolynomialLR, base_lr, total_iters=total_iters, power=power), steps, at)


def test_every_step_of_a_long_run() -> None:
    options = {"total_iters": 15_000, "power": 0.9}
    same_at_every_step(partial(page.polynomial_lr, base_lr=0.1, **options), scheduled(PolynomialLR, **options), 20_000)


def test_a_negative_power_fails_in_both_at_the_end() -> None:
    options = {"total_iters": 6, "power": -1.0}
    same_at_every_step(partial(page.polynomial_lr, base_lr=0.1, **options), scheduled(PolynomialLR, **options), 6)
    same_end(partial(page.polynomial_lr, base_lr=0.1, **options), scheduled(PolynomialLR, **options), 6)


def test_has_the_signature_of_the_library() -> None:
    same_signature(page.polynomial_lr, PolynomialLR)


def test_the_proof_notices_a_slip() -> None:
    def late(step: int) -> float:
        return float(page.polynomial_lr(max(step - 1, 0), 0.1, 15, 0.9))

    make = scheduled(PolynomialLR, total_iters=15, power=0.9)
    line = partial(page.polynomial_lr, base_lr=0.1, total_iters=15)
    notices(make, 15, late, line, partial(line, total_iters=14, power=0.9), lambda step: 0.1)
    notices(scheduled(PolynomialLR, total_iters=0), 15, lambda step: 0.0)
