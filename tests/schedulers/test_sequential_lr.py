"""The rule of SequentialLR is torch's: which scheduler, and at which of its own steps."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import SGD, lr_scheduler
from torch.optim.lr_scheduler import ChainedScheduler, SequentialLR

from reference import load
from schedulers.scheduler_proof import Make, notices, on, proof, same_at_every_step, same_run

page = load("schedulers/sequential_lr")

#: How torch builds it, and the same as a formula, both for an initial learning rate of 1.
KINDS: dict[str, tuple[Callable[[Any], Any], Callable[[int], float]]] = {
    "linear": (lambda o: lr_scheduler.LinearLR(o, 0.2, total_iters=5), lambda s: 0.2 + 0.8 * min(s, 5) / 5),
    "constant": (lambda o: lr_scheduler.ConstantLR(o, 0.5, total_iters=3), lambda s: 0.5 if s < 3 else 1.0),
    "cosine": (lambda o: lr_scheduler.CosineAnnealingLR(o, 7), lambda s: (1 + math.cos(math.pi * s / 7)) / 2),
    "exponential": (lambda o: lr_scheduler.ExponentialLR(o, 0.9), lambda s: 0.9**s),
    "lambda": (lambda o: lr_scheduler.LambdaLR(o, lambda s: 1 / (1 + s)), lambda s: 1 / (1 + s)),
    "restarts": (
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 4),
        lambda s: (1 + math.cos(math.pi * (s % 4) / 4)) / 2,
    ),
}


def schedule(names: list[str], milestones: list[int]) -> Make:
    def build() -> tuple[Any, SequentialLR]:
        optimizer = on(SGD, lr=1.0)
        return optimizer, SequentialLR(optimizer, [KINDS[name][0](optimizer) for name in names], milestones)

    return build


def formula(names: list[str], milestones: list[int]) -> Callable[[int], float]:
    return partial(page.sequential_lr, schedulers=[KINDS[name][1] for name in names], milestones=milestones)


@proof
@given(st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=4), st.data())
def test_learning_rate(names: list[str], data: st.DataObject) -> None:
    count = len(names) - 1
    milestones = sorted(data.draw(st.lists(st.integers(0, 22), min_size=count, max_size=count)))
    at = data.draw(st.integers(0, 24))
    same_run(formula(names, milestones), schedule(names, milestones), 25, at)


@pytest.mark.parametrize("names", list(itertools.permutations(["linear", "cosine", "exponential"])), ids="-".join)
def test_every_step_of_a_long_run(names: tuple[str, ...]) -> None:
    same_at_every_step(formula(list(names), [500, 1000]), schedule(list(names), [500, 1000]), 1500)


def test_the_proof_notices_a_slip() -> None:
    names, milestones = ["linear", "cosine", "exponential"], [6, 18]
    right = formula(names, milestones)
    notices(
        schedule(names, milestones),
        24,
        formula(names, [6, 19]),
        formula(names, [5, 18]),
        lambda step: right(step + 1),
        lambda step: KINDS["cosine"][1](step) if 6 <= step < 18 else right(step),  # not from its own 0
    )


@pytest.mark.filterwarnings("ignore:Detected call of")
def test_a_chained_scheduler_inside_is_early_or_fails() -> None:
    def build(first: bool) -> tuple[Any, SequentialLR]:
        optimizer = on(SGD, lr=1.0)
        both = [ChainedScheduler([KINDS["exponential"][0](optimizer)]), KINDS["constant"][0](optimizer)]
        return optimizer, SequentialLR(optimizer, both if first else both[::-1], [1])

    assert build(True)[0].param_groups[0]["lr"] == pytest.approx(0.9)
    optimizer, scheduler = build(False)
    optimizer.step()
    with pytest.raises(NotImplementedError):
        scheduler.step()
