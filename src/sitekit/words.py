"""The plain words of an element in Python-Markdown's tree, for places that hold no markup: labels, names, choices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.util import HTML_PLACEHOLDER_RE

from typeset.plain import plain

_MATH = re.compile(r"<semantics>(.*?)<annotation", re.S)
_TAG = re.compile(r"<[^>]*>")
_ESCAPED = re.compile("\x02(\\d+)\x03")
_SILENT = ("headerlink", "footnote-ref")


def words(element: Element, md: Markdown) -> str:
    """What a reader would read aloud: formulas as plain characters, no permalinks and no footnote marks."""

    def stashed(slot: re.Match[str]) -> str:
        html = str(md.htmlStash.rawHtmlBlocks[int(slot[1])])
        formula = _MATH.search(html)
        return plain(formula[1]) if formula else _TAG.sub("", html)

    text = HTML_PLACEHOLDER_RE.sub(stashed, "".join(_pieces(element)))
    return " ".join(_ESCAPED.sub(lambda code: chr(int(code[1])), text).split())


def has_formula(element: Element) -> bool:
    """Whether a formula stands in it: formulas have no order."""
    return any("typeset" in part.get("class", "").split() for part in element.iter())


def _pieces(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if "hidden" not in child.attrib and child.get("class") not in _SILENT:
            yield from _pieces(child)
        yield child.tail or ""
