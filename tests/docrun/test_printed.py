"""Printed columns become tables."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from docrun.printed import Table
from docrun.show.table import table

PRINTED = """\
          a < b   steps
Adam        0.5     100
SGD with momentum   −1e-3   20
"""


def test_cells_are_kept_apart_by_two_spaces_and_a_blank_head_is_the_first() -> None:
    read = Table.read(PRINTED)
    assert read.head == ("", "a < b", "steps")
    assert read.rows == (("Adam", "0.5", "100"), ("SGD with momentum", "−1e-3", "20"))


def test_the_html_names_each_cell_and_puts_numbers_on_the_right() -> None:
    tree = ElementTree.fromstring(table(Table.read(PRINTED)))
    assert tree.attrib["tabindex"] == "0", "a box that may scroll is reached by keyboard"
    heads = tree.findall(".//th")
    assert ["".join(head.itertext()) for head in heads] == ["", "a < b", "steps"]
    assert [head.get("style") for head in heads] == [None, "text-align: right", "text-align: right"]
    assert [cell.get("data-label") for cell in tree.findall(".//td")] == [None, "a < b", "steps"] * 2


@pytest.mark.parametrize("text", ["", "one line", "a  b\n1  2  3  4\n"])
def test_what_is_no_table_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="table"):
        Table.read(text)


def test_a_first_column_may_stand_on_the_right() -> None:
    read = Table.read("  n    √n\n 16   4.0\n256  16.0\n")
    assert (read.head, read.rows) == (("n", "√n"), (("16", "4.0"), ("256", "16.0")))
