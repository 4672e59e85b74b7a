"""What is published in fewer bytes and files: one style sheet, one plain script, pages without indentation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

SHEET, SCRIPT = "css/all.css", "js/all.js"

_STRING_OR_GAP = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?:/\*.*?\*/|\s)+""", re.S)
_AROUND = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')| ?([{};,]) ?""")
_INDENTATION = re.compile(r"(<(pre|textarea|script)\b.*?</\2>)|\n\s+(?=<)", re.S)


def tight(html: str) -> str:
    """A page whose tags begin their lines; what keeps its spaces stays as it is."""
    return _INDENTATION.sub(lambda found: found[1] or "\n", html)


def shorten(text: str) -> str:
    """A style sheet with the same rules in fewer bytes: gaps are one space, and none beside braces and their like."""
    narrow = _STRING_OR_GAP.sub(lambda found: found[1] or " ", text)
    return _AROUND.sub(lambda found: found[1] or found[2], narrow).replace(";}", "}").strip()


def sheets(folder: Path, names: Iterable[str]) -> None:
    """Put a published folder's sheets, in their order, into one without comments; the parts go."""
    _join(folder, names, SHEET, shorten)


def scripts(folder: Path, names: Iterable[str]) -> None:
    """Put a published folder's plain scripts, in their order, into one; the parts go.

    Each is a function that is called at once, so they share no names. They ask for their own address at once, too:
    it must be that of the same folder.
    """
    _join(folder, names, SCRIPT, lambda text: text)


def _join(folder: Path, names: Iterable[str], into: str, change: Callable[[str], str]) -> None:
    files = [folder / name for name in names]
    if not files:
        return
    whole = "\n".join(change(file.read_text(encoding="utf-8")) for file in files) + "\n"
    for file in files:
        file.unlink()
    (folder / into).write_text(whole, encoding="utf-8")
