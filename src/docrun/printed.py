"""What a program printed: as a terminal would leave it, and as the columns of a table."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07]*\x07|.)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_GAP = re.compile(r"\s{2,}")


def plain(text: str) -> str:
    """Printed text with carriage returns applied, without colours and controls."""
    lines = _ANSI.sub("", text.replace("\r\n", "\n")).split("\n")
    return "\n".join(_CONTROL.sub("", line.rstrip("\r").rpartition("\r")[2]) for line in lines).strip("\n")


@dataclass(frozen=True)
class Table:
    """The first line's cells, and those of the lines below."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @classmethod
    def read(cls, text: str) -> Table:
        """The table that a program printed; where the head has one cell less than all rows, its first is empty.

        Raises ValueError where a row has another number of cells than the head.
        """
        lines = [line.rstrip() for line in plain(text).split("\n") if line.strip()]
        if len(lines) < 2:
            raise ValueError("a table has a line of headings and rows below it")
        head, *rows = (_cells(line) for line in lines)
        if head[0] and all(len(row) == len(head) + 1 for row in rows):
            head = ("", *head)
        for number, row in enumerate(rows, 1):
            if len(row) != len(head):
                cause = f"row {number} of the table has {len(row)} cells, its head {len(head)}"
                raise ValueError(f"{cause}: two spaces keep cells apart, and none may be empty")
        return cls(head, tuple(rows))


def _cells(line: str) -> tuple[str, ...]:
    return tuple(_GAP.split(line.strip()))
