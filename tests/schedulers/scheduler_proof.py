"""Prove a schedule that is written out in closed form: the library's value at every step, also after resuming."""

from __future__ import annotations

import inspect
import io
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from hypothesis import settings
from torch.optim import Optimizer

#: The value at a step: the learning rate, or whatever else the schedule moves.
Formula = Callable[[int], float]
#: Builds a fresh optimizer and the library's scheduler on it.
Make = Callable[[], tuple[Optimizer, Any]]
#: What an optimizer uses in its next step.
Read = Callable[[Optimizer], float]

#: Settings of every proof: the same examples on every machine and in every run.
proof = settings(max_examples=100, deadline=None, derandomize=True)

#: Largest difference allowed, relative to the larger value, or to a millionth where values pass through zero.
TOLERANCE = 1e-9


def lr(optimizer: Optimizer) -> float:
    """The learning rate of the first group."""
    return float(optimizer.param_groups[0]["lr"])


def momentum(optimizer: Optimizer) -> float:
    """The momentum of the first group, or its β₁."""
    group = optimizer.param_groups[0]
    return float(group["momentum"] if "momentum" in group else group["betas"][0])


def on(make: Callable[..., Optimizer], **options: object) -> Optimizer:
    """An optimizer of one parameter without gradient: a step costs nothing and moves nothing."""
    return make([torch.nn.Parameter(torch.zeros(1))], **options)


def _advance(optimizer: Optimizer, scheduler: Any) -> None:
    optimizer.step()
    scheduler.step()


def _agree(formula: Formula, optimizer: Optimizer, read: Read, step: int) -> None:
    ours, theirs = formula(step), read(optimizer)
    assert math.isclose(ours, theirs, rel_tol=TOLERANCE, abs_tol=1e-6 * TOLERANCE), f"step {step}: {ours} != {theirs}"


def same_at_every_step(formula: Formula, make: Make, steps: int, read: Read = lr) -> None:
    """Assert the library's value in each of the first ``steps`` steps of a run; step 0 comes before any call."""
    optimizer, scheduler = make()
    for step in range(steps):
        _agree(formula, optimizer, read, step)
        if step + 1 < steps:
            _advance(optimizer, scheduler)


def same_after_resuming(formula: Formula, make: Make, steps: int, at: int, read: Read = lr) -> None:
    """Assert the same when the run is saved before step ``at`` to a file, and goes on from it with new objects."""
    optimizer, scheduler = make()
    for _ in range(at):
        _advance(optimizer, scheduler)
    file = io.BytesIO()
    torch.save([optimizer.state_dict(), scheduler.state_dict()], file)
    file.seek(0)
    optimizer, scheduler = make()
    for it, state in zip((optimizer, scheduler), torch.load(file, weights_only=True), strict=True):
        it.load_state_dict(state)
    for step in range(at, steps):
        _agree(formula, optimizer, read, step)
        if step + 1 < steps:
            _advance(optimizer, scheduler)


def same_end(formula: Formula, make: Make, calls: int, read: Read = lr) -> None:
    """Assert that after ``calls`` calls, at the end or past it, both give the same value or raise the same error."""
    optimizer, scheduler = make()
    for _ in range(calls - 1):
        _advance(optimizer, scheduler)
    try:
        _advance(optimizer, scheduler)
    except (ValueError, ZeroDivisionError) as error:
        try:
            formula(calls)
        except type(error):
            return
        raise AssertionError(f"the library refuses call {calls}: {error!r}") from error
    _agree(formula, optimizer, read, calls)


def scheduled(scheduler: Callable[..., Any], base_lr: float = 0.1, **options: Any) -> Make:
    """Plain SGD at ``base_lr`` with that schedule on it."""

    def make() -> tuple[Optimizer, Any]:
        optimizer = on(torch.optim.SGD, lr=base_lr)
        return optimizer, scheduler(optimizer, **options)

    return make


def same_run(formula: Formula, make: Make, steps: int, at: int) -> None:
    """Assert the learning rate of every step of a run, and again when it is resumed before step ``at``."""
    same_at_every_step(formula, make, steps)
    same_after_resuming(formula, make, steps, at)


def same_signature(formula: Callable[..., float], scheduler: type) -> None:
    """Assert the library's names, order and defaults, after ``step`` and ``base_lr`` and without ``last_epoch``."""
    ours = list(inspect.signature(formula).parameters.values())
    theirs = list(inspect.signature(scheduler).parameters.values())
    assert [one.name for one in ours[:2]] == ["step", "base_lr"]
    assert [(one.name, one.default) for one in ours[2:]] == [
        (one.name, one.default) for one in theirs[1:] if one.name != "last_epoch"
    ]


def notices(make: Make, steps: int, *wrong: Formula) -> None:
    """Assert that both proofs refuse each of these formulas."""
    for formula in wrong:
        for prove in (same_at_every_step, partial(same_after_resuming, at=steps // 2)):
            try:
                prove(formula, make, steps)
            except AssertionError:
                continue
            raise AssertionError("a wrong formula passes")
