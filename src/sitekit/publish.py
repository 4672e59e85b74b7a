"""A lab's page: the site's own Markdown makes the prose, its highlighter the code, docrun's HTML the outputs.

mkdocs-jupyter reads the labs and publishes their code; what it makes of a page carries half a megabyte of styles and
scripts and addresses of other hosts, and is not used.
"""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode

from docrun import Drawing, Output, Shown, render, tidy
from sitekit import highlight
from sitekit.lab import CHECK, Lab, LabError


def code_cells(notebook: NotebookNode) -> list[str]:
    """HTML of each code cell's source."""
    return [highlight.python(cell.source) for cell in notebook.cells if cell.cell_type == "code"]


def cells(lab: Lab, notebook: NotebookNode, style: str) -> list[str]:
    """HTML of each code cell with what it printed and drew; a check shows nothing.

    ``style`` is the text of the figures' style sheet. Raises ``LabError`` where a cell shows what the site has
    no look for.
    """
    ran = [cell for cell in notebook.cells if cell.cell_type == "code"]
    pairs = zip(code_cells(notebook), ran, strict=True)
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
