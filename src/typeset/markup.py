"""HTML of one formula: a drawing for the eye, MathML for everyone else."""

from __future__ import annotations

import html
import xml.etree.ElementTree as etree
from collections.abc import Sequence
from dataclasses import dataclass

from typeset.engine import Drawn

WIDE = 30.0  # ex; a phone's column holds about forty, at twice the text size half of that
_DESCENT = 0.69  # ex from a digit's middle down to its baseline


@dataclass(frozen=True)
class Number:
    """An equation number: its text and the id that links lead to (may be empty)."""

    text: str
    anchor: str


def _length(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") or "0"


def drawing(drawn: Drawn, shift: bool = True) -> str:
    """The ``<svg>``: hidden from assistive technology, in the text's colour, with its size in ex.

    ``shift`` lowers it to the text's baseline.
    """
    size = f'width="{_length(drawn.width)}ex" height="{_length(drawn.height)}ex" viewBox="{drawn.view}"'
    style = f' style="vertical-align:{_length(-drawn.depth)}ex"' if shift and drawn.depth else ""
    return f'<svg aria-hidden="true" fill="currentColor" {size}{style}>{drawn.body}</svg>'


def mathml(drawn: Drawn, tex: str, display: bool) -> str:
    """The ``<math>`` that is read out; its annotation holds the TeX that is copied."""
    block = ' display="block"' if display else ""
    note = html.escape(tex, quote=False)
    return (
        f'<span class="typeset-math"><math{block}><semantics>{drawn.mathml}'
        f'<annotation encoding="application/x-tex">{note}</annotation></semantics></math></span>'
    )


def inline(element: etree.Element, drawn: Drawn) -> bool:
    """Turn an element into an inline formula's frame. Says whether the drawing itself must be lowered."""
    wide = drawn.width > WIDE
    element.tag = "span"
    element.set("class", "typeset typeset-wide" if wide else "typeset")
    element.set("data-search-exclude", "")
    if wide:  # scrolls inside the line; a scroll box's baseline is its lower edge, so the box is lowered
        element.set("tabindex", "0")
        element.set("style", f"vertical-align:{_length(-drawn.depth)}ex")
    return not wide


def display(element: etree.Element, drawn: Drawn, numbers: Sequence[Number]) -> etree.Element:
    """Turn an element into a displayed formula's frame; the formula goes into the element returned.

    Numbers stand beside the scroll box, so that they stay in sight, each at its row's height.
    """
    element.tag = "div"
    element.set("class", "typeset typeset-display")
    element.set("data-search-exclude", "")
    scroll = etree.SubElement(element, "span", {"class": "typeset-scroll"})
    if drawn.width > WIDE:
        scroll.set("tabindex", "0")
    if numbers:
        column = etree.SubElement(element, "span", {"class": "typeset-numbers"})
        for number, row in zip(numbers, drawn.rows, strict=True):
            above = drawn.height - drawn.depth
            middle = drawn.height / 2 if row is None else above - row - _DESCENT
            mark = etree.SubElement(column, "span", {"style": f"top:{_length(middle)}ex"})
            mark.text = number.text
            if number.anchor:
                mark.set("id", number.anchor)
    return scroll


def reference(element: etree.Element, text: str, anchor: str) -> None:
    """Turn an element into a link to a numbered equation."""
    element.tag = "a"
    element.attrib.clear()
    element.set("class", "typeset-ref")
    element.set("href", f"#{anchor}")
    element.text = text


def failure(element: etree.Element, tex: str, message: str) -> None:
    """Show what is wrong in the formula's place: seen only by authors, under a live preview."""
    element.attrib.clear()
    element.set("class", "typeset-error")
    element.set("role", "alert")
    element.text = f"{message}: "
    etree.SubElement(element, "code").text = tex
