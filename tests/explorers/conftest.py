"""One deno process for all tests of the explorers; both sides of each comparison run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from script import Deno

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def deno() -> Iterator[Deno]:
    """A process that may read the whole checkout."""
    with Deno(ROOT) as process:
        yield process
