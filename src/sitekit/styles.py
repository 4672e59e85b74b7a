"""The site's style sheets as published: one file without comments, where the repository has one for each concern."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

JOINED = "css/all.css"

_STRING_OR_GAP = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?:/\*.*?\*/|\s)+""", re.S)
_AROUND = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')| ?([{};,]) ?""")


def shorten(text: str) -> str:
    """A style sheet with the same rules in fewer bytes: gaps are one space, and none beside braces and their like."""
    narrow = _STRING_OR_GAP.sub(lambda found: found[1] or " ", text)
    return _AROUND.sub(lambda found: found[1] or found[2], narrow).replace(";}", "}").strip()


def join(folder: Path, sheets: Iterable[str]) -> None:
    """Put a published folder's sheets, in their order, into one; the parts go."""
    files = [folder / sheet for sheet in sheets]
    if not files:
        return
    (folder / JOINED).write_text("\n".join(shorten(file.read_text(encoding="utf-8")) for file in files) + "\n", "utf-8")
    for file in files:
        file.unlink()
