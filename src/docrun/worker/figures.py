"""Open matplotlib figures as SVG that follows the page's palette, the same bytes on every build."""

from __future__ import annotations

import hashlib
import io
import re
import sys
import tempfile
import warnings
from dataclasses import replace
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

from docrun.record import Drawing
from docrun.worker import markers, narrow

_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_PX_PER_PT = 4 / 3


def take(name: str, style: str) -> tuple[Drawing, ...]:
    """Draw and close every open figure; ``name`` keeps the ids of two figures on one page apart.

    ``style`` is the text of the style sheet.
    """
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return ()
    drawings = []
    for number in pyplot.get_fignums():
        figure = pyplot.figure(number)
        drawing = replace(tidy(_draw(figure), f"{name}:{number}", style), name=figure.get_label())
        if narrow.is_wide(figure):
            with warnings.catch_warnings(action="ignore"):  # of a layout that is the runner's, not the program's
                narrow.redraw(figure)
                drawing = replace(drawing, narrow=tidy(_draw(figure), f"{name}:{number}:narrow", style))
        drawings.append(drawing)
    pyplot.close("all")
    return tuple(drawings)


def _draw(figure: Any) -> str:
    import matplotlib

    buffer = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with matplotlib.rc_context({"svg.hashsalt": "docrun", "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata=nothing)
    return buffer.getvalue()


def tidy(svg: str, name: str, style: str) -> Drawing:
    """Strip what a page does not need, shorten numbers, name colours by the palette's CSS variables."""
    root = ElementTree.fromstring(svg)
    _, _, width, height = (float(part) for part in root.attrib["viewBox"].split())
    prefix = f"f{hashlib.sha256(name.encode()).hexdigest()[:6]}-"
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{markers.SVG}metadata", f"{markers.SVG}style"):
                parent.remove(child)
    markers.join(root)
    used = {ref for element in root.iter() for ref in _references(element)}
    for element in root.iter():
        _trim(element, used, prefix, palette(style))
    _flatten(root)
    _plain(root)
    inside = "".join(ElementTree.tostring(child, encoding="unicode") for child in root).strip()
    return Drawing(inside, round(width * _PX_PER_PT, 2), round(height * _PX_PER_PT, 2))


def _plain(root: ElementTree.Element) -> None:
    """Names as HTML has them, without a prefix; no white space between elements, but in texts all of it."""
    for element in root.iter():
        element.tag = element.tag.removeprefix(markers.SVG)
        if element.tag in ("text", "tspan"):
            continue
        for child in element:
            child.tail = None
        if len(element):
            element.text = None


def _flatten(parent: ElementTree.Element) -> None:
    """Take groups without a meaning of their own, and shapes that paint nothing, out of the tree."""
    children: list[ElementTree.Element] = []
    for child in list(parent):
        _flatten(child)
        empty = child.tag in (f"{markers.SVG}g", f"{markers.SVG}defs") and len(child) == 0
        if empty or child.attrib.get("style") == "fill: none":
            continue
        children.extend(child if child.tag == f"{markers.SVG}g" and not child.attrib else [child])
    parent[:] = children


def _references(element: ElementTree.Element) -> list[str]:
    found = [match for value in element.attrib.values() for match in _REFERENCE.findall(value)]
    link = element.get(markers.LINK) or element.get("href") or ""
    return [*found, link[1:]] if link.startswith("#") else found


def _trim(element: ElementTree.Element, used: set[str], prefix: str, colours: dict[str, str]) -> None:
    for key, value in list(element.attrib.items()):
        if key == "id":
            if value in used:
                element.set("id", prefix + value)
            else:
                del element.attrib["id"]
        elif key in (markers.LINK, "href"):
            del element.attrib[key]
            element.set("href", f"#{prefix}{value[1:]}" if value.startswith("#") else value)
        elif not value.startswith("data:"):
            value = _REFERENCE.sub(lambda ref: f"url(#{prefix}{ref[1]})", value)
            value = _NUMBER.sub(lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), value)
            if key == "style":
                value = _style(value, colours)
            if value.startswith("rotate(-0 "):
                del element.attrib[key]
            else:
                element.set(key, re.sub(r"\s+", " ", value).strip())


def _style(value: str, colours: dict[str, str]) -> str:
    value = re.sub(r"font: ([^;]*?)(\d[\d.]*px)[^;]*", lambda font: f"{_weight(font[1])}font-size: {font[2]}", value)
    value = re.sub(r"font-family: [^;]+;? ?", "", value)
    return _COLOUR.sub(lambda c: f"var(--docrun-{colours[c[0]]}, {c[0]})" if c[0] in colours else c[0], value)


def _weight(words: str) -> str:
    weight = next((word for word in words.split() if word in ("bold", "600", "700")), "")
    return f"font-weight: {weight}; " if weight else ""


@lru_cache
def palette(style: str) -> dict[str, str]:
    """The names of a style sheet's colours: the cycle is c0, c1, …, text is fg, grid lines are grid.

    ``style`` is the sheet's text, so that what is remembered is never out of date.
    """
    import matplotlib
    from matplotlib.colors import to_hex

    with tempfile.NamedTemporaryFile("w", suffix=".mplstyle", encoding="utf-8") as file:
        file.write(style)
        file.flush()
        parameters = matplotlib.rc_params_from_file(file.name)
    cycle = [to_hex(colour) for colour in parameters["axes.prop_cycle"].by_key()["color"]]
    named = {colour: f"c{number}" for number, colour in enumerate(cycle)}
    return {"#ffffff": "bg", to_hex(parameters["grid.color"]): "grid", to_hex(parameters["text.color"]): "fg", **named}
