"""Which line of a Markdown file a formula came from: the parser does not keep that."""

from __future__ import annotations

import re

_FENCE = re.compile(r"^(?P<lead>[ \t>]*)(?P<mark>`{3,}|~{3,}).*?(?:^[ \t>]*(?P=mark)[`~]*[ \t]*$|\Z)", re.M | re.S)
_SPAN = re.compile(r"(?<![`\\])(?P<mark>`+)(?!`)(?:(?!\n\s*\n).)+?(?<!`)(?P=mark)(?!`)", re.S)
_GAP = r"[\s>]+"  # a line break may be followed by an admonition's indent or a quote's mark


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def without_code(source: str) -> str:
    """A page's text with code blanked out, every other character in its place."""
    return _SPAN.sub(_blank, _FENCE.sub(_blank, source))


class Lines:
    """Finds formulas in the text of a page."""

    def __init__(self, source: str) -> None:
        self._raw = source
        self._prose = without_code(source)

    def find(self, tex: str, turn: int = 0, needle: str = "") -> int | None:
        """Line, from 1, of the ``turn``-th formula with this TeX; of ``needle`` in it if that is there."""
        body = _GAP.join(re.escape(word) for word in tex.split())
        pattern = re.compile(
            rf"(?:\$\$?|\\\(|\\\[|(?=\\begin))[\s>]*(?P<body>{body})(?=[\s>]*(?:\$|\\\)|\\\])|(?<=\}}))"
        )
        found = list(pattern.finditer(self._prose))
        if not found:  # in a fence for formulas, or an unusual place
            found = list(re.compile(f"(?P<body>{body})").finditer(self._raw))
        if not found:
            return None
        match = found[min(turn, len(found) - 1)]
        inner = re.search(re.escape(needle) + r"(?![A-Za-z])", match["body"]) if needle else None
        return self._raw.count("\n", 0, match.start("body") + (inner.start() if inner else 0)) + 1

    def find_text(self, text: str) -> int | None:
        """The line of a piece of prose."""
        at = self._prose.find(text)
        return None if at < 0 else self._raw.count("\n", 0, at) + 1
