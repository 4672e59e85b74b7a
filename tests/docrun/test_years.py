"""A year at the start of a line is no list: the house's rules say so (tests/test_pages.py holds every page to them)."""

from __future__ import annotations

from pathlib import Path

import pytest

from docrun import Settings
from docrun.author import page, rules

ROOT = Path(__file__).parents[2]
SETTINGS = Settings.load(ROOT)
HOUSE = rules.House.load(ROOT / SETTINGS.rules)
ADVICE = "Markdown makes a numbered list"


def faults(text: str) -> list[str]:
    read = page.parse("docs/en/x.md", text)
    return [str(fault) for fault in rules.page_faults(read, text, HOUSE) if ADVICE in fault.cause]


@pytest.mark.parametrize("line", ["  1990. Softmax outputs.", "1990. On its own.", "> 2015) In a quote."])
def test_a_line_that_begins_with_a_year_is_a_fault(line: str) -> None:
    assert len(faults(f"- J. Bridle: Outputs,\n{line}\n")) == 1


@pytest.mark.parametrize(
    "text", ["1. First\n2. Second", "- It was 1990. Then", "1990 was a year.", "```text\n1990. x\n```"]
)
def test_lists_code_and_years_elsewhere_are_none(text: str) -> None:
    assert faults(text) == []
