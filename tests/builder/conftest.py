"""One deno process and one table for all tests of the builder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from builder import table as read_table
from script import Deno

ROOT = Path(__file__).parents[2]

Call = Callable[..., Any]


@pytest.fixture(scope="session")
def table() -> dict[str, Any]:
    """The table as the build makes it, without pages."""
    return read_table()


@pytest.fixture(scope="session")
def call() -> Iterator[Call]:
    """Call a function of drive.js."""
    with Deno(ROOT) as deno:
        yield lambda function, *args: deno.call("tests/builder/drive.js", function, *args)


@pytest.fixture(scope="session")
def emitted(table: dict[str, Any]) -> Iterator[Call]:
    """Call a function of tests/emitted/drive.js, which keeps the table and the page's words."""
    words = json.loads((ROOT / "docs/theme/words/en.json").read_text())["builder"]
    headings = {key.split(".")[1]: text for key, text in words.items() if key.startswith(("heading.", "note."))}
    with Deno(ROOT) as deno:
        deno.call("tests/emitted/drive.js", "keep", table, headings)
        yield lambda function, *args: deno.call("tests/emitted/drive.js", function, *args)
