"""The family program can show every optimizer of the library, under the same rules."""

from __future__ import annotations

import math
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
import torch

from reference import load
from test_torch_coverage import public_names

EVERY = sorted(public_names()["optimizers"])
OPTIONS: dict[str, dict[str, Any]] = {"Muon": {"shape": (1, 2)}, "SparseAdam": {"sparse": True}}


@pytest.fixture(scope="module")
def paths() -> Iterator[ModuleType]:
    """The rules of the program, without its pictures: those are run, and asserted about, by docrun."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as docrun does; SparseAdam waits for a pool of threads at every addition
    yield load("optimizers/paths", "imports", "surfaces", "run", "closure", "criterion")
    torch.set_num_threads(threads)


@pytest.mark.parametrize("name", EVERY)
def test_shows_every_optimizer(paths: ModuleType, name: str) -> None:
    make, options = getattr(torch.optim, name), OPTIONS.get(name, {})
    for surface in (paths.bowl, paths.rosenbrock):
        lr, points, score = paths.best(make, surface, **options)
        assert lr in paths.GRID
        assert len(points) == paths.BUDGET
        assert points[0] == list(paths.START)
        assert math.isfinite(score)
        assert score < surface(*paths.START)[0]


def test_the_grid_would_choose_the_rate_of_lbfgs_too(paths: ModuleType) -> None:
    for surface in (paths.bowl, paths.rosenbrock):
        scores = {lr: paths.score(paths.run_lbfgs(surface, lr)[1]) for lr in paths.GRID}
        assert min(scores, key=scores.__getitem__) == 1
