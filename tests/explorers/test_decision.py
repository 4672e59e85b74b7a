"""The home page's experiment in the browser against torch: the very program of the page, with every choice.

``make test-all`` runs every choice to the end; else the page's own four go there and all others some way.
"""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
import torch

from explorers.stage import ROOT
from explorers.test_playground import execute
from sample import WHOLE
from script import Deno

DRIVER = "tests/explorers/decision.js"
STEPS_OF_OTHERS = 300 if WHOLE else 40
FIRST = {"init": "xavier_uniform", "loss": "huber_loss", "step": "adamw"}
OF_THE_PAGE = [{}, {"init": "normal"}, {"loss": "mse_loss"}, {"step": "sgd"}]
MOVE = "    optimizer = step"  # the place in the program where all weights are drawn
TURN = "def network"
# Some choices are chaotic: torch itself says how much, with a weight and a bias moved by their last bit, and with the
# points in another order, which changes nothing but the rounding of sums.
ONE_ULP = "    for p in (net[2].weight, net[6].bias):\n        p.data.flatten()[0] *= 1 + 2**-52\n"
BACKWARDS = "x, truth, y = (each.flip(0) for each in (x, truth, y))\n\n\n"


def by_torch(program: str) -> torch.Tensor:
    """The line that a program trains."""
    _, error, names = execute(program)
    assert not error, error
    line: torch.Tensor = names["line"].flatten()
    return line


def apart(a: Any, b: torch.Tensor) -> float:
    return float((torch.as_tensor(a, dtype=torch.float64) - b).abs().max())


@pytest.mark.parametrize("init", ["xavier_uniform", "kaiming_normal", "orthogonal", "normal", "zeros"])
def test_every_choice_gives_torchs_line(deno: Deno, init: str) -> None:
    choices = deno.call(DRIVER, "choices")
    assert init in choices["init"] and len(choices["init"]) == 5
    for loss, step in itertools.product(choices["loss"], choices["step"]):
        made = {"init": init, "loss": loss, "step": step}
        program = deno.call(DRIVER, "program", made).replace("range(300)", f"range({STEPS_OF_OTHERS})")
        torchs = by_torch(program)
        moved = max(
            apart(by_torch(program.replace(MOVE, ONE_ULP + MOVE)), torchs),
            apart(by_torch(program.replace(TURN, BACKWARDS + TURN)).flip(0), torchs),
        )
        assert apart(deno.call(DRIVER, "line", made, STEPS_OF_OTHERS), torchs) <= max(1e-9, 1000 * moved), (made, moved)


@pytest.mark.parametrize("changed", OF_THE_PAGE)
def test_the_pages_own_four_are_torchs_to_the_end(deno: Deno, changed: dict[str, str]) -> None:
    made = FIRST | changed
    shown = deno.call(DRIVER, "shown", made)
    assert shown["taken"] == 300 and shown["frames"] > 20, "it is trained frame by frame"
    assert apart(shown["out"], by_torch(deno.call(DRIVER, "program", made))) < 1e-9


def test_the_copied_program_is_the_pages(deno: Deno) -> None:
    text = (ROOT / "snippets/index.py").read_text("utf-8")
    shown = [re.search(rf"\[start:{name}\]\n(.*?)# --8<--", text, re.S) for name in ("data", "network", "train")]
    wanted = [line for part in shown if part for line in part[1].splitlines() if line.strip()]
    not_needed = {"import warnings", "import matplotlib.pyplot as plt"}
    copied = [line for line in deno.call(DRIVER, "program", FIRST).splitlines() if line.strip()]
    assert copied[: len(wanted) - 2] == [line for line in wanted if line not in not_needed]


def test_the_copied_program_prints_the_table(deno: Deno) -> None:
    lines, error, _ = execute(deno.call(DRIVER, "program", FIRST | {"step": "sgd"}))
    ours = deno.call(DRIVER, "line", FIRST | {"step": "sgd"})
    assert not error and len(lines) == 80
    assert [float(line.split()[-1]) for line in lines] == pytest.approx(list(ours), rel=1e-5)
