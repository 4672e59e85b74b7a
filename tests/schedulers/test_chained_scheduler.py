"""ChainedScheduler's learning rate is the product of its parts' factors, if each of them multiplies."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import SGD, lr_scheduler
from torch.optim.lr_scheduler import ChainedScheduler

from reference import load
from schedulers.scheduler_proof import Make, lr, notices, on, proof, same_at_every_step, same_run

page = load("schedulers/chained_scheduler")

#: How torch builds it, and its factor of the learning rate.
KINDS: dict[str, tuple[Callable[[Any], Any], Callable[[int], float]]] = {
    "constant": (lambda o: lr_scheduler.ConstantLR(o, 0.5, total_iters=6), lambda s: 0.5 if s < 6 else 1.0),
    "linear": (lambda o: lr_scheduler.LinearLR(o, 0.2, total_iters=9), lambda s: 0.2 + 0.8 * min(s, 9) / 9),
    "step": (lambda o: lr_scheduler.StepLR(o, 4, gamma=0.5), lambda s: 0.5 ** (s // 4)),
    "multi step": (
        lambda o: lr_scheduler.MultiStepLR(o, [3, 11], gamma=0.5),
        lambda s: 0.5 ** ((s >= 3) + (s >= 11)),
    ),
    "exponential": (lambda o: lr_scheduler.ExponentialLR(o, 0.9), lambda s: 0.9**s),
    "polynomial": (lambda o: lr_scheduler.PolynomialLR(o, 15, power=2), lambda s: (1 - min(s, 15) / 15) ** 2),
    "multiplicative": (lambda o: lr_scheduler.MultiplicativeLR(o, lambda s: 0.95), lambda s: 0.95**s),
}


def schedule(base_lr: float, names: list[str]) -> Make:
    def build() -> tuple[Any, ChainedScheduler]:
        optimizer = on(SGD, lr=base_lr)
        return optimizer, ChainedScheduler([KINDS[name][0](optimizer) for name in names])

    return build


def formula(base_lr: float, names: list[str]) -> Callable[[int], float]:
    return partial(page.chained_scheduler, base_lr=base_lr, factors=[KINDS[name][1] for name in names])


@proof
@given(st.floats(1e-3, 10), st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=4), st.data())
def test_learning_rate(base_lr: float, names: list[str], data: st.DataObject) -> None:
    same_run(formula(base_lr, names), schedule(base_lr, names), 20, data.draw(st.integers(0, 19)))


def test_every_step_of_a_long_run() -> None:
    decay: tuple[Any, Any] = (lambda o: lr_scheduler.ExponentialLR(o, 0.999), lambda s: 0.999**s)
    rise: tuple[Any, Any] = (
        lambda o: lr_scheduler.LinearLR(o, 0.1, total_iters=500),
        lambda s: 0.1 + 0.9 * min(s, 500) / 500,
    )

    def build() -> tuple[Any, ChainedScheduler]:
        optimizer = on(SGD, lr=0.1)
        return optimizer, ChainedScheduler([decay[0](optimizer), rise[0](optimizer)])

    same_at_every_step(partial(page.chained_scheduler, base_lr=0.1, factors=[decay[1], rise[1]]), build, 3000)


def test_the_proof_notices_a_slip() -> None:
    names = ["constant", "exponential", "step"]
    right = formula(0.1, names)
    notices(
        schedule(0.1, names),
        20,
        formula(0.1, [*names[1:], "polynomial"]),
        formula(0.1, names[:2]),
        formula(0.2, names),
        lambda step: right(step + 1),
    )


def test_parts_of_two_optimizers_are_refused() -> None:
    parts = [lr_scheduler.ExponentialLR(on(SGD, lr=0.1), 0.9) for _ in range(2)]
    with pytest.raises(ValueError, match="expects all schedulers to belong to the same optimizer"):
        ChainedScheduler(parts)


def test_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="expects at least one scheduler"):
        ChainedScheduler([])


OVERWRITE: dict[str, Callable[[Any], Any]] = {
    "lambda": lambda o: lr_scheduler.LambdaLR(o, lambda s: 0.5**s),
    "one cycle": lambda o: lr_scheduler.OneCycleLR(o, 1.0, total_steps=20),
    "cyclic": lambda o: lr_scheduler.CyclicLR(o, 0.1, 1.0, step_size_up=3),
    "restarts": lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 4),
}


@pytest.mark.parametrize("name", list(OVERWRITE))
def test_the_last_of_these_wipes_out_the_others(name: str) -> None:
    alone, chained = on(SGD, lr=1.0), on(SGD, lr=1.0)
    one = OVERWRITE[name](alone)
    both = ChainedScheduler([lr_scheduler.StepLR(chained, 2, gamma=0.5), OVERWRITE[name](chained)])
    for _ in range(12):
        for optimizer, scheduler in ((alone, one), (chained, both)):
            optimizer.step()
            scheduler.step()
        assert lr(alone) == lr(chained)  # at step 0 CyclicLR looks at the initial_lr that StepLR has left
