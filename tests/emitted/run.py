"""Runs emitted programs in this process, and looks at what they left: nothing may warn, every loss is finite."""

from __future__ import annotations

import ast
import contextlib
import io
import math
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import matplotlib
import torch

matplotlib.use("Agg")
WIDTH = 84
Names = dict[str, Any]


def quiet() -> Any:
    """What a test's own torch calls may warn of is not the program's."""
    return warnings.catch_warnings()


def execute(text: str, folder: Path | None = None, arguments: tuple[str, ...] = (), accept: str = "") -> Names:
    """The program's names after it ran to its end. ``accept`` is a pattern of warnings that are torch's own."""
    ast.parse(text)
    long = [line for line in text.splitlines() if len(line) > WIDTH]
    assert not long, f"longer than {WIDTH}: {long}"
    names: Names = {"__name__": "__main__"}
    out = io.StringIO()
    with contextlib.ExitStack() as stack:
        if folder:
            stack.enter_context(contextlib.chdir(folder))
        stack.enter_context(mock.patch.object(sys, "argv", ["train.py", *arguments]))
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("error")
        for pattern in ("Matplotlib is currently", "FigureCanvasAgg is non-interactive", accept):
            if pattern:
                warnings.filterwarnings("ignore", pattern)
        try:
            exec(compile(text, "train.py", "exec"), names)
        except Exception as error:
            raise AssertionError(f"{type(error).__name__}: {error}\n\n{text}") from error
    names["printed"] = out.getvalue()
    losses = [value for row in names["history"] for value in row]
    assert losses and all(map(math.isfinite, losses)), f"{losses}\n\n{text}"
    assert len(re.findall(r"epoch \d+: loss", names["printed"])) >= 1
    return names


def parameters(names: Names) -> int:
    """Numbers that the model learns, shared ones once."""
    return sum(each.numel() for each in names["model"].parameters())


def output(names: Names) -> list[int | str]:
    """Shape of what the model gives for two examples; the batch's size is N."""
    x = torch.stack([names["train_data"][k][0] for k in range(3)])
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shape = names["model"].eval()(x).shape
    return ["N" if at == 0 and size == 3 else size for at, size in enumerate(shape)]


@contextlib.contextmanager
def shortened(batches: int) -> Iterator[None]:
    """Loaders end after some batches: what a test needs of a data set with many."""
    own = torch.utils.data.DataLoader

    class Short(own):  # type: ignore[valid-type,misc]
        def __iter__(self) -> Iterator[Any]:
            for at, batch in enumerate(super().__iter__()):
                if at == batches:
                    return
                yield batch

        def __len__(self) -> int:
            return min(super().__len__(), batches)

    with mock.patch.object(torch.utils.data, "DataLoader", Short):
        yield
