"""A page as a Jupyter notebook: its prose, its programs with what they printed and drew, ready to run top to bottom.

What a program holds between its shown sections (its checks) comes along in folded cells, because what follows may
need it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import PurePosixPath

import nbformat
from nbformat import NotebookNode

from docrun import printed
from docrun.author import page as pages
from docrun.author.page import Example, Page
from docrun.author.program import Program
from docrun.record import Drawing, Record, Shown
from docrun.show import lent, prose, render, turns
from docrun.show.downloads import without_marks
from docrun.show.head import Head
from docrun.show.prose import Place

_HEADING = re.compile(r"^# [^\n]*$", re.M)
_PAPER = '<rect width="100%" height="100%" fill="#ffffff"/>'
_FOLDED = {"jupyter": {"source_hidden": True}}
_GUARD = {"tags": ["hide-input", "guard"], **_FOLDED}
_SETUP = {"tags": ["hide-input", "guard", "set-up"], **_FOLDED}  # of the notebook, not of a program


@dataclass
class _Writer:
    """The cells of one page, made in the page's order.

    ``ran`` is how far, in lines, each program has run, ``now`` the program whose names are in force.
    """

    body: str
    read: Page
    programs: Mapping[str, Program]
    records: Mapping[str, Record]
    place: Place
    files: Mapping[str, str]
    ran: dict[str, int] = field(default_factory=dict)
    now: str = ""

    @cached_property
    def given(self) -> lent.Lent:
        """What the page's programs lend to its text."""
        shown = ((e.output, self.records[e.program].sections.get(e.section, Shown())) for e in self.read.examples)
        return {name: thing for output, section in shown for name, thing in lent.lent(output, section).items()}

    def cells(self) -> Iterator[NotebookNode]:
        lines = self.body.lstrip("\ufeff").replace("\r\n", "\n").split("\n")
        hidden = prose.folded(lines)
        position = 0
        for example in self.read.examples:
            yield from self._prose(lines[position : example.line - 1])
            yield from self._apart(example) if example.apart else self._code(example, example.line in hidden)
            position = example.output.end if example.output else example.end
            if example.output:
                yield from self._prose(lines[example.end : example.output.start - 1])
        yield from self._prose(lines[position:])
        for path, line in self.ran.items():
            rest = list(self._guard(self.programs[path], line + 1, len(self.programs[path].lines)))
            yield from (*self._turn(path), *rest) if rest else ()

    def _turn(self, path: str) -> Iterator[NotebookNode]:
        """What has to run before a cell of this program: nothing, on a page with one."""
        if self.now == path:
            return
        several = len(self.read.programs) > 1
        if not self.now:
            yield from (_code_cell(source, [], _SETUP) for source in turns.beside(dict(self.files)))
            if several:
                yield _code_cell(turns.setup(path), [], _SETUP)
        elif several:
            yield _code_cell(turns.turn(path), [], _SETUP)
        if path not in self.ran and "__file__" in self.programs[path].text:
            yield _code_cell(f"__file__ = {PurePosixPath(path).name!r}", [], _SETUP)
        self.now = path

    def _code(self, example: Example, folded: bool) -> Iterator[NotebookNode]:
        """The section, after what of its program stands before it and did not run yet."""
        program = self.programs[example.program]
        section = program.section(example.section)
        assert section  # or the page had a fault
        yield from self._turn(program.path)
        reached = self.ran.get(program.path, 0)
        for before in program.sections:  # sections that this page does not show, but that this one may need
            if reached < before.start and before.end < section.start:
                yield from self._guard(program, reached + 1, before.end)
                reached = before.end
        if section.start > reached:
            yield from self._guard(program, reached + 1, section.start - 1)
            self.ran[program.path] = section.end
        source = program.source(section.start, section.end).strip("\n")
        yield _code_cell(source, self._outputs(example), {"tags": ["hide-input"], **_FOLDED} if folded else {})

    def _apart(self, example: Example) -> Iterator[NotebookNode]:
        """An output away from its code: with the code, folded, if the page shows none of it, else by itself."""
        if all(other.apart for other in self.read.examples if other.program == example.program):
            yield from self._code(example, folded=True)
        elif outputs := self._outputs(example):
            note = f"# The output of {example.section!r}, whose code stands in a cell of its own"
            yield _code_cell(note, outputs, {"tags": ["hide-input", "output"], **_FOLDED})

    def _outputs(self, example: Example) -> list[NotebookNode]:
        if example.output and example.output.form == "sparks":
            return []
        shown = self.records[example.program].sections.get(example.section, Shown())
        alt = example.output.alt if example.output else ""
        said = printed.plain(shown.text)
        stream = [NotebookNode(output_type="stream", name="stdout", text=f"{said}\n")] if said else []
        return [*stream, *(_display(drawing, alt) for drawing in shown.drawings)]

    def _guard(self, program: Program, start: int, end: int) -> Iterator[NotebookNode]:
        source = without_marks(program.source(start, end) + "\n").strip("\n")
        if source.strip():
            yield _code_cell(source, [], _GUARD)

    def _prose(self, lines: list[str]) -> Iterator[NotebookNode]:
        if text := prose.plain(lent.in_markdown(lines, self.given), self.place):
            yield _markdown(text)


def build(
    text: str,
    path: str,
    programs: Mapping[str, Program],
    records: Mapping[str, Record],
    head: Head,
    index: bool = False,
    files: Mapping[str, str] | None = None,
) -> str:
    """The notebook of a page, as JSON with a final newline.

    ``text`` is the whole file, its formulas already such as Jupyter reads them. ``programs`` and ``records`` hold the
    page's programs and what they did, by path. ``head`` makes the first cell; its address makes relative links
    absolute, and without one they become plain text. ``index`` says that the page is its folder's own; ``files`` are
    the texts that programs use beside themselves, by name. The same input gives the same bytes.
    """
    body = text[len(pages.front_matter(text)) :]
    body = _HEADING.sub("", body, count=1)  # the first cell has it
    writer = _Writer(body, pages.parse(path, body), programs, records, Place(head.url, index), files or {})
    cells = list(writer.cells())
    guards = any("guard" in cell.metadata.get("tags", ()) for cell in cells)
    drawn = any("data" in output for cell in cells for output in cell.get("outputs", ()))
    cells.insert(0, _markdown(head.markdown(guards, drawn)))
    _number(cells)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}, "title": head.title}
    notebook = nbformat.from_dict({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook, version=4)) + "\n"


def _number(cells: Iterable[NotebookNode]) -> None:
    """Ids and execution counts, as a run from top to bottom leaves them."""
    ran = 0
    for number, cell in enumerate(cells, 1):
        cell["id"] = f"cell-{number}"
        if cell.cell_type == "code" and "output" not in cell.metadata.get("tags", ()):
            ran += 1
            cell.execution_count = ran


# nbformat's own makers validate each cell: two thirds of the time that a notebook takes. The whole is validated once.


def _markdown(text: str) -> NotebookNode:
    return NotebookNode(cell_type="markdown", source=text, metadata=NotebookNode())


def _code_cell(source: str, outputs: list[NotebookNode], metadata: Mapping[str, object]) -> NotebookNode:
    own = nbformat.from_dict(metadata)
    return NotebookNode(cell_type="code", source=source, outputs=outputs, metadata=own, execution_count=None)


def _display(drawing: Drawing, alt: str) -> NotebookNode:
    """A drawing on white, in the light palette's colours, which needs no style sheet."""
    svg = render.standalone(drawing).replace('aria-label="figure"', f'aria-label="{escape(alt or "figure")}"', 1)
    opening, inside = svg.split(">", 1)
    data = {"image/svg+xml": f"{opening}>{_PAPER}{inside}", "text/plain": alt or "figure"}
    return NotebookNode(output_type="display_data", data=NotebookNode(data), metadata=NotebookNode())
