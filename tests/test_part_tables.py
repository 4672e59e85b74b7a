"""The table of a part holds everything that torch offers there once, and links each to its page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from test_torch_coverage import page_name, public_names

ROOT = Path(__file__).parent.parent
ROW = re.compile(r"^\| \[`(?P<name>\w+)`\]\((?P<page>\w+)\.md\) \|(?P<cells>.*)\|$", re.M)
PARTS = ("losses", "optimizers", "schedulers")


def rows(part: str) -> list[tuple[str, str, list[str]]]:
    """Name, page and the other cells of each row of a part's table."""
    text = (ROOT / "docs" / "en" / part / "index.md").read_text(encoding="utf-8")
    return [
        (row["name"], row["page"], [cell.strip() for cell in row["cells"].split(" | ")]) for row in ROW.finditer(text)
    ]


@pytest.mark.parametrize("part", PARTS)
def test_everything_stands_in_the_table_once(part: str) -> None:
    assert sorted(name for name, _, _ in rows(part)) == sorted(public_names()[part])


@pytest.mark.parametrize("part", PARTS)
def test_every_row_is_linked_to_its_page(part: str) -> None:
    assert [page for _, page, _ in rows(part)] == [page_name(part, name) for name, _, _ in rows(part)]
