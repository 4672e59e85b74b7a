"""Whole runs of the playground's model beside torch's, which its printed program makes.

Two measures. From torch's own states, one step: no error can build up. And set free from the same start: then rounding
grows, in torch as well, and torch beside torch with one weight moved by its last bit says how fast.
"""

from __future__ import annotations

import contextlib
import io
import re
from typing import Any

import pytest
import torch

from explorers.test_playground import DRIVER, execute
from script import Deno, Floats

NEAR = 1e-9
STEPS = 300  # of a free run
SETTINGS: list[dict[str, Any]] = [
    {},
    {"activation": "relu", "init": "kaiming_normal", "loss": "cross_entropy", "optimizer": "sgd"},
    {"hidden": [6] * 6, "activation": "gelu", "init": "orthogonal", "optimizer": "rmsprop", "batch": 0},
    {"data": "wave", "loss": "huber", "optimizer": "adamw", "optimizer.adamw.weight_decay": 0.1},
]
SPIRAL = {"data": "spiral", "hidden": [16, 16], "batch": 4, "optimizer": "sgd", "optimizer.sgd.lr": 1.5}
CHAOTIC: list[dict[str, Any]] = [
    {"optimizer.adam.lr": 0.3},
    {"optimizer.adam.lr": 1, "seed": 1},
    {**SPIRAL, "seed": 2},
]
ONE_ULP = "net[0].weight.data[0, 0] = torch.nextafter(net[0].weight[0, 0].detach(), torch.tensor(9.0))"
LOOP = re.compile(r"^    if step % \d+ == 0:", re.M)


def watched(program: str, note: str) -> list[Any]:
    """What a program notes down in each step, up to where torch refuses to go on."""
    text, count = LOOP.subn(lambda found: f"    seen.append({note})\n{found[0]}", program)
    assert count == 1, program
    names: dict[str, Any] = {"seen": []}
    try:
        with contextlib.suppress(RuntimeError, ValueError), contextlib.redirect_stdout(io.StringIO()):
            exec(compile(text, "program.py", "exec"), names)
    finally:
        torch.set_default_dtype(torch.float32)
    found: list[Any] = names["seen"]
    return found


@pytest.mark.parametrize("changed", SETTINGS)
def test_one_step_from_torchs_own_states(deno: Deno, changed: dict[str, Any]) -> None:
    made = {"points": 40, **changed}
    program = deno.call(DRIVER, "playground.run", made, 0, [])["program"]
    _, error, names = execute(program)
    assert not error
    net, x, y, loss_function = (names[each] for each in ("net", "x", "y", "loss_function"))
    states = watched(program.replace("range(0)", "range(200)"), "[p.detach().clone() for p in net.parameters()]")
    assert len(states) == 200
    for at, state in enumerate(states):
        for param, value in zip(net.parameters(), state, strict=True):
            param.data, param.grad = value, None
        loss = loss_function(net(x), y)
        loss.backward()
        found = deno.call(DRIVER, "playground.gradients", made, [Floats(p.flatten().tolist()) for p in state])
        assert found["loss"] == pytest.approx(loss.item(), rel=1e-12), at
        theirs = [p.grad.flatten() for p in net.parameters()]
        largest = max(float(each.abs().max()) for each in theirs)
        for ours, grad in zip(found["grads"], theirs, strict=True):
            assert (torch.tensor(ours, dtype=torch.float64) - grad).abs().max() <= 1e-12 * max(largest, 1e-3), at


def horizon(one: list[float], other: list[float]) -> int:
    """The first step whose two losses are not equal to nine digits."""
    for step, (a, b) in enumerate(zip(one, other, strict=False)):
        if not abs(a - b) <= NEAR * max(abs(a), abs(b), 1e-300):
            return step
    return min(len(one), len(other))


def free(deno: Deno, state: dict[str, Any], steps: int) -> tuple[int, int, int]:
    """How long the module keeps to torch, how long torch keeps to itself, and how long torch goes on at all."""
    found = deno.call(DRIVER, "playground.run", state, steps, [])
    torchs = watched(found["program"], "loss.item()")
    moved = watched(found["program"].replace("# Loss\n", f"{ONE_ULP}\n# Loss\n"), "loss.item()")
    return horizon(found["losses"], torchs), horizon(torchs, moved), len(torchs)


def test_every_lesson_is_torchs_to_nine_digits(deno: Deno) -> None:
    for name, lesson in deno.call(DRIVER, "lessons.all").items():
        held, limit, taken = free(deno, lesson["state"], min(lesson["steps"], STEPS))
        finite = 3 if name == "exploding" else taken  # then the loss is no number, in both
        assert held == limit == finite, name


@pytest.mark.parametrize("changed", CHAOTIC)
def test_no_run_parts_much_earlier_than_torch_from_itself(deno: Deno, changed: dict[str, Any]) -> None:
    held, limit, taken = free(deno, {"activation": "relu", "init": "kaiming_normal", **changed}, 600)
    assert limit < taken, "torch parts from itself, or this measures nothing"
    assert held >= limit / 10, (held, limit)
