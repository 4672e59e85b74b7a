"""What explorers claim beyond what their programs print: regimes of momentum, and the race of optimizers/paths."""

from __future__ import annotations

import json
import random
import re
import runpy
from typing import Any

import matplotlib
import numpy as np
import pytest
import torch

from explorers import draw
from explorers.stage import ROOT
from script import Deno

MOMENTUM = "docs/theme/js/model/momentum.js"
FIGURES = "tests/explorers/figures.js"


def recurrence(rate: float, options: dict[str, Any]) -> np.ndarray:
    """The two factors of torch's SGD on ½x², found from its own steps: x₂ = trace·x₁ − det·x₀."""
    x = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimizer = torch.optim.SGD([x], lr=rate, **options)
    seen = []
    for _ in range(6):
        seen.append(x.item())
        x.grad = x.detach().clone()
        optimizer.step()
    a, b = seen[1:5], seen[2:6]  # the first step differs: its buffer is empty
    trace, det = np.linalg.solve([[b[0], -a[0]], [b[1], -a[1]]], [b[1], b[2]])
    return np.roots([1, -trace, det])


def test_regime_and_factor_are_those_of_torchs_steps(deno: Deno) -> None:
    rng = random.Random(0)
    names = set()
    for _ in range(200):
        nesterov = rng.random() < 0.4
        options = {"momentum": rng.uniform(0.05, 0.95), "dampening": 0 if nesterov else rng.choice([0, 0.3, 0.9])}
        options["nesterov"] = nesterov
        rate = 10 ** rng.uniform(-2, 0.7)
        roots = recurrence(rate, options)
        found = deno.call(MOMENTUM, "behaviour", rate, options)
        largest = roots[np.abs(roots).argmax()]
        assert found["factor"] == pytest.approx(abs(largest), rel=1e-5)
        swings = abs(largest.imag) > 1e-6
        regime = "oscillates" if swings else "jumps" if largest.real < 0 else "creeps"
        if abs(abs(largest) - 1) > 1e-6:
            assert found["regime"] == ("diverges" if abs(largest) > 1 else regime), (rate, options)
        names.add(found["regime"])
    assert names == {"creeps", "oscillates", "jumps", "diverges"}


def test_regimes_change_at_their_borders(deno: Deno) -> None:
    for options in (
        {"momentum": 0.6, "dampening": 0, "nesterov": False},
        {"momentum": 0.6, "dampening": 0.5, "nesterov": False},
        {"momentum": 0.6, "dampening": 0, "nesterov": True},
    ):
        borders = deno.call(MOMENTUM, "borders", options)
        sides = {
            "critical": ("creeps", "oscillates"),
            "jumps": ("oscillates", "jumps"),
            "diverges": ("jumps", "diverges"),
        }
        for name, (below, above) in sides.items():
            assert deno.call(MOMENTUM, "behaviour", borders[name] * 0.999, options)["regime"] == below
            assert deno.call(MOMENTUM, "behaviour", borders[name] * 1.001, options)["regime"] == above
        momentum = deno.call(MOMENTUM, "critical", borders["critical"], options)
        assert momentum == pytest.approx(options["momentum"], rel=1e-9), "critical damping is on the border"


def test_the_race_is_that_of_fair_paths(deno: Deno, request: pytest.FixtureRequest) -> None:
    matplotlib.use("Agg")
    paths = runpy.run_path(str(ROOT / "snippets/optimizers/paths.py"))
    # NAdam and ASGD keep a scalar in the default type; the browser computes in double, as the copied program does.
    paths["run"].cache_clear()
    torch.set_default_dtype(torch.float64)
    request.addfinalizer(lambda: torch.set_default_dtype(torch.float32))
    words = json.loads((ROOT / "docs/theme/words/en.json").read_text("utf-8"))
    base = draw.defaults(deno.call(FIGURES, "spec", "race"))
    names = deno.call(FIGURES, "spec", "race")["choose"]["values"]
    assert len(names) == 15
    for surface in ("bowl", "rosenbrock"):
        states = [{**base, "choose": [name], "surface": surface} for name in names]
        tables = deno.call(FIGURES, "tables", "race", states, {**words["common"], **words["race"]})
        for name, table in zip(names, tables, strict=True):
            label, lr = re.findall(r"race\(torch\.optim\.(\w+), lr=([\d.]+)", table["program"])[0]
            options = {"muon": {"shape": (1, 2)}, "sparse_adam": {"sparse": True}}.get(name, {})
            rate, points, _ = paths["best"](getattr(torch.optim, label), paths[surface], **options)
            assert float(lr) == rate, (name, surface)
            mine = [row[1:3] for row in table["rows"]]
            assert np.allclose(mine, points, rtol=1e-6, atol=1e-6), (name, surface)
