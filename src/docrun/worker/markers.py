"""Many equal markers as one path: a browser lays out one element instead of hundreds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from xml.etree.ElementTree import Element

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
_Markers = dict[tuple[str, str], Element]  # (shape, style) → marker
_FEW = 3  # fewer stay as they are


def join(root: Element) -> None:
    """Replace runs of ``use`` elements that differ in their place only by a path with that marker at every vertex."""
    shapes = {path.get("id"): path for path in root.iter(f"{SVG}path") if path.get("id")}
    markers: _Markers = {}
    for parent in list(root.iter()):
        if any(child.tag == f"{SVG}use" for child in parent):
            parent[:] = list(_joined(parent, shapes, markers))
    if markers:
        definitions = Element(f"{SVG}defs")
        definitions.extend(markers.values())
        root.insert(0, definitions)


def _joined(
    parent: Element, shapes: dict[str | None, Element], markers: dict[tuple[str, str], Element]
) -> Iterator[Element]:
    for key, run in groupby(parent, _look):
        children = list(run)
        shape = shapes.get(key[0][1:]) if key else None
        if not key or shape is None or len(children) < _FEW:
            yield from children
            continue
        marker = markers.setdefault(key, _marker(f"marker{len(markers)}", shape, key[1]))
        places = " L ".join(f"{child.get('x', '0')} {child.get('y', '0')}" for child in children)
        ends = dict.fromkeys(("marker-start", "marker-mid", "marker-end"), f"url(#{marker.get('id')})")
        yield Element(f"{SVG}path", {"d": f"M {places}", "fill": "none", "stroke": "none", **ends})


def _look(child: Element) -> tuple[str, str] | None:
    """What two markers share that look alike."""
    return (child.get(LINK, ""), child.get("style", "")) if child.tag == f"{SVG}use" else None


def _marker(name: str, shape: Element, style: str) -> Element:
    marker = Element(f"{SVG}marker", {"id": name, "overflow": "visible", "markerUnits": "userSpaceOnUse"})
    both = "; ".join(filter(None, (shape.get("style", ""), style)))
    marker.append(Element(f"{SVG}path", {"d": shape.get("d", ""), **({"style": both} if both else {})}))
    return marker
