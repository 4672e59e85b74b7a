"""Printed columns as an HTML table."""

from __future__ import annotations

import re
from html import escape

from docrun.printed import Table

_NUMERIC = re.compile(r"^[-+−]?[\d,.]+(?:e[-+]?\d+)?\s?[%×s]?$|^[-–—]?$|^(?:nan|-?inf)$")


def table(read: Table) -> str:
    """The table in its scroll box, with its column's name on every cell for narrow screens."""
    numeric = [all(_NUMERIC.match(row[column]) for row in read.rows) for column in range(len(read.head))]
    head = "".join(_cell("th", text, {"scope": "col"}, right) for text, right in zip(read.head, numeric, strict=True))
    rows = "".join(f"<tr>{_row(row, read.head, numeric)}</tr>" for row in read.rows)
    columns = "two" if len(read.head) < 3 else "many"
    return (
        f'<div class="table-scroll" tabindex="0">'
        f'<table class="grid-table docrun-table table-{columns}">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(row: tuple[str, ...], head: tuple[str, ...], numeric: list[bool]) -> str:
    cells = zip(row, head, numeric, strict=True)
    return "".join(_cell("td", text, {"data-label": name} if name else {}, right) for text, name, right in cells)


def _cell(tag: str, text: str, attributes: dict[str, str], right: bool) -> str:
    given = attributes | ({"style": "text-align: right"} if right else {})
    inside = "".join(f' {name}="{escape(value)}"' for name, value in given.items())
    return f"<{tag}{inside}>{escape(text, quote=False)}</{tag}>"
