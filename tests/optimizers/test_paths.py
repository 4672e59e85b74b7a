"""The family program can show every optimizer of the library, under the same rules."""

from __future__ import annotations

import math
import runpy
from collections.abc import Iterator
from typing import Any

import matplotlib.pyplot as plt
import pytest
import torch

from reference import SNIPPETS

EVERY = [name for name in torch.optim.__all__ if isinstance(getattr(torch.optim, name), type) and name != "Optimizer"]
OPTIONS: dict[str, dict[str, Any]] = {"Muon": {"shape": (1, 2)}, "SparseAdam": {"sparse": True}}


@pytest.fixture(scope="module")
def paths() -> Iterator[dict[str, Any]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plt, "show", lambda: None)
        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # as docrun does; SparseAdam waits for a pool of threads at every addition
        plt.switch_backend("agg")
        yield runpy.run_path(str(SNIPPETS / "optimizers" / "paths.py"))
    torch.set_num_threads(threads)
    plt.close("all")


@pytest.mark.parametrize("name", EVERY)
def test_shows_every_optimizer(paths: dict[str, Any], name: str) -> None:
    make, options = getattr(torch.optim, name), OPTIONS.get(name, {})
    for surface in (paths["bowl"], paths["rosenbrock"]):
        lr, points, score = paths["best"](make, surface, **options)
        assert lr in paths["GRID"]
        assert len(points) == paths["BUDGET"]
        assert points[0] == list(paths["START"])
        assert math.isfinite(score)
        assert score < surface(*paths["START"])[0]
