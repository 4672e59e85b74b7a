"""What a program printed: as a terminal would leave it, as the columns of a table, as texts with names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import dedent

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


def texts(text: str) -> dict[str, str]:
    """Named texts: a name at the left margin, the text in the indented lines below it.

    Raises ValueError where a text has no name, a name no text, or two have one name.
    """
    found: dict[str, list[str]] = {}
    for line in text.split("\n"):
        if line.strip() and not line[0].isspace():
            if line.rstrip() in found:
                raise ValueError(f"two texts are named {line.rstrip()!r}")
            found[line.rstrip()] = []
        elif found:
            [*found.values()][-1].append(line)
        elif line.strip():
            raise ValueError(f"a text has a name at the left margin above it: {line.strip()!r} has none")
    if empty := [name for name, lines in found.items() if not any(map(str.strip, lines))]:
        raise ValueError(f"no indented lines below the name {empty[0]!r}")
    return {name: dedent("\n".join(lines)).strip("\n") for name, lines in found.items()}


def _cells(line: str) -> tuple[str, ...]:
    return tuple(_GAP.split(line.strip()))
