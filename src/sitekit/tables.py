"""Tables that can be read on a phone, by keyboard and by ear. A Python-Markdown extension.

Everything is in the HTML, so it also holds without script, and nothing moves when a script arrives:

- each table stands in a box that scrolls and that the keyboard reaches, named by the heading above it;
- a table of three or more columns can become a list of cards on a narrow screen: each cell knows its column's name, and
  ARIA roles keep the table a table for screen readers whatever the style sheet makes of it;
- a table inside an element of class ``table-tools`` has buttons in its headings and filters (``sitekit.table_tools``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

from sitekit.table_tools import equip
from sitekit.words import words

CARDS = 3  # columns from which on a table may become cards; two fit a phone
_LAST = -1  # after everything that changes a heading or a cell: escapes are resolved at 0
_HEADING = re.compile(r"h[1-6]")
_CELLS = {"th": "columnheader", "td": "cell"}


class TablesExtension(Extension):
    """``sitekit.tables`` in a list of Markdown extensions. Its options are words that readers see or hear."""

    def __init__(self, **options: Any) -> None:
        """Take Python-Markdown's keyword options."""
        self.config = {
            "label": ["Table", "name of a table that no heading stands above"],
            "find": ["Find in the table", "name of the field that filters by text"],
        }
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        """Register behind the parsing of tables, attribute lists and formulas."""
        md.treeprocessors.register(
            _Tables(md, self.getConfig("label"), self.getConfig("find")), "sitekit-tables", _LAST
        )


class _Tables(Treeprocessor):
    def __init__(self, md: Markdown, label: str, find: str) -> None:
        super().__init__(md)
        self.md, self.label, self.find = md, label, find

    def run(self, root: Element) -> None:
        names: Counter[str] = Counter()
        for parent, table, heading in list(_tables(root, None)):
            name = words(heading, self.md) if heading is not None else self.label
            names[name] += 1
            columns = self._columns(table)
            own = name if names[name] == 1 else f"{name} ({names[name]})"
            parent[list(parent).index(table)] = _box(table, own, len(columns))
            if "table-tools" in parent.get("class", "").split():
                equip(parent, table, columns, self.find, self.md)

    def _columns(self, table: Element) -> list[str]:
        """The headings; a head without any words is taken away."""
        head = table.find("thead")
        columns = [words(cell, self.md) for cell in head.iter("th")] if head is not None else []
        if head is not None and not any(columns):
            table.remove(head)
        if len(columns) >= CARDS:
            _label(table, columns)
        return columns


def _tables(parent: Element, heading: Element | None) -> Iterator[tuple[Element, Element, Element | None]]:
    """Each table that has no box yet: its parent, itself and the last heading before it."""
    for child in parent:
        if _HEADING.fullmatch(str(child.tag)):
            heading = child
        elif child.tag == "table":
            if "table-scroll" not in parent.get("class", ""):
                yield parent, child, heading
        else:
            yield from _tables(child, heading)
            heading = _last_heading(child, heading)


def _last_heading(element: Element, before: Element | None) -> Element | None:
    return next((part for part in reversed(list(element.iter())) if _HEADING.fullmatch(str(part.tag))), before)


def _box(table: Element, name: str, columns: int) -> Element:
    # A group, not a region: many landmarks help nobody. A script takes the tab stop away where nothing scrolls.
    kind = "table-scroll table-cards" if columns >= CARDS else "table-scroll"
    box = Element("div", {"class": kind, "role": "group", "aria-label": name, "tabindex": "0"})
    box.tail, table.tail = table.tail, "\n"
    table.set("class", f"grid-table {table.get('class', '')}".strip())
    table.set("aria-label", name)
    box.append(table)
    return box


def _label(table: Element, columns: list[str]) -> None:
    """Roles, because a style sheet that lays a table out as cards takes them away; and each cell's column."""
    table.set("role", "table")
    for part in table:
        part.set("role", "rowgroup")
    for row in table.iter("tr"):
        row.set("role", "row")
        for cell, column in zip(row, columns, strict=False):
            cell.set("role", _CELLS[cell.tag])
            if cell.tag == "td":
                cell.set("data-label", column)


def makeExtension(**options: Any) -> TablesExtension:
    """Let a host name this module instead of the class."""
    return TablesExtension(**options)
