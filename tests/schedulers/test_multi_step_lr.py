"""The closed form of MultiStepLR is torch's schedule."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import MultiStepLR

from reference import load
from schedulers.scheduler_proof import notices, proof, same_at_every_step, same_run, same_signature, scheduled

page = load("schedulers/multi_step_lr")


@proof
@given(st.floats(1e-6, 10), st.lists(st.integers(0, 60), max_size=8), st.floats(0, 1.2), st.integers(1, 80), st.data())
def test_learning_rate(base_lr: float, milestones: list[int], gamma: float, steps: int, data: st.DataObject) -> None:
    formula = partial(page.multi_step_lr, base_lr=base_lr, milestones=milestones, gamma=gamma)
    at = data.draw(st.integers(0, steps - 1))
    same_run(formula, scheduled(MultiStepLR, base_lr, milestones=milestones, gamma=gamma), steps, at)


def test_every_step_of_a_long_run() -> None:
    options = {"milestones": [5000, 8000, 8000, 18_000], "gamma": 0.3}
    same_at_every_step(partial(page.multi_step_lr, base_lr=0.1, **options), scheduled(MultiStepLR, **options), 20_000)


def test_has_the_signature_of_the_library() -> None:
    same_signature(page.multi_step_lr, MultiStepLR)


def test_the_proof_notices_a_slip() -> None:
    def early(step: int) -> float:
        return float(page.multi_step_lr(step + 1, 0.1, [3, 15, 15]))

    once = partial(page.multi_step_lr, base_lr=0.1, milestones=[3, 15])
    notices(scheduled(MultiStepLR, milestones=[3, 15, 15]), 21, early, once, lambda step: 0.1)
