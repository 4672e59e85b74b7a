"""What every formula shows alike: the options and defaults of the library, every step of a long run, slips noticed."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from torch.optim import lr_scheduler, swa_utils

from reference import load
from schedulers.scheduler_proof import notices, same_at_every_step, same_end, same_signature, scheduled
from test_torch_coverage import page_name, public_names

NAMES = public_names()["schedulers"]
# Their own tests do all of this: their formulas take other schedules, two values or a metric.
OWN = {"ChainedScheduler", "CyclicLR", "OneCycleLR", "ReduceLROnPlateau", "SequentialLR"}
FORMULAS = sorted(NAMES - OWN)
# Of more than one function, whose signatures are not the library's.
DEFAULTS = {
    "CyclicLR": ("height", "cyclic_lr", "cyclic_momentum"),
    "OneCycleLR": ("one_cycle_lr", "one_cycle_momentum"),
}
Options = dict[str, Any]


def power(base: float) -> Callable[[int], float]:
    """The function of the step whose values are the powers of a number."""
    return lambda step: base**step


#: Runs that reach every phase: how many steps, with what.
RUNS: dict[str, list[tuple[int, Options]]] = {
    "ConstantLR": [(20_000, {"factor": 0.1, "total_iters": 7000})],
    "CosineAnnealingLR": [(6000, {"T_max": 7}), (6000, {"T_max": 100, "eta_min": 1e-3}), (6000, {"T_max": 3000})],
    "CosineAnnealingWarmRestarts": [
        (6000, {"T_0": first, "T_mult": growth, "eta_min": 1e-3}) for first, growth in ((7, 1), (2, 2), (5, 3))
    ],
    "ExponentialLR": [(10_000, {"gamma": 0.9995}), (10_000, {"gamma": 1.0005})],
    "LambdaLR": [(20_000, {"lr_lambda": power(0.999)})],
    "LinearLR": [(20_000, {"start_factor": 0.001, "total_iters": 15_000})],
    "MultiStepLR": [(20_000, {"milestones": [5000, 8000, 8000, 18_000], "gamma": 0.3})],
    "MultiplicativeLR": [(2000, {"lr_lambda": lambda step: 1.01 if step % 3 else 0.98})],
    "PolynomialLR": [(20_000, {"total_iters": 15_000, "power": 0.9})],
    "SWALR": [(5000, {"swa_lr": 0.5, "anneal_epochs": 4000, "anneal_strategy": way}) for way in ("cos", "linear")],
    "StepLR": [(20_000, {"step_size": 1000, "gamma": 0.9})],
}

#: How many steps, with what, and other options that make another schedule, each alone.
SLIPS: dict[str, tuple[int, Options, list[Options]]] = {
    "ConstantLR": (21, {"total_iters": 15}, [{"factor": 0.3}]),
    "CosineAnnealingLR": (22, {"T_max": 9}, [{"T_max": 10}, {"eta_min": 1e-4}]),
    "CosineAnnealingWarmRestarts": (40, {"T_0": 5, "T_mult": 2}, [{"T_mult": 1}, {"T_mult": 3}, {"eta_min": 1e-3}]),
    "ExponentialLR": (20, {"gamma": 0.9}, [{"gamma": 0.901}]),
    "LambdaLR": (20, {"lr_lambda": power(0.9)}, [{"lr_lambda": power(0.81)}]),
    "LinearLR": (21, {"total_iters": 15}, [{"total_iters": 14}]),
    "MultiStepLR": (21, {"milestones": [3, 15, 15]}, [{"milestones": [3, 15]}]),
    "MultiplicativeLR": (8, {"lr_lambda": lambda step: 1 / (step + 2)}, [{"lr_lambda": lambda step: 1 / (step + 1)}]),
    "PolynomialLR": (15, {"total_iters": 15, "power": 0.9}, [{"power": 1.0}, {"total_iters": 14}]),
    "SWALR": (
        16,
        {"swa_lr": 0.5, "anneal_epochs": 12},
        [{"anneal_epochs": 13}, {"anneal_strategy": "linear"}, {"swa_lr": 0.51}],
    ),
    "StepLR": (21, {"step_size": 5}, [{"step_size": 6}]),
}


def reference(name: str, function: str | None = None) -> Any:
    """The formula that the page of a scheduler defines, named after its page or otherwise."""
    page = page_name("schedulers", name)
    return getattr(load(f"schedulers/{page}"), function or page)


def library(name: str) -> Any:
    """The scheduler of that name."""
    return getattr(lr_scheduler, name, None) or getattr(swa_utils, name)


@pytest.mark.parametrize("name", FORMULAS)
def test_has_the_signature_of_the_library(name: str) -> None:
    same_signature(reference(name), library(name))


@pytest.mark.parametrize("name", DEFAULTS)
def test_has_the_defaults_of_the_library(name: str) -> None:
    theirs = inspect.signature(library(name)).parameters
    for function in DEFAULTS[name]:
        for option, parameter in inspect.signature(reference(name, function)).parameters.items():
            if parameter.default is not parameter.empty:
                assert parameter.default == theirs[option].default


@pytest.mark.parametrize(("name", "steps", "options"), [(name, *run) for name in FORMULAS for run in RUNS[name]])
def test_every_step_of_a_long_run(name: str, steps: int, options: Options) -> None:
    formula = partial(reference(name), base_lr=0.1, **options)
    same_at_every_step(formula, scheduled(library(name), **options), steps)


@pytest.mark.parametrize("name", FORMULAS)
def test_the_proof_notices_a_slip(name: str) -> None:
    steps, options, others = SLIPS[name]
    right = partial(reference(name), base_lr=0.1, **options)
    notices(
        scheduled(library(name), **options),
        steps,
        lambda step: right(max(step - 1, 0)),
        lambda step: right(step + 1),
        lambda step: 0.1,
        *(partial(right, **other) for other in others),
    )


@pytest.mark.parametrize("name", ["ConstantLR", "LinearLR"])
def test_a_factor_for_no_steps_stays_for_good(name: str) -> None:
    never = scheduled(library(name), total_iters=0)
    notices(never, 21, lambda step: 0.1)
    same_end(partial(reference(name), base_lr=0.1, total_iters=0), never, 30)
