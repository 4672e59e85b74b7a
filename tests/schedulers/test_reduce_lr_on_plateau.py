"""The ReduceLROnPlateau of the page follows torch's."""

from __future__ import annotations

import inspect
import io
import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import ChainedScheduler, ReduceLROnPlateau

from reference import load
from schedulers.scheduler_proof import lr, on, proof

page = load("schedulers/reduce_lr_on_plateau")
Options = dict[str, Any]

#: Few different values, so that they repeat, stand at the threshold, and improve by little.
metrics = st.lists(
    st.sampled_from([0.0, 0.5, 0.9, 1.0, 1.1, 2.0, -1.0, -0.9, math.inf, -math.inf, math.nan]) | st.floats(-10, 10),
    min_size=1,
    max_size=40,
)
options = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["min", "max"]),
        "factor": st.sampled_from([0.0, 0.1, 0.5, 0.99]),
        "patience": st.integers(0, 4),
        "threshold": st.sampled_from([0.0, 1e-4, 0.1]),
        "threshold_mode": st.sampled_from(["rel", "abs"]),
        "cooldown": st.integers(0, 3),
        "min_lr": st.sampled_from([0, 1e-3, 1.0]),
        "eps": st.sampled_from([0.0, 1e-8, 1e-3]),
    }
)


def follows(ours: Callable[..., Any], metrics: Sequence[float], at: int | None = None, **options: Any) -> None:
    """Assert the library's learning rate after every metric, also if its run is saved before metric ``at``."""
    (mine, scheduler), (optimizer, theirs) = (
        (optimizer, make(optimizer, **options))
        for make, optimizer in ((make, on(torch.optim.SGD, lr=0.1)) for make in (ours, ReduceLROnPlateau))
    )
    for number, metric in enumerate(metrics):
        if number == at:
            file = io.BytesIO()
            torch.save([optimizer.state_dict(), theirs.state_dict()], file)
            file.seek(0)
            optimizer = on(torch.optim.SGD, lr=0.1)
            theirs = ReduceLROnPlateau(optimizer)
            for it, state in zip((optimizer, theirs), torch.load(file, weights_only=True), strict=True):
                it.load_state_dict(state)
        scheduler.step(metric)
        theirs.step(metric)
        assert lr(mine) == lr(optimizer), number


def fading(steps: int) -> list[float]:
    """A loss that goes down ever more slowly, with noise: improvements, plateaus and cooldowns occur in it."""
    torch.manual_seed(0)
    t = torch.arange(steps, dtype=torch.float64)
    return (torch.exp(-t / 200) + 0.05 * torch.randn(steps, dtype=torch.float64)).tolist()


@proof
@given(metrics, options, st.data())
@example([math.nan] * 5, {"patience": 1}, None)
@example([-1.0, -0.95, -0.92, -0.9], {"patience": 0, "threshold": 0.1}, None)
def test_learning_rate(metrics: list[float], options: Options, data: st.DataObject | None) -> None:
    follows(page.ReduceLROnPlateau, metrics, data.draw(st.integers(0, len(metrics))) if data else None, **options)


@pytest.mark.parametrize("threshold_mode", ["rel", "abs"])
@pytest.mark.parametrize("mode", ["min", "max"])
def test_every_step_of_a_long_run(mode: str, threshold_mode: str) -> None:
    sign = 1 if mode == "min" else -1
    losses = [sign * loss for loss in fading(5000)]
    choice = {"mode": mode, "threshold_mode": threshold_mode, "patience": 5, "cooldown": 3, "factor": 0.95}
    follows(page.ReduceLROnPlateau, losses, at=2500, **choice)


def test_has_the_signature_of_the_library() -> None:
    ours, theirs = (inspect.signature(one).parameters.values() for one in (page.ReduceLROnPlateau, ReduceLROnPlateau))
    assert [(one.name, one.default) for one in ours] == [(one.name, one.default) for one in theirs]


@pytest.mark.parametrize(
    "slip",
    [
        {"mode": "max"},
        {"factor": 0.96},
        {"patience": 6},
        {"threshold": 0.5},
        {"threshold_mode": "abs"},
        {"cooldown": 2},
        {"min_lr": 0.05},
        {"eps": 1e-3},
    ],
    ids=lambda slip: next(iter(slip)),
)
def test_every_option_is_reached(slip: Options) -> None:
    right = {"patience": 5, "cooldown": 3, "factor": 0.95, "threshold": 0.04}

    def wrong(optimizer: Any, **options: Any) -> Any:
        return page.ReduceLROnPlateau(optimizer, **{**options, **slip})

    follows(page.ReduceLROnPlateau, fading(400), **right)
    with pytest.raises(AssertionError):
        follows(wrong, fading(400), **right)


def test_a_group_that_comes_later_needs_a_single_min_lr() -> None:
    for min_lr, raises in ((0.0, False), ([0.0], True)):
        optimizer = on(torch.optim.SGD, lr=0.1)
        scheduler = ReduceLROnPlateau(optimizer, patience=0, min_lr=min_lr)
        optimizer.add_param_group({"params": [torch.nn.Parameter(torch.zeros(1))], "lr": 1.0})
        scheduler.step(1.0)
        if raises:
            with pytest.raises(RuntimeError, match="number of param groups"):
                scheduler.step(1.0)
        else:
            scheduler.step(1.0)
            assert optimizer.param_groups[1]["lr"] == 0.1


def test_chained_scheduler_refuses_it() -> None:
    with pytest.raises(ValueError, match="does not support `ReduceLROnPlateau`"):
        ChainedScheduler([ReduceLROnPlateau(on(torch.optim.SGD, lr=0.1))])


def test_a_factor_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="Factor should be < 1"):
        ReduceLROnPlateau(on(torch.optim.SGD, lr=0.1), factor=1.0)
