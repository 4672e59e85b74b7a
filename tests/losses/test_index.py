"""The table of all losses holds every loss of torch once, and links each to its page."""

from __future__ import annotations

import re
from pathlib import Path

from test_torch_coverage import page_name, public_names

PAGE = Path(__file__).parents[2] / "docs" / "en" / "losses" / "index.md"
ROW = re.compile(r"^\| (?:\[`(?P<linked>\w+)`\]\((?P<page>\w+)\.md\)|`(?P<bare>\w+)`) \|", re.M)


def test_every_loss_stands_in_the_table_once() -> None:
    rows = [row["linked"] or row["bare"] for row in ROW.finditer(PAGE.read_text(encoding="utf-8"))]
    assert sorted(rows) == sorted(public_names()["losses"])


def test_a_loss_with_a_page_is_linked_to_it() -> None:
    for row in ROW.finditer(PAGE.read_text(encoding="utf-8")):
        page = page_name("losses", row["linked"] or row["bare"])
        assert row["page"] == (page if PAGE.with_name(f"{page}.md").exists() else None), page
