"""One run, as the server hands it to a process of its own, and the files that process leaves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Job:
    """What a child needs: the program's path (relative to ``root``) and text, its limits, its private folder."""

    id: int
    root: str
    path: str
    text: str
    style: str
    folder: str
    timeout: float
    memory: int
    output: int

    @property
    def work(self) -> Path:
        """The working folder of the program."""
        return Path(self.folder, "work")

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
