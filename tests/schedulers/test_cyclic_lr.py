"""The closed form of CyclicLR is torch's schedule."""

from __future__ import annotations

import inspect
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import SGD, AdamW
from torch.optim.lr_scheduler import CyclicLR

from reference import load
from schedulers.scheduler_proof import (
    Make,
    momentum,
    notices,
    on,
    proof,
    same_after_resuming,
    same_at_every_step,
    same_run,
)

page = load("schedulers/cyclic_lr")
Options = dict[str, Any]


def falling(x: float) -> float:
    return 1 / (1 + x)


policies = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"mode": st.sampled_from(["triangular", "triangular2"]), "gamma": st.floats(0.5, 1)}),
    st.fixed_dictionaries({"mode": st.just("exp_range"), "gamma": st.floats(0.5, 1.01)}),
    st.fixed_dictionaries(
        {"scale_fn": st.just(falling), "scale_mode": st.sampled_from(["cycle", "iterations"]), "mode": st.just("any")}
    ),
)
sizes = st.fixed_dictionaries({"step_size_up": st.integers(1, 9), "step_size_down": st.none() | st.integers(0, 9)})


def schedule(make: Any = SGD, **options: Any) -> Make:
    def build() -> tuple[Any, CyclicLR]:
        optimizer = on(make, lr=0.9)
        return optimizer, CyclicLR(optimizer, **options)

    return build


@proof
@given(st.floats(1e-6, 10), st.floats(1e-6, 10), sizes, policies, st.booleans(), st.data())
def test_learning_rate(
    base_lr: float, max_lr: float, size: Options, policy: Options, cycle_momentum: bool, data: st.DataObject
) -> None:
    rates: Options = {"base_lr": base_lr, "max_lr": max_lr}
    at = data.draw(st.integers(0, 24))
    make = schedule(cycle_momentum=cycle_momentum, **rates, **size, **policy)
    same_run(partial(page.cyclic_lr, **rates, **size, **policy), make, 25, at)


@proof
@given(st.floats(0.1, 0.9), st.floats(0.1, 0.99), sizes, policies, st.sampled_from([SGD, AdamW]), st.data())
def test_momentum(low: float, high: float, size: Options, policy: Options, make: Any, data: st.DataObject) -> None:
    momenta: Options = {"base_momentum": low, "max_momentum": high}
    formula = partial(page.cyclic_momentum, **momenta, **size, **policy)
    build = schedule(make, base_lr=0.1, max_lr=0.5, **momenta, **size, **policy)
    same_at_every_step(formula, build, 25, momentum)
    same_after_resuming(formula, build, 40, data.draw(st.integers(0, 24)), momentum)


@pytest.mark.parametrize("mode", ["triangular", "triangular2", "exp_range"])
def test_every_step_of_a_long_run(mode: str) -> None:
    shape: Options = {"step_size_up": 700, "step_size_down": 300, "mode": mode, "gamma": 0.999}
    formula = partial(page.cyclic_lr, base_lr=0.1, max_lr=0.5, **shape)
    same_at_every_step(formula, schedule(base_lr=0.1, max_lr=0.5, **shape), 6000)


def test_has_the_order_of_the_library() -> None:
    names = list(inspect.signature(page.height).parameters)[1:]
    assert names == [name for name in inspect.signature(CyclicLR).parameters if name in names]


def test_an_empty_way_up_divides_by_zero_in_both() -> None:
    with pytest.raises(ZeroDivisionError):
        schedule(base_lr=0.1, max_lr=0.5, step_size_up=0)()
    with pytest.raises(ZeroDivisionError):
        page.cyclic_lr(0, 0.1, 0.5, step_size_up=0)


def test_the_proof_notices_a_slip() -> None:
    shape: Options = {"step_size_up": 4, "step_size_down": 3, "mode": "exp_range", "gamma": 0.9}
    right = partial(page.cyclic_lr, base_lr=0.1, max_lr=0.5, **shape)
    notices(
        schedule(base_lr=0.1, max_lr=0.5, **shape),
        40,
        lambda step: right(step + 1),
        partial(right, step_size_down=4),
        partial(right, gamma=0.91),
        partial(right, mode="triangular2"),
        lambda step: page.cyclic_lr(step % 7, 0.1, 0.5, **shape),  # counted from the start of the cycle
    )
