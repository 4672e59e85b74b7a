"""The table of all optimizers holds every optimizer of torch once, and its columns say what the program measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docrun import Record
from docrun.pytest_plugin import session
from test_torch_coverage import page_name, public_names

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "en" / "optimizers" / "index.md"
ROW = re.compile(r"^\| \[`(?P<name>\w+)`\]\((?P<page>\w+)\.md\) \|(?P<cells>.*)\|$", re.M)
ROWS = {row["name"]: row for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))}


def _cells(name: str) -> list[str]:
    return [cell.strip() for cell in ROWS[name]["cells"].split(" | ")]


@pytest.fixture(scope="module")
def printed() -> dict[str, str]:
    outcome = session(ROOT).outcome("snippets/optimizers/index.py")
    assert isinstance(outcome, Record), outcome
    return {name: section.text for name, section in outcome.sections.items()}


def test_every_optimizer_stands_in_the_table_once() -> None:
    found = [row["name"] for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))]
    assert sorted(found) == sorted(public_names()["optimizers"])


@pytest.mark.parametrize("name", ROWS)
def test_it_is_linked_to_its_page(name: str) -> None:
    assert ROWS[name]["page"] == page_name("optimizers", name)


@pytest.mark.parametrize("name", ROWS)
def test_bytes_and_support_are_what_the_program_found(name: str, printed: dict[str, str]) -> None:
    *_, size, support = _cells(name)
    line = re.search(rf"^(\d+) bytes:.*\b{name}\b", printed["state"], re.M)
    assert line and size.removesuffix("[^more]") == line[1]
    yes = re.search(rf"^{name} +(\S+) +(\S+) +(\S+)$", printed["support"], re.M)
    assert yes
    supported = [
        word for word, answer in zip(("sparse", "foreach", "fused"), yes.groups(), strict=True) if answer == "yes"
    ]
    assert support == ", ".join(supported)
