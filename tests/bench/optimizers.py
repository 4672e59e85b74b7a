"""Time of one optimizer step with foreach and fused, as a ratio to the plain loop, in one process on one thread.

``.venv/bin/python tests/bench/optimizers.py``, some ten seconds; nothing else should run meanwhile. Below 1 is faster
than the loop. Each figure is the median over rounds of the ratio within a round. The three ways take turns, so that a
slow moment hits all of them.
"""

from __future__ import annotations

import statistics
import time

import torch
from torch import nn, optim

ROUNDS = 15
MODES: dict[str, dict[str, bool]] = {"loop": {"foreach": False}, "foreach": {"foreach": True}, "fused": {"fused": True}}
NETS = {"500 tensors of 64": (500, 64), "4 tensors of 1,000,000": (4, 1_000_000)}
RULES = {"SGD": (optim.SGD, {"momentum": 0.9}), "Adam": (optim.Adam, {})}


def ready(rule: str, count: int, size: int, mode: str) -> optim.Optimizer:
    """An optimizer that has made its first step, so that its state exists."""
    parameters = [nn.Parameter(torch.ones(size)) for _ in range(count)]
    for p in parameters:
        p.grad = torch.full_like(p, 1e-3)
    make, options = RULES[rule]
    optimizer = make(parameters, lr=1e-4, **options, **MODES[mode])
    optimizer.step()
    return optimizer


def seconds(optimizer: optim.Optimizer, steps: int) -> float:
    """Mean time of one step."""
    began = time.perf_counter()
    for _ in range(steps):
        optimizer.step()
    return (time.perf_counter() - began) / steps


def ratios(rule: str, count: int, size: int) -> dict[str, float]:
    """Median time of a step in each mode, divided by that of the loop in the same round."""
    optimizers = {mode: ready(rule, count, size, mode) for mode in MODES}
    steps = max(1, round(0.02 / seconds(optimizers["loop"], 3)))
    rounds = [{mode: seconds(o, steps) for mode, o in optimizers.items()} for _ in range(ROUNDS)]
    return {mode: statistics.median(r[mode] / r["loop"] for r in rounds) for mode in MODES}


def main() -> None:
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, CPU, one thread; time of a step relative to the loop\n")
    print(f"{'':30}", *(f"{mode:>8}" for mode in MODES))
    for rule in RULES:
        for name, (count, size) in NETS.items():
            found = ratios(rule, count, size)
            print(f"{rule:5} {name:24}", *(f"{found[mode]:8.2f}" for mode in MODES), flush=True)


if __name__ == "__main__":
    main()
