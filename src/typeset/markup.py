"""HTML of one formula: a drawing for the eye, MathML for everyone else."""

from __future__ import annotations

import html
import math
import xml.etree.ElementTree as etree
from collections.abc import Sequence
from dataclasses import dataclass

from typeset.engine import Drawn, Narrow

PHONE = 36.0  # ex; the column at 360 CSS pixels, in fonts whose x is high
WIDE = 30.0  # ex; an inline formula from here on may be wider than a list's or a box's column on a phone
_STEP, _MOST = 4, 100  # ex; docs/theme/css/math.css has a rule for each
_DIGIT, _BESIDE = 1.1, 1.7  # ex: a character of an equation number, and the space before it
_DESCENT = 0.69  # ex from a digit's middle down to its baseline


@dataclass(frozen=True)
class Number:
    """An equation number: its text and the id that links lead to (may be empty)."""

    text: str
    anchor: str


def _length(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") or "0"


def room(numbers: Sequence[Number]) -> float:
    """What a phone's column leaves to a displayed formula beside its numbers, in ex."""
    return PHONE - _beside(numbers)


def _beside(numbers: Sequence[Number]) -> float:
    return max((len(number.text) for number in numbers), default=0) * _DIGIT + (_BESIDE if numbers else 0.0)


def drawing(drawn: Drawn, shift: bool = True) -> str:
    """The ``<svg>``, and a second one for phones if the formula has a narrow setting.

    Hidden from assistive technology, in the text's colour, with sizes in ex. ``shift`` lowers it to the text's
    baseline.
    """
    style = f' style="vertical-align:{_length(-drawn.depth)}ex"' if shift and drawn.depth else ""
    return _svg(drawn, style) + (_svg(drawn.narrow, ' class="typeset-narrow"') if drawn.narrow else "")


def _svg(seen: Drawn | Narrow, attributes: str) -> str:
    size = f'width="{_length(seen.width)}ex" height="{_length(seen.height)}ex" viewBox="{seen.view}"'
    return f'<svg aria-hidden="true" fill="currentColor" {size}{attributes}>{seen.body}</svg>'


def mathml(drawn: Drawn, tex: str, display: bool) -> str:
    """The ``<math>`` that is read out; its annotation holds the TeX that is copied, and is not read.

    Where the style sheet spares the formula its style, a browser would not know otherwise that annotations are silent.
    """
    block = ' display="block"' if display else ""
    note = html.escape(tex, quote=False)
    return (
        f'<span class="typeset-math"><math{block}><semantics>{drawn.mathml}'
        f'<annotation aria-hidden="true" encoding="application/x-tex">{note}</annotation></semantics></math></span>'
    )


def inline(element: etree.Element, drawn: Drawn) -> bool:
    """Turn an element into an inline formula's frame. Says whether the drawing itself must be lowered."""
    wide = drawn.width > WIDE
    element.tag = "span"
    element.set("class", "typeset typeset-wide" if wide else "typeset")
    element.set("data-search-exclude", "")
    if wide:  # scrolls inside the line; a scroll box's baseline is its lower edge, so the box is lowered
        element.set("tabindex", "0")  # a script takes it away where nothing scrolls
        element.set("style", f"vertical-align:{_length(-drawn.depth)}ex")
    return not wide


def display(element: etree.Element, drawn: Drawn, numbers: Sequence[Number]) -> etree.Element:
    """Turn an element into a displayed formula's frame; the formula goes into the element returned.

    Numbers stand beside the scroll box, so that they stay in sight, each at its row's height. Of two settings, CSS
    shows the wide one where the column is at least as wide as the frame's class says. Only a formula that is too wide
    for a phone in both is a stop for the keyboard.
    """
    least = (drawn.narrow or drawn).width
    element.tag = "div"
    element.set("class", "typeset typeset-display" + (_switch(drawn.width + _beside(numbers)) if drawn.narrow else ""))
    element.set("data-search-exclude", "")
    scroll = etree.SubElement(element, "span", {"class": "typeset-scroll"})
    if least > room(numbers):
        scroll.set("tabindex", "0")
    if numbers:
        column = etree.SubElement(element, "span", {"class": "typeset-numbers"})
        for number, row in zip(numbers, drawn.rows, strict=True):
            mark = etree.SubElement(column, "span", {"style": _place(drawn, row)})
            mark.text = number.text
            if number.anchor:
                mark.set("id", number.anchor)
    return scroll


def _switch(width: float) -> str:
    """The classes of a formula with two settings: from which column on, in ex, the wide one is shown."""
    return f" typeset-two typeset-from-{min(math.ceil(width / _STEP) * _STEP, _MOST)}"


def _place(drawn: Drawn, row: float | None) -> str:
    """How far an equation number stands below the drawing's upper edge, for one setting or both."""
    if row is not None:
        return f"top:{_length(drawn.height - drawn.depth - row - _DESCENT)}ex"
    narrow = f";--narrow:{_length(drawn.narrow.height / 2)}ex" if drawn.narrow else ""
    return f"top:{_length(drawn.height / 2)}ex{narrow}"


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
