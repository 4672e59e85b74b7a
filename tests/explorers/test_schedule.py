"""The schedulers in the browser against torch's own, built by the very line of Python that the page prints."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
import torch

from explorers import draw
from script import Deno

STEPS = 300
DRIVER = "tests/explorers/drive.js"
COMPOUND = ["sequential_lr", "chained_scheduler"]
NAMES = [
    "lambda_lr",
    "multiplicative_lr",
    "step_lr",
    "multi_step_lr",
    "constant_lr",
    "linear_lr",
    "exponential_lr",
    "polynomial_lr",
    "cosine_annealing_lr",
    "cosine_annealing_warm_restarts",
    "cyclic_lr",
    "one_cycle_lr",
    "swa_lr",
    "reduce_lr_on_plateau",
    *COMPOUND,
]


def by_torch(code: str, lr: float, momentum: float, metric: str) -> tuple[list[float], list[float]]:
    """Rates and momenta of each step; nan from where torch refuses to go on."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr, momentum=momentum)
    rates, momenta = [math.nan] * STEPS, [math.nan] * STEPS
    optimizer.step()  # once, or every scheduler warns
    try:
        scheduler = eval(code, {"torch": torch, "optimizer": optimizer})
        for step in range(STEPS):
            rates[step], momenta[step] = (optimizer.param_groups[0][key] for key in ("lr", "momentum"))
            plateau = isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau)
            scheduler.step(*([eval(metric, {"epoch": step})] if plateau else []))
    except (ZeroDivisionError, ValueError):
        pass
    return rates, momenta


def close(ours: float, theirs: float) -> bool:
    """Equal to 1e-12; nan where torch has no answer."""
    return math.isnan(theirs) or math.isclose(ours, theirs, rel_tol=1e-12, abs_tol=1e-18)


def cases(deno: Deno, name: str, count: int) -> list[tuple[Any, ...]]:
    spec = deno.call(DRIVER, "schedules.specs")[name]
    metrics = deno.call(DRIVER, "schedules.metrics")
    rng = random.Random(name)
    drawn = [draw.defaults(spec), *(draw.state(spec, rng) for _ in range(count))]
    return [(name, state, STEPS, rng.choice([0.1, 0.03, 1.0]), 0.9, rng.choice(metrics)) for state in drawn]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_rates_are_torchs_in_every_step(deno: Deno, name: str) -> None:
    asked = cases(deno, name, 60 if name in COMPOUND else 30)
    for (_, state, _, lr, momentum, metric), found in zip(
        asked, deno.call(DRIVER, "schedules.rates", asked), strict=True
    ):
        rates, momenta = by_torch(found["code"], lr, momentum, metric)
        wrong = [step for step in range(STEPS) if not close(found["lr"][step], rates[step])]
        assert not wrong, (
            f"{found['code']} with {state}: step {wrong[0]}: {found['lr'][wrong[0]]!r}, torch {rates[wrong[0]]!r}"
        )
        ours = found.get("momentum", [momentum] * STEPS)
        assert all(close(a, b) for a, b in zip(ours, momenta, strict=True)), f"momentum of {found['code']}"


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_children_have_their_own_options(deno: Deno) -> None:
    spec = deno.call(DRIVER, "schedules.specs")["sequential_lr"]
    chosen = {"first": "exponential_lr", "first.exponential_lr.gamma": 0.5, "milestone": 3}
    chosen |= {"second": "exponential_lr", "second.exponential_lr.gamma": 0.9}
    asked = [("sequential_lr", draw.defaults(spec) | chosen, 6, 1.0, 0.9, "1.0")]
    found = deno.call(DRIVER, "schedules.rates", asked)[0]
    assert list(found["lr"]) == pytest.approx([1, 0.5, 0.25, 1, 0.9, 0.81], rel=1e-12)
    assert "gamma=0.5" in found["code"] and "gamma=0.9" in found["code"]


def test_all_schedulers_of_torch_are_there(deno: Deno) -> None:
    assert set(deno.call(DRIVER, "schedules.specs")) == set(NAMES)
    classes = {
        name
        for name, thing in vars(torch.optim.lr_scheduler).items()
        if isinstance(thing, type)
        and issubclass(thing, torch.optim.lr_scheduler.LRScheduler)
        and not name.startswith("_")
        and name != "LRScheduler"
    }
    assert len(NAMES) == len(classes | {"SWALR", "ReduceLROnPlateau"})
