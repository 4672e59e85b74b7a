"""The product of MultiplicativeLR is torch's schedule."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import MultiplicativeLR

from reference import load
from schedulers.scheduler_proof import notices, proof, same_run, scheduled

page = load("schedulers/multiplicative_lr")


@proof
@given(st.floats(1e-6, 10), st.lists(st.floats(0, 2), min_size=1, max_size=60), st.data())
def test_learning_rate(base_lr: float, factors: list[float], data: st.DataObject) -> None:
    def factor(step: int) -> float:
        return factors[step]

    formula = partial(page.multiplicative_lr, base_lr=base_lr, lr_lambda=factor)
    at = data.draw(st.integers(0, len(factors) - 1))
    same_run(formula, scheduled(MultiplicativeLR, base_lr, lr_lambda=factor), len(factors), at)


def test_the_proof_notices_factors_from_step_0_and_factors_alone() -> None:
    def factor(step: int) -> float:
        return 1 / (step + 2)

    def from_zero(step: int) -> float:
        return float(page.multiplicative_lr(step, 0.1 * factor(0), factor))

    def not_cumulative(step: int) -> float:
        return 0.1 * factor(step)

    notices(scheduled(MultiplicativeLR, lr_lambda=factor), 8, from_zero, not_cumulative)
