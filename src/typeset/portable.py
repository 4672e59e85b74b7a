"""A page's formulas as any host of Markdown and MathJax reads them: without macros and labels."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from typeset import labels
from typeset.locate import without_code
from typeset.macros import Macros

_FORMULA = re.compile(
    r"(?<!\\)\$\$(?P<display>.+?)\$\$"
    r"|(?<![\\$])\$(?!\s)(?P<inline>(?:\\.|(?!\n\s*\n)[^\\$])+?)(?<!\s)\$",
    re.S,
)
_TAG = re.compile(r"\\tag\{(\d+)\}")


def portable(text: str, macros: Macros | None = None) -> str:
    """The text with site macros written out, equations numbered by ``\\tag``, and references replaced by numbers.

    Lines stay where they are. Raises KeyError for a reference to a label that no formula has.
    """
    numbers, known = labels.Numbers(), macros or Macros()
    for formula in _FORMULA.finditer(without_code(text)):
        if formula["display"]:
            for mark in labels.split(_original(text, formula, "display")).marks:
                numbers.give(mark)
    again = labels.Numbers()  # the same numbers once more, now that forward references are known
    pieces, at = [], 0
    for formula in _FORMULA.finditer(without_code(text)):
        kind = "display" if formula["display"] else "inline"
        tex = known.expand(_original(text, formula, kind))
        pieces += [text[at : formula.start()], _written(tex, kind == "display", again.give, numbers.refer)]
        at = formula.end()
    return "".join([*pieces, text[at:]])


def writer(macros: Path | None = None) -> Callable[[str], str]:
    """``portable`` with the macros of a file."""
    known = Macros.read(macros) if macros else Macros()
    return lambda text: portable(text, known)


def _original(text: str, formula: re.Match[str], kind: str) -> str:
    return text[formula.start(kind) : formula.end(kind)]


def _written(tex: str, display: bool, give: Callable[[labels.Mark], str], refer: Callable[[str, str], str]) -> str:
    if not display:
        whole = labels.whole_reference(tex)
        return refer(*whole) if whole else f"${labels.replace_references(tex, refer)}$"
    marked = labels.split(tex)
    if not marked.marks:
        return f"$${labels.replace_references(tex, refer)}$$"
    shown = [give(mark) for mark in marked.marks]
    tagged = _TAG.sub(lambda tag: _tag(shown[int(tag[1]) - 1]), marked.tagged)
    return f"$${labels.replace_references(tagged, refer)}$$"


def _tag(shown: str) -> str:
    """``(1)`` is what ``\\tag`` makes of 1; anything else is shown as it is."""
    return rf"\tag{{{shown[1:-1]}}}" if shown.startswith("(") and shown.endswith(")") else rf"\tag*{{{shown}}}"
