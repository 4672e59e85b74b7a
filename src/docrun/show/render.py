"""HTML of what was shown. All text is escaped; all drawings were made by docrun.worker.figures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import PurePosixPath

from docrun.author.page import Example, Output, Page
from docrun.errors import Fault
from docrun.printed import Table, plain
from docrun.record import Drawing, Shown
from docrun.show.table import table

_LARGEST = 1.4  # times its own size: beyond that its text is larger than the page's
_VARIABLE = re.compile(r"var\(--docrun-(?P<name>\w+), (?P<own>#[0-9a-f]{6})\)")
LABELS = {
    "ran": "Ran with {versions}.",
    "and": "and",
    "program": "{file}, {size} kB",
    "notebook": "{file}, opens in Jupyter",
}
LABELS |= {"figure": "Figure {number}."}
LABELS["running"] = "This program is running. The page reloads when it has ended."


@dataclass(frozen=True)
class Figure:
    """Where a figure stands on its page: its number, from 1, and its anchor."""

    number: int
    anchor: str


def number(read: Page) -> dict[Example, Figure]:
    """The figures of a page in their order; those have an alt text. Anchors are the sections' names."""
    figures: dict[Example, Figure] = {}
    taken: set[str] = set()
    for example in read.examples:
        if example.output and example.output.alt and example.output.form != "sparks":
            anchor = f"fig-{example.section}"
            if anchor in taken:
                anchor = f"fig-{PurePosixPath(example.program).stem}-{example.section}"
            taken.add(anchor)
            figures[example] = Figure(len(figures) + 1, anchor)
    return figures


def output(shown: Shown, output: Output, figure: Figure | None = None, labels: Mapping[str, str] = LABELS) -> str:
    """One figure element: the printed text, the drawing, the caption. ``figure`` numbers a drawing."""
    parts = []
    text = plain(shown.text)
    if text and output.form == "table":
        parts.append(table(Table.read(text)))
    elif text:
        code = f"<code>{escape(text, quote=False)}</code>"
        parts.append(f'<pre class="docrun-text" tabindex="0">{code}</pre>')
    parts.extend(_both(drawing, output.alt) for drawing in shown.drawings)
    number = _number(figure, labels) if figure and shown.drawings else ""
    if number or output.caption:
        parts.append(f"<figcaption>{number}{escape(output.caption, quote=False)}</figcaption>")
    anchor = f' id="{figure.anchor}"' if number and figure else ""
    return f'<figure class="docrun"{anchor}>{"".join(parts)}</figure>'


def _number(figure: Figure, labels: Mapping[str, str]) -> str:
    name = escape(labels["figure"].format(number=figure.number))
    return f'<a class="docrun-number" href="#{figure.anchor}">{name}</a> '


def standalone(drawing: Drawing, colors: Mapping[str, str] | None = None) -> str:
    """A drawing as a file of its own, in the colors of the style sheet or in others (by the variables' names)."""
    svg = _svg(drawing, "figure", "docrun-figure").replace(" data-search-exclude", "", 1)  # XML knows no bare attribute
    svg = _VARIABLE.sub(lambda named: (colors or {}).get(named["name"], named["own"]), svg)
    return svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" ', 1)


def _both(drawing: Drawing, alt: str) -> str:
    """A drawing for wide screens and, hidden there, the one for phones."""
    if not drawing.narrow:
        return _svg(drawing, alt, "docrun-figure")
    return _svg(drawing, alt, "docrun-figure docrun-wide") + _svg(drawing.narrow, alt, "docrun-figure docrun-narrow")


def _svg(drawing: Drawing, alt: str, classes: str) -> str:
    width, height = f"{drawing.width:g}", f"{drawing.height:g}"
    view = f"0 0 {drawing.width * 0.75:g} {drawing.height * 0.75:g}"  # matplotlib draws in points
    return (
        f'<svg class="{classes}" data-search-exclude role="img" aria-label="{escape(alt)}" '
        f'width="{width}" height="{height}" '
        f'viewBox="{view}" style="stroke-linejoin:round;stroke-linecap:butt;'
        f'max-width:{_LARGEST * drawing.width:.0f}px">{drawing.body}</svg>'
    )


def spark(drawing: Drawing, alt: str) -> str:
    """A small drawing for a sentence or a table's cell; where the words beside it say the same, ``alt`` is empty."""
    svg = _svg(drawing, alt, "docrun-spark")
    return svg if alt else svg.replace('role="img" aria-label=""', 'aria-hidden="true"')


def placeholder(output: Output, labels: Mapping[str, str]) -> str:
    """What an author sees under ``mkdocs serve`` in the place of an output that is not there yet; never published."""
    kind = "figure" if output.alt else "text"
    return f'<figure class="docrun docrun-pending docrun-pending-{kind}"><p>{escape(labels["running"])}</p></figure>'


def error(faults: Iterable[Fault]) -> str:
    """The box that an author sees under ``mkdocs serve``; never published."""
    text = escape("\n".join(fault.report for fault in faults), quote=False)
    return f'<div class="docrun-error" role="alert"><pre>{text}</pre></div>'


def footer(downloads: Iterable[tuple[str, str]], versions: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """The line on versions and the downloads, (file name, label) each."""
    names = [f"{name} {escape(version.partition('+')[0])}" for name, version in versions.items()]
    joined = f" {labels['and']} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    items = "".join(f'<li><a href="{escape(file)}" download>{escape(label)}</a></li>' for file, label in downloads)
    ran = labels["ran"].format(versions=joined)
    return f'<footer class="docrun-footer"><p>{ran}</p><ul>{items}</ul></footer>'
