"""Tables that scroll in a box of their own and can be reached by keyboard. A Python-Markdown extension.

A wide table must not make a phone's page scroll sideways. Material wraps tables by script, in a box that the keyboard
cannot reach; this does it in the HTML, so it also holds without script. Any host can use ``sitekit.tables``.
"""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor


class TablesExtension(Extension):
    """``sitekit.tables`` in a list of Markdown extensions. Option ``label``: the box's name for screen readers."""

    def __init__(self, **options: Any) -> None:
        """Take Python-Markdown's keyword options."""
        self.config = {"label": ["Table", "what a screen reader says when the box gets the focus"]}
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        """Register behind the parsing of tables and attribute lists."""
        md.treeprocessors.register(_Boxes(md, self.getConfig("label")), "sitekit-tables", 5)


class _Boxes(Treeprocessor):
    def __init__(self, md: Markdown, label: str) -> None:
        super().__init__(md)
        self.label = label

    def run(self, root: Element) -> None:
        for parent in list(root.iter()):
            for place, child in enumerate(list(parent)):
                if child.tag == "table" and parent.get("class") != "table-scroll":
                    parent[place] = self._box(child)

    def _box(self, table: Element) -> Element:
        # A group, not a region: many landmarks of one name help nobody.
        box = Element("div", {"class": "table-scroll", "role": "group", "aria-label": self.label, "tabindex": "0"})
        box.tail, table.tail = table.tail, "\n"
        table.set("class", f"grid-table {table.get('class', '')}".strip())
        box.append(table)
        return box


def makeExtension(**options: Any) -> TablesExtension:
    """Let a host name this module instead of the class."""
    return TablesExtension(**options)
