"""The playground against torch: the program that a page prints is executed, and prints what the page shows."""

from __future__ import annotations

import contextlib
import io
import math
import random
from typing import Any

import pytest
import torch

from explorers import draw
from script import Deno, Floats

DRIVER = "tests/explorers/drive.js"


def execute(code: str) -> tuple[list[str], str, dict[str, Any]]:
    """What the program prints, how it ends, and its variables."""
    printed, names = io.StringIO(), {"__name__": "program"}
    before = torch.get_default_dtype()
    error = ""
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "program.py", "exec"), names)
    except (RuntimeError, ValueError, ZeroDivisionError) as caught:
        error = str(caught)
    finally:
        torch.set_default_dtype(before)
    return printed.getvalue().splitlines(), error, names


def agree(found: dict[str, Any], steps: int, digits: float) -> None:
    """Each printed loss, of the batch and of the test points, is the one that the module has at that step."""
    lines, error, names = execute(found["program"])
    shown = [line.split() for line in lines if not line.startswith("train")]
    failure = found["failure"]
    if failure and failure["reason"] == "refused":
        assert "between 0 and 1" in error, found["program"]
    elif failure and failure["reason"] == "over":
        assert error, f"torch went on:\n{found['program']}"
    else:
        assert not error, f"{error}\n{found['program']}"
    for step, text, test in shown:
        if int(step) % 10 == 0 and int(step) < 10 * len(found["history"]):
            ours = found["history"][int(step) // 10]
            near = math.isclose(ours, float(test), rel_tol=digits)
            assert f"{ours:.6e}" == test or near, f"step {step}: test {ours!r}, torch {test}\n{found['program']}"
        if int(step) < len(found["losses"]):
            ours = found["losses"][int(step)]
            near = math.isclose(ours, float(text), rel_tol=digits)
            assert f"{ours:.6e}" == text or near, f"step {step}: {ours!r}, torch {text}\n{found['program']}"
        elif int(step) == failure["step"]:  # torch goes on: some optimizers overlook a nan, and the next batch may do
            assert not math.isfinite(float(text)), f"step {step}: torch has {text}\n{found['program']}"
    if not failure:
        ends = [float(part.split()[1]) for part in lines[-1].split(",")]
        measured = [found["measured"][part]["loss"] for part in ("train", "test")]
        assert ends == pytest.approx(measured, rel=max(digits, 1e-6)), found["program"]
        ours = torch.cat([torch.tensor(p, dtype=torch.float64) for p in found["params"]])
        theirs = torch.cat([p.detach().flatten() for p in names["net"].parameters()])
        assert torch.allclose(ours, theirs, rtol=digits, atol=digits)


def state(spec: draw.Spec, shown: Any, rng: random.Random, fixed: dict[str, Any]) -> dict[str, Any]:
    """A random state: first the choices, then the options that belong to them."""
    base = {key: field for key, field in spec.items() if "." not in key}
    made = {**draw.state(base, rng), **fixed}
    made["hidden"] = rng.choice([[8, 8], [4], [16], [3, 5, 4], []]) or [2]
    made["activation"] = made["activation"] if rng.random() < 0.8 else "tanh"
    options = {key: spec[key] for key in shown(made) if "." in key}
    drawn = draw.state(options, rng)
    for key, value in drawn.items():
        if key.endswith("lr"):  # a run that explodes repeats no digits
            drawn[key] = min(value, 3 * spec[key]["fallback"])
        elif key.endswith((".std", ".gain", "val", ".a", ".b", ".mean")):
            drawn[key] = spec[key]["fallback"]
    return made | drawn


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_program_of_a_random_state_prints_the_losses_shown(deno: Deno, seed: int) -> None:
    spec = deno.call(DRIVER, "playground.spec")
    rng = random.Random(seed)
    optimizers, pairs = spec["optimizer"]["values"], spec["loss"]["values"]
    fixed = {
        "optimizer": optimizers[seed % len(optimizers)],
        "loss": pairs[seed % len(pairs)],
        "data": rng.choice([name for name in spec["data"]["values"] if name != "own"]),
        "points": rng.randint(10, 60),
        "bias": 0.0,
        "own": [],
        "events": [],
        "seeds": 1,
    }
    made = state(spec, lambda drawn: deno.call(DRIVER, "playground.shown", drawn), rng, fixed)
    steps = 2 if made["optimizer"] == "lbfgs" else 30  # LBFGS: up to a hundred inner steps
    tolerance = {"lbfgs": 1e-4, "muon": 3e-2}.get(made["optimizer"], 1e-6)
    agree(deno.call(DRIVER, "playground.run", made, steps), steps, tolerance)


LR, MOMENTUM, BETA1, DECAY = 0, 1, 2, 3  # as events stand in an address


@pytest.mark.parametrize(
    "changed",
    [
        {"events": [10, LR, 0.1, 20, BETA1, 0.5, 20, DECAY, 0.1]},
        {"events": [10, LR, 0.1, 20, BETA1, 0.5], "schedule": "step_lr", "schedule.step_lr.step_size": 15},
        {"events": [10, MOMENTUM, 0.9, 20, LR, 0.05], "optimizer": "sgd"},
        {"events": [10, LR, 0.05, 20, DECAY, 0.5], "optimizer": "muon"},
    ],
)
def test_changes_during_the_run_stand_in_the_program(deno: Deno, changed: dict[str, Any]) -> None:
    found = deno.call(DRIVER, "playground.run", changed, 40)
    assert "if step == 10:" in found["program"]
    agree(found, 40, 3e-2 if changed.get("optimizer") == "muon" else 1e-9)


def test_events_that_the_optimizer_cannot_follow_are_left_out(deno: Deno) -> None:
    events = [10, MOMENTUM, 0.9, 20, LR, 5000, 30.5, LR, 0.1, 5, 9, 0.1, 15, LR]
    found = deno.call(DRIVER, "playground.run", {"events": events}, 1)
    assert "if step ==" not in found["program"]


@pytest.mark.parametrize(
    "changed",
    [
        {"steps": 60},
        {"steps": 1, "optimizer": "lbfgs", "flip": 0.1, "loss": "cross_entropy"},
        {"steps": 40, "optimizer": "muon", "data": "own", "own": [0, 0, 0, 1, 1, 1, 0, 2, 1, -1, 0, 0], "batch": 2},
        {"steps": 40, "data": "wave", "loss": "gaussian_nll", "schedule": "step_lr"},
        {"steps": 40, "data": "counts", "loss": "poisson_nll", "events": [10, LR, 0.1]},
        {"steps": 40, "loss": "hinge_embedding", "batch": 0},
        {"steps": 20, "loss": "margin_ranking"},
    ],
)
def test_the_program_of_several_seeds_ends_as_the_page_does(deno: Deno, changed: dict[str, Any]) -> None:
    found = deno.call(DRIVER, "playground.series", {**changed, "seeds": 10, "seed": 3})
    lines, error, _ = execute(found["program"])
    assert not error, f"{error}\n{found['program']}"
    assert max(map(len, found["program"].splitlines())) <= 84
    ended = found["ended"]
    loose = {"muon": 3e-2, "lbfgs": 1e-4}.get(changed.get("optimizer", ""), 1e-6)
    assert lines[0].split()[:3] == ["seed", "train", "test"]
    for line, one in zip(lines[1:-1], ended, strict=True):
        seed, train, test, *right = line.split()
        assert int(seed) == one["seed"] and right in ([], [f"{one['right']:.0%}"])
        assert [float(train), float(test)] == pytest.approx([one["train"], one["test"]], rel=loose), line
    assert lines[-1] == f"{sum(one['learned'] for one in ended)} of 10 learn"


def test_points_of_ones_own(deno: Deno) -> None:
    rng = random.Random(1)
    own = [round(rng.uniform(-2, 2), 2) if k % 3 < 2 else rng.randint(0, 1) for k in range(60)]
    found = deno.call(DRIVER, "playground.run", {"data": "own", "own": own, "batch": 7}, 30)
    assert not found["notes"]
    agree(found, 30, 1e-9)


@pytest.mark.parametrize(
    "changed", [{}, {"schedule": "one_cycle_lr"}, {"optimizer": "asgd", "schedule": "reduce_lr_on_plateau"}]
)
def test_rewind_gives_the_same_numbers(deno: Deno, changed: dict[str, Any]) -> None:
    found = deno.call(DRIVER, "playground.rewound", {**changed, "events": [60, LR, 0.05]}, 170, 83)
    assert found["at"] == 83
    for part in ("losses", "rates", "params", "history"):
        assert found[part] == found["again"][part]


def test_a_change_after_a_rewind_is_as_if_it_had_been_known(deno: Deno) -> None:
    changed, known = deno.call(DRIVER, "playground.changed", 73, 170)
    assert changed == known


@pytest.mark.parametrize("loss", range(20))
def test_gradients_of_the_network(deno: Deno, loss: int) -> None:
    spec = deno.call(DRIVER, "playground.spec")
    rng = random.Random(loss)
    name = spec["loss"]["values"][loss]
    for activation in rng.sample(spec["activation"]["values"], 4):
        changed = {
            "loss": name,
            "activation": activation,
            "hidden": [5, 4],
            "init": "default",
            "seed": loss,
            "points": 30,
        }
        found = deno.call(DRIVER, "playground.run", changed, 0)
        code = found["program"].split("# Step")[0]
        _, error, names = execute(code)
        assert not error
        grads = deno.call(DRIVER, "playground.gradients", changed, [Floats(p) for p in found["params"]])
        assert torch.tensor(grads["x"], dtype=torch.float64).equal(names["x"].flatten())
        try:
            value = names["loss_function"](names["net"](names["x"]), names["y"])
        except RuntimeError:
            assert name == "bce_on_logits"
            continue
        assert value.isfinite()
        value.backward()
        assert grads["loss"] == pytest.approx(value.item(), rel=1e-13)
        for ours, param in zip(grads["grads"], names["net"].parameters(), strict=True):
            theirs = param.grad.flatten()
            assert (torch.tensor(ours, dtype=torch.float64) - theirs).abs().max() <= 1e-12 * theirs.abs().max().clamp(
                min=1e-3
            )
