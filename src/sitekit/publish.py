"""A lab's page. mkdocs-jupyter makes the code cells, the site's own Markdown the prose, docrun's HTML the outputs.

What mkdocs-jupyter publishes for a notebook carries half a megabyte of styles and scripts and addresses of other
hosts. Only the highlighted code is taken from it; everything around it is what every page of the site has.
"""

from __future__ import annotations

import re
from typing import Any

from nbformat import NotebookNode

from docrun import Drawing, Output, Shown, render, tidy
from sitekit.lab import CHECK, Lab, LabError

_CODE = re.compile(r'<div class="highlight-ipynb[^"]*">\s*<pre>(.*?)</pre>\s*</div>', re.S)


def code_cells(html: str) -> list[str]:
    """The highlighted source of each code cell in mkdocs-jupyter's HTML, as Material shows code."""
    cells = [source.removeprefix("<span></span>").rstrip("\n") for source in _CODE.findall(html)]
    return [f'<div class="language-python highlight"><pre><code>{source}\n</code></pre></div>' for source in cells]


def cells(lab: Lab, notebook: NotebookNode, html: str, style: str) -> list[str]:
    """HTML of each code cell with what it printed and drew; a check shows nothing.

    ``html`` is mkdocs-jupyter's page, ``style`` the text of the figures' style sheet. Raises ``LabError`` when the
    two do not agree on the number of cells, or a cell shows what the site has no look for.
    """
    sources = code_cells(html)
    ran = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if len(sources) != len(ran):
        raise LabError(f"{lab.path}: {len(ran)} code cells ran, but {len(sources)} were published")
    pairs = zip(sources, ran, strict=True)
    return ["" if CHECK in cell.metadata.get("tags", ()) else code + _output(lab, cell, style) for code, cell in pairs]


def _output(lab: Lab, cell: NotebookNode, style: str) -> str:
    if not cell.outputs:
        return ""
    text = "".join(_text(lab, cell, output) for output in cell.outputs)
    drawings = tuple(_drawings(lab, cell, style))
    words = _words(cell)
    return render.output(Shown(text=text, drawings=drawings), words)


def _drawings(lab: Lab, cell: NotebookNode, style: str) -> list[Drawing]:
    found = (output.data["image/svg+xml"] for output in cell.outputs if "image/svg+xml" in output.get("data", {}))
    return [tidy(svg, f"{lab.path}:{cell.id}:{number}", style) for number, svg in enumerate(found)]


def _text(lab: Lab, cell: NotebookNode, output: Any) -> str:
    if output.output_type == "stream":
        return str(output.text)
    if "image/svg+xml" in output.data:
        return ""
    if set(output.data) == {"text/plain"}:
        return f"{output.data['text/plain']}\n"
    raise LabError(f"{lab.path}:{lab.line_of(cell.source)}: shows {sorted(output.data)}; print text or draw a figure")


def _words(cell: NotebookNode) -> Output:
    return Output(alt=cell.metadata.get("alt", ""), caption=cell.metadata.get("caption", ""), start=0, end=0)
