"""HTML of what was shown. All text is escaped; all drawings were made by docrun.worker.figures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape

from docrun.author.page import Output
from docrun.errors import Fault
from docrun.record import Drawing, Shown

_ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07]*\x07|.)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
LABELS = {"ran": "Ran with {versions}.", "and": "and", "program": "Program", "notebook": "Notebook"}
LABELS["running"] = "This program is running. The page reloads when it has ended."


def output(shown: Shown, output: Output) -> str:
    """One figure element: the printed text, the drawing, the caption."""
    parts = []
    if text := plain(shown.text):
        parts.append(f'<pre class="docrun-text" tabindex="0"><code>{escape(text, quote=False)}</code></pre>')
    parts.extend(_drawing(drawing, output.alt) for drawing in shown.drawings)
    if output.caption:
        parts.append(f"<figcaption>{escape(output.caption, quote=False)}</figcaption>")
    return f'<figure class="docrun">{"".join(parts)}</figure>'


def plain(text: str) -> str:
    """Printed text as a terminal would leave it: carriage returns applied, colours and controls removed."""
    lines = _ANSI.sub("", text.replace("\r\n", "\n")).split("\n")
    return "\n".join(_CONTROL.sub("", line.rstrip("\r").rpartition("\r")[2]) for line in lines).strip("\n")


def standalone(drawing: Drawing) -> str:
    """A drawing as a file of its own."""
    svg = _drawing(drawing, "figure").replace(" data-search-exclude", "", 1)  # XML knows no bare attribute
    return svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def _drawing(drawing: Drawing, alt: str) -> str:
    width, height = f"{drawing.width:g}", f"{drawing.height:g}"
    view = f"0 0 {drawing.width * 0.75:g} {drawing.height * 0.75:g}"  # matplotlib draws in points
    return (
        f'<svg class="docrun-figure" data-search-exclude role="img" aria-label="{escape(alt)}" '
        f'width="{width}" height="{height}" '
        f'viewBox="{view}" style="stroke-linejoin:round;stroke-linecap:butt">{drawing.body}</svg>'
    )


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
