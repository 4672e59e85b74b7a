"""First uses that cost more than a program, done once in the server before it forks.

Only what starts no thread: a backward pass or a parallel region here would break every fork.
"""

from __future__ import annotations

import importlib
import io


def load(names: list[str]) -> None:
    """Import what the settings name."""
    for name in names:
        importlib.import_module(name)
        if name == "matplotlib":
            importlib.import_module("matplotlib.pyplot")


def up(names: list[str], later: list[str]) -> None:
    """Do the slow first steps of what is imported, and import the rest: worth it where several programs follow."""
    for name in names:
        _STEPS.get(name, lambda: None)()
    for name in later:
        importlib.import_module(name)


def _torch() -> None:
    import torch

    weight = torch.zeros(1, requires_grad=True)
    weight.grad = torch.zeros(1)
    torch.optim.SGD([weight], lr=0.1).step()  # imports torch._dynamo


def _matplotlib() -> None:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots()
    axes.set_title("fonts, the SVG writer and the grammar of log-axis labels load here")
    axes.set_yscale("log")
    figure.savefig(io.BytesIO(), format="svg")
    pyplot.close(figure)


_STEPS = {"torch": _torch, "matplotlib": _matplotlib}
