"""One run, as the server hands it to a process of its own, and the files that process leaves."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LARGEST = 64 << 20  # bytes that are read of any file


@dataclass(frozen=True)
class Job:
    """What a child needs: the program's path (relative to ``root``) and text, its limits, its private folder.

    ``style`` is the text of the matplotlib style sheet, ``server`` the process that started the child. ``draw`` decides
    where the global generators of random numbers begin: two runs with another ``draw`` differ where a program drew
    numbers without a seed. ``written`` is the size in MB that a file may grow to.
    """

    id: int
    server: int
    root: str
    path: str
    text: str
    style: str
    draw: int
    folder: str
    timeout: float
    memory: int
    output: int
    written: int

    @property
    def work(self) -> Path:
        """The working folder of the program."""
        return Path(self.folder, "work")

    @property
    def style_file(self) -> Path:
        """The style sheet as matplotlib reads it."""
        return Path(self.folder, "style.mplstyle")

    @property
    def capture(self) -> Path:
        """All that the program wrote to stdout and stderr."""
        return Path(self.folder, "output")

    @property
    def result(self) -> Path:
        """The child's own account, JSON; absent if it died."""
        return Path(self.folder, "result.json")

    @property
    def progress(self) -> Path:
        """The line of the statement that runs."""
        return Path(self.folder, "line")

    @property
    def stack(self) -> Path:
        """Where faulthandler writes, at a crash or at the time limit."""
        return Path(self.folder, "stack")

    def left(self) -> dict[str, str]:
        """The texts that the child left, the end of its output among them."""
        return {
            "result": _text(self.result),
            "stack": _text(self.stack),
            "line": _text(self.progress).strip(),
            "tail": _text(self.capture, 2000),
        }


def remove(folder: str) -> None:
    """Remove a folder, whatever programs made of it; leave what cannot be removed."""
    shutil.rmtree(folder, onerror=_force)


def _force(again: Callable[[str], Any], path: str, _: Any) -> None:
    with contextlib.suppress(OSError):
        for place in (os.path.dirname(path), path):
            os.chmod(place, stat.S_IRWXU)
        again(path)


def _text(path: Path, last: int = 0) -> str:
    """A file's text, or the ``last`` bytes of it."""
    try:
        with open(path, "rb") as file:
            if last:
                file.seek(max(0, os.fstat(file.fileno()).st_size - last))
            return file.read(_LARGEST).decode("utf-8", "replace")
    except OSError:
        return ""
