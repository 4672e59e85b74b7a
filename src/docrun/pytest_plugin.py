"""Lets pytest-markdown-docs run a page's fences through docrun: what is tested is what is shown.

pytest-markdown-docs has no public way to choose a runner, hence its private module; the version is pinned.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytest_markdown_docs._runners import DefaultRunner, register_runner

from docrun.author import page
from docrun.errors import PageError
from docrun.host import check
from docrun.host.session import Session, close_shared, shared


def session(root: Path) -> Session:
    """The one docrun session of this pytest process for that project."""
    return shared(root)


def pytest_unconfigure() -> None:
    """End the server processes."""
    close_shared()


@register_runner(default=True)
class DocrunRunner(DefaultRunner):
    """Runs the program that a fence shows, and fails with the page's own message."""

    def runtest(self, test: Any, args: dict[str, Any], **_: Any) -> None:
        """Check the one example that starts at this fence. Raises PageError."""
        file = Path(test.source_path)
        root = _root(file)
        text = file.read_text(encoding="utf-8-sig")
        read = page.parse(file.relative_to(root).as_posix(), text)
        example = next((e for e in read.examples if e.line <= test.start_line <= e.end), None)
        if example is None:
            faults = read.faults
        else:
            running = session(root)
            running.prefetch(read.programs)
            warned = (w for w in check.warnings(read, running) if w.page == read.place(example.line))
            faults = (*check.example_faults(read, example, running), *warned)
        if faults:
            raise PageError(tuple(faults))

    def repr_failure(self, test: Any, excinfo: pytest.ExceptionInfo[BaseException], *args: Any, **_: Any) -> str:
        """The faults, without pytest's own frames."""
        if isinstance(excinfo.value, PageError):
            return str(excinfo.value)
        return str(excinfo.getrepr(style="native"))


def _root(file: Path) -> Path:
    """The nearest folder above a page that holds a ``pyproject.toml``."""
    return next((folder for folder in file.resolve().parents if (folder / "pyproject.toml").exists()), file.parent)
