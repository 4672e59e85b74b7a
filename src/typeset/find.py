"""Formulas in a page's tree, as arithmatex leaves them."""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as etree
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from typeset.engine import Drawn
from typeset.labels import Mark
from typeset.markup import Number

_HEADING = re.compile(r"h[1-6]")
_FENCED = re.compile(
    r'\s*<(?P<tag>div|span)(?P<id> id="[^"]*")? class="arithmatex[^"]*"[^>]*>(?P<tex>.*)</(?P=tag)>\s*', re.S
)
_CODE = {"code", "pre", "script", "style", "kbd", "samp"}
# A command between dollars, or doubled dollars, in what is left as text.
_LEFT = re.compile(r"\$\$|\$[^$\n]*\\[A-Za-z]+[^$\n]*\$|\\\[|\\\(|\\begin\{")


@dataclass(eq=False)
class Formula:
    """One formula of a page, from where it was found to how it is shown.

    ``original`` is the author's TeX, ``tex`` and ``tagged`` what is typeset. ``slot`` is its place in the
    HTML stash if it is not in the tree. ``frame`` is the element that the drawing goes into.
    """

    element: etree.Element
    original: str
    display: bool
    heading: bool = False
    slot: int | None = None
    tex: str = ""
    tagged: str = ""
    marks: tuple[Mark, ...] = ()
    numbers: list[Number] = field(default_factory=list)
    drawn: Drawn | None = None
    frame: etree.Element | None = None
    lowered: bool = True
    finished: bool = False


def _unescape(tex: str) -> str:
    # What arithmatex escapes in blocks, and no more: TeX is full of ampersands.
    for entity, character in (("&quot;", '"'), ("&gt;", ">"), ("&lt;", "<"), ("&amp;", "&")):
        tex = tex.replace(entity, character)
    return tex


def _strip(text: str) -> tuple[str, bool] | None:
    for opening, closing, display in ((r"\[", r"\]", True), (r"\(", r"\)", False)):
        if text.startswith(opening) and text.endswith(closing):
            return text[2:-2].strip(), display
    return None


def _walk(node: etree.Element, heading: bool = False) -> Iterator[tuple[etree.Element, bool]]:
    for child in node:
        if isinstance(child.tag, str):
            inside = heading or bool(_HEADING.fullmatch(child.tag))
            yield child, inside
            yield from _walk(child, inside)


def formulas_of(root: etree.Element, stash: Sequence[object]) -> list[Formula]:
    """All formulas: those of the tree in its order, then those that stand in the stash."""
    found = []
    for element, heading in _walk(root):
        if "arithmatex" in element.get("class", "").split():
            stripped = _strip((element.text or "").strip())
            if stripped:
                tex = _unescape(stripped[0]) if stripped[1] else stripped[0]
                element.text = None
                found.append(Formula(element, tex, stripped[1], heading))
    for slot, block in enumerate(stash):
        match = _FENCED.fullmatch(block) if isinstance(block, str) else None
        stripped = _strip(html.unescape(match["tex"]).strip()) if match else None
        if match and stripped:
            found.append(Formula(etree.Element(match["tag"]), stripped[0], stripped[1], slot=slot))
    return found


def leftovers_of(node: etree.Element) -> Iterator[str]:
    """Pieces of text that look like TeX which nothing recognised, and which readers would see raw."""
    if node.tag not in _CODE and node.get("role") != "alert":
        pieces = [node.text or "", *(child.tail or "" for child in node)]
        for piece in pieces:
            if match := _LEFT.search(piece):
                yield piece[match.start() :].split("\n")[0][:60]
        for child in node:
            yield from leftovers_of(child)
