"""Whole programs at random: data, net, start, loss, optimizer, schedule and options that meet nowhere else."""

from __future__ import annotations

import random
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch

from emitted import run, training
from sample import WHOLE

COUNT = 300 if WHOLE else 15
# What torch itself warns of when these meet; the program runs as it should.
ACCEPT = (
    "The epoch parameter in `scheduler.step|reduction: 'mean' divides|Sparse invariant checks"
    "|`torch.jit.script_method` is deprecated|Detected call of `lr_scheduler.step"
)
SWITCHES = ("amp", "no_decay", "progress", "plot", "checkpoint", "ddp")


def drawn(rng: random.Random, table: dict[str, Any]) -> dict[str, Any]:
    """A loss with data and a head that it takes; the rest by chance."""
    loss = rng.choice(list(training.LOSSES))
    data, head = rng.choice(training.LOSSES[loss])
    net = [*head]
    if head[0][0] == "Linear" and "shape" in data[1]:
        net = [training.linear(5), rng.choice([["ReLU"], ["GELU"], ["LayerNorm"], ["Dropout"], ["BatchNorm1d"]]), *head]
    optimizer = rng.choice([each for each in table["optimizers"] if each != "SparseAdam"])
    made = training.optimized(optimizer, rng.choice([None, *table["schedulers"]]), table)
    options = {name: rng.random() < 0.4 for name in SWITCHES}
    init = rng.choice([[], [["Linear", ["xavier_uniform_", {}]]], [["*", ["orthogonal_", {}]]]])
    return {
        **made, "data": data, "net": net, "init": init, "loss": [loss, training.NEEDED.get(loss, {})],
        "run": {**options, "epochs": 2, "step": rng.choice(["auto", "batch", "epoch"]),
                "clip": rng.choice([None, 1.0])},
    }  # fmt: skip


@pytest.mark.parametrize("part", range(5))
def test_random_programs_run(table: dict[str, Any], emitted: Any, tmp_path: Path, part: int) -> None:
    rng = random.Random(f"whole {part}")
    for _ in range(COUNT // 5):
        made = drawn(rng, table)
        torch.manual_seed(0)
        found = emitted("program", made)
        assert "text" in found, f"{made}: {found}"
        with warnings.catch_warnings():
            names = run.execute(found["text"], folder=tmp_path, accept=ACCEPT)
        assert run.parameters(names) == found["params"], f"{made}\n{found['text']}"
        assert run.output(names) == found["out"], f"{made}\n{found['text']}"
