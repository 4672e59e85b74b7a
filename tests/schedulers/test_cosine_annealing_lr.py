"""The closed form of CosineAnnealingLR, and its recursion, are torch's schedule."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from hypothesis import example, given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import CosineAnnealingLR

from reference import load
from schedulers.scheduler_proof import notices, proof, same_at_every_step, same_run, scheduled

page = load("schedulers/cosine_annealing_lr")


def recursion(base_lr: float, T_max: int, eta_min: float) -> Callable[[int], float]:
    """The recursion of the page as a formula: it runs from step 0 to the step asked for."""
    lrs = [base_lr]

    def at(step: int) -> float:
        while len(lrs) <= step:
            lrs.append(page.next_lr(lrs[-1], len(lrs) - 1, base_lr, T_max, eta_min))
        return lrs[step]

    return at


@proof
@given(st.floats(1e-6, 10), st.integers(1, 8), st.sampled_from([0.0, 0.1, 2.0]), st.data())
@example(0.5, 5, 1.0, None)  # nothing to anneal
def test_learning_rate(base_lr: float, T_max: int, floor: float, data: st.DataObject | None) -> None:
    eta_min, steps = floor * base_lr, 3 * T_max + 4  # past the bottom, the top and the second bottom
    at = data.draw(st.integers(0, steps - 1)) if data else T_max
    make = scheduled(CosineAnnealingLR, base_lr, T_max=T_max, eta_min=eta_min)
    same_run(partial(page.cosine_annealing_lr, base_lr=base_lr, T_max=T_max, eta_min=eta_min), make, steps, at)
    same_at_every_step(recursion(base_lr, T_max, eta_min), make, steps)


def test_the_proof_notices_a_schedule_that_stays_at_the_bottom() -> None:
    recursive = recursion(0.1, 9, 0.0)
    notices(scheduled(CosineAnnealingLR, T_max=9), 22, lambda step: recursive(min(step, 9)))
