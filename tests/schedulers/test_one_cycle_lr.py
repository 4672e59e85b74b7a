"""The closed form of OneCycleLR is torch's schedule."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from torch.optim import SGD, AdamW
from torch.optim.lr_scheduler import OneCycleLR

from reference import load
from schedulers.scheduler_proof import Make, lr, momentum, on, proof, same_after_resuming, same_at_every_step, same_end

page = load("schedulers/one_cycle_lr")
Options = dict[str, Any]

shapes = st.fixed_dictionaries(
    {
        "total_steps": st.integers(1, 200),
        "pct_start": st.sampled_from([0.0, 0.3, 0.5, 1.0]) | st.floats(0, 1),
        "anneal_strategy": st.sampled_from(["cos", "linear"]),
        "three_phase": st.booleans(),
    }
)
rates = st.fixed_dictionaries(
    {"max_lr": st.floats(1e-6, 100), "div_factor": st.floats(1, 1e3), "final_div_factor": st.floats(0.1, 1e6)}
)
momenta = st.fixed_dictionaries({"base_momentum": st.floats(0.1, 0.9), "max_momentum": st.floats(0.1, 0.999)})


def has_length(shape: Options) -> bool:
    """Whether no phase that a step falls into is empty; an empty one divides by zero, there as here."""
    peak = shape["pct_start"] * shape["total_steps"] - 1
    return abs(peak) > 1e-3 and abs(shape["total_steps"] - 1 - peak * (1 + shape["three_phase"])) > 1e-3


def schedule(make: Any = SGD, **options: Any) -> Make:
    def build() -> tuple[Any, OneCycleLR]:
        optimizer = on(make)
        return optimizer, OneCycleLR(optimizer, **options)

    return build


@proof
@given(shapes, rates, st.booleans())
def test_learning_rate(shape: Options, rate: Options, cycle_momentum: bool) -> None:
    assume(has_length(shape))
    formula = partial(page.one_cycle_lr, **shape, **rate)
    same_at_every_step(formula, schedule(cycle_momentum=cycle_momentum, **shape, **rate), shape["total_steps"])


@proof
@given(shapes, momenta, st.sampled_from([SGD, AdamW]))
def test_momentum(shape: Options, momenta: Options, make: Any) -> None:
    assume(has_length(shape))
    formula = partial(page.one_cycle_momentum, **shape, **momenta)
    steps = shape["total_steps"]
    same_at_every_step(formula, schedule(make, max_lr=1.0, **shape, **momenta), steps, momentum)


@pytest.mark.parametrize("three_phase", [False, True])
@pytest.mark.parametrize("strategy", ["cos", "linear"])
def test_every_step_of_a_long_run(strategy: str, three_phase: bool) -> None:
    options: Options = {"total_steps": 20_000, "anneal_strategy": strategy, "three_phase": three_phase}
    formula = partial(page.one_cycle_lr, max_lr=0.1, **options)
    same_at_every_step(formula, schedule(max_lr=0.1, **options), 20_000)


@proof
@given(shapes, rates, st.data())
def test_resuming(shape: Options, rate: Options, data: st.DataObject) -> None:
    assume(has_length(shape))
    steps = shape["total_steps"]
    at = data.draw(st.integers(0, steps - 1))
    same_after_resuming(partial(page.one_cycle_lr, **shape, **rate), schedule(**shape, **rate), steps, at)
    formula = partial(page.one_cycle_momentum, **shape)
    same_after_resuming(formula, schedule(**shape, **rate), steps, at, momentum)


@proof
@given(shapes, rates)
def test_past_the_end(shape: Options, rate: Options) -> None:
    assume(has_length(shape))
    for calls in (shape["total_steps"], shape["total_steps"] + 1):
        same_end(partial(page.one_cycle_lr, **shape, **rate), schedule(**shape, **rate), calls)


def test_an_empty_way_up_divides_by_zero_in_both() -> None:
    options: Options = {"total_steps": 10, "pct_start": 0.1, "max_lr": 1.0}
    with pytest.raises(ZeroDivisionError):
        schedule(**options)()
    with pytest.raises(ZeroDivisionError):
        page.one_cycle_lr(0, **options)


def test_the_proof_notices_a_slip() -> None:
    options: Options = {"max_lr": 1.0, "total_steps": 50}
    late = partial(page.one_cycle_lr, max_lr=1.0, total_steps=51)
    for wrong in (late, lambda step: page.one_cycle_lr(step + 1, **options), lambda step: math.nan):
        with pytest.raises(AssertionError):
            same_at_every_step(wrong, schedule(**options), 50, lr)
        with pytest.raises(AssertionError):
            same_after_resuming(wrong, schedule(**options), 50, 25)
    with pytest.raises(AssertionError):
        same_end(lambda step: 0.0, schedule(**options), 51)
