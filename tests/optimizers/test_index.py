"""Two columns of the table of all optimizers say what its program measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docrun import Record
from docrun.pytest_plugin import session
from test_part_tables import rows

ROOT = Path(__file__).parents[2]
CELLS = {name: cells for name, _, cells in rows("optimizers")}


@pytest.fixture(scope="module")
def printed() -> dict[str, str]:
    outcome = session(ROOT).outcome("snippets/optimizers/index.py")
    assert isinstance(outcome, Record), outcome
    return {name: section.text for name, section in outcome.sections.items()}


@pytest.mark.parametrize("name", CELLS)
def test_bytes_per_parameter(name: str, printed: dict[str, str]) -> None:
    line = re.search(rf"^(\d+) bytes:.*\b{name}\b", printed["state"], re.M)
    assert line and CELLS[name][-2].removesuffix("[^more]") == line[1]


@pytest.mark.parametrize("name", CELLS)
def test_support(name: str, printed: dict[str, str]) -> None:
    line = re.search(rf"^{name} +(\S+) +(\S+) +(\S+)$", printed["support"], re.M)
    assert line
    answers = zip(("sparse", "foreach", "fused"), line.groups(), strict=True)
    assert CELLS[name][-1] == ", ".join(word for word, answer in answers if answer == "yes")
