"""The closed form of SWALR, and its recursion, are torch's schedule."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import SGD
from torch.optim.swa_utils import SWALR

from reference import load
from schedulers.scheduler_proof import (
    lr,
    notices,
    on,
    proof,
    same_at_every_step,
    same_run,
    same_signature,
    scheduled,
)

page = load("schedulers/swa_lr")

rates = st.floats(1e-3, 10)
lengths = st.integers(0, 12)
strategies = st.sampled_from(["cos", "linear"])


@proof
@given(rates, rates, lengths, strategies, st.data())
def test_learning_rate(base_lr: float, swa_lr: float, epochs: int, strategy: str, data: st.DataObject) -> None:
    options: dict[str, Any] = {"swa_lr": swa_lr, "anneal_epochs": epochs, "anneal_strategy": strategy}
    formula = partial(page.swa_lr, base_lr=base_lr, **options)
    same_run(formula, scheduled(SWALR, base_lr, **options), 16, data.draw(st.integers(0, 15)))


@proof
@given(rates, rates, lengths, strategies, st.dictionaries(st.integers(0, 15), rates, max_size=3))
def test_recursion_when_others_change_the_learning_rate(
    base_lr: float, swa_lr: float, epochs: int, strategy: str, changes: dict[int, float]
) -> None:
    options: dict[str, Any] = {"swa_lr": swa_lr, "anneal_epochs": epochs, "anneal_strategy": strategy}
    optimizer, scheduler = scheduled(SWALR, base_lr, **options)()
    for step in range(16):
        ours = optimizer.param_groups[0]["lr"] = changes.get(step, lr(optimizer))
        optimizer.step()
        scheduler.step()
        assert lr(optimizer) == pytest.approx(page.next_lr(ours, step, **options), rel=1e-9), step


@pytest.mark.parametrize("strategy", ["cos", "linear"])
def test_every_step_of_a_long_run(strategy: str) -> None:
    options: dict[str, Any] = {"swa_lr": 0.5, "anneal_epochs": 4000, "anneal_strategy": strategy}
    same_at_every_step(partial(page.swa_lr, base_lr=0.1, **options), scheduled(SWALR, **options), 5000)


def test_each_group_has_its_own_target() -> None:
    optimizer = on(SGD, lr=0.1)
    optimizer.add_param_group({"params": [on(SGD, lr=0.1).param_groups[0]["params"][0]], "lr": 1.0})
    scheduler = SWALR(optimizer, [0.5, 0.3], anneal_epochs=4)
    for step in range(6):
        for group, base_lr, target in zip(optimizer.param_groups, (0.1, 1.0), (0.5, 0.3), strict=True):
            assert group["lr"] == pytest.approx(page.swa_lr(step, base_lr, target, 4))
        optimizer.step()
        scheduler.step()


def test_has_the_signature_of_the_library() -> None:
    same_signature(page.swa_lr, SWALR)


def test_the_proof_notices_a_slip() -> None:
    right = partial(page.swa_lr, base_lr=0.1, swa_lr=0.5, anneal_epochs=12)
    notices(
        scheduled(SWALR, swa_lr=0.5, anneal_epochs=12),
        16,
        partial(right, anneal_epochs=13),
        partial(right, anneal_strategy="linear"),
        partial(right, swa_lr=0.51),
        lambda step: right(step + 1),
    )
