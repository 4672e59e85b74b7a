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
from schedulers.scheduler_proof import lr, on, proof, same_run, scheduled

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


def test_each_group_has_its_own_target() -> None:
    optimizer = on(SGD, lr=0.1)
    optimizer.add_param_group({"params": [on(SGD, lr=0.1).param_groups[0]["params"][0]], "lr": 1.0})
    scheduler = SWALR(optimizer, [0.5, 0.3], anneal_epochs=4)
    for step in range(6):
        for group, base_lr, target in zip(optimizer.param_groups, (0.1, 1.0), (0.5, 0.3), strict=True):
            assert group["lr"] == pytest.approx(page.swa_lr(step, base_lr, target, 4))
        optimizer.step()
        scheduler.step()
