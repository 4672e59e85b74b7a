"""The sheet on the page is the sheet that the program runs: the same calls and ranges in the same order."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\|.*\| `(?P<call>\w+_\(W.*?\))` \|[^|]*\| (?P<range>[\d. to]+) \|")


def _executed() -> list[tuple[str, str]]:
    """Call and range of each row in the program."""
    tree = ast.parse((ROOT / "snippets/initialization/choose.py").read_text(encoding="utf-8"))
    assigned = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
    sheet = assigned["sheet"]
    assert isinstance(sheet, ast.Tuple)
    rows = []
    for row in sheet.elts:
        assert isinstance(row, ast.Tuple)
        _, _, call, low, high = row.elts
        assert isinstance(call, ast.Lambda)
        ends = ast.unparse(low), ast.unparse(high)
        rows.append((ast.unparse(call.body), " to ".join(dict.fromkeys(ends))))
    return rows


def test_the_page_states_what_the_program_runs() -> None:
    page = (ROOT / "docs/en/initialization/choose.md").read_text(encoding="utf-8")
    found = [match for line in page.splitlines() if (match := ROW.match(line))]
    stated = [(ast.unparse(ast.parse(match["call"])), match["range"]) for match in found]
    assert stated == _executed()
    assert len(stated) == 15
