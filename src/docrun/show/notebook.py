"""A page as a Jupyter notebook: its prose and its programs, which run from top to bottom.

What a program holds between its shown sections (its checks) comes along in folded cells, because what follows may
need it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import nbformat
from nbformat import NotebookNode

from docrun.author import page as pages
from docrun.author.page import Example, Page
from docrun.author.program import Program

_TITLE = re.compile(r"^title:\s*(.+?)\s*$", re.M)
_ATTRIBUTES = re.compile(r"[ \t]*\{:?[ \t]*[#.][^}\n]*\}[ \t]*$", re.M)
_ADMONITION = re.compile(r'^(?P<indent> *)(?:!!!|\?\?\?\+?)\s+(?P<kind>[\w-]+)[^"\n]*(?:"(?P<title>.*)")?\s*$')
_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]\n]+)\]\((?!https?:|#|mailto:)(?P<target>[^)\s]+)\)")
_MARK = re.compile(r"^#\s*-+8<-+.*$\n?", re.M)


def build(text: str, path: str, programs: Mapping[str, Program], preamble: str = "", url: str = "") -> str:
    """The notebook of a page, as JSON with a final newline.

    ``text`` is the whole file, ``programs`` holds the page's programs by path; ``preamble`` goes into a cell of its own
    at the top (TeX macros); ``url`` is where the page is published, to make its relative links absolute. The same input
    gives the same bytes.
    """
    front = pages.front_matter(text)
    body = text[len(front) :]
    read = pages.parse(path, body)
    cells = [nbformat.v4.new_markdown_cell(preamble)] if preamble else []
    cells.extend(_cells(body, read, programs, url))
    for number, cell in enumerate(cells, 1):
        cell["id"] = f"cell-{number}"
    title = _TITLE.search(front)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}, "title": title[1] if title else path}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook, version=4)) + "\n"


def _cells(body: str, read: Page, programs: Mapping[str, Program], url: str) -> Iterator[NotebookNode]:
    lines = body.lstrip("\ufeff").replace("\r\n", "\n").split("\n")
    ran: dict[str, int] = {}
    position = 0
    for example in read.examples:
        yield from _prose(lines[position : example.line - 1], url)
        yield from _code(programs[example.program], example, ran)
        position = example.output.end if example.output else example.end
        if example.output:
            yield from _prose(lines[example.end : example.output.start - 1], url)
    yield from _prose(lines[position:], url)
    for path, line in ran.items():
        program = programs[path]
        yield from _hidden(program, line + 1, len(program.lines))


def _code(program: Program, example: Example, ran: dict[str, int]) -> Iterator[NotebookNode]:
    """The section, after what of its program stands before it and did not run yet."""
    section = program.section(example.section)
    assert section  # or the page had a fault
    reached = ran.get(program.path, 0)
    for before in program.sections:  # sections that this page does not show, but that this one may need
        if reached < before.start and before.end < section.start:
            yield from _hidden(program, reached + 1, before.end)
            reached = before.end
    if section.start > reached:
        yield from _hidden(program, reached + 1, section.start - 1)
        ran[program.path] = section.end
    yield nbformat.v4.new_code_cell(program.source(section.start, section.end).strip("\n"))


def _hidden(program: Program, start: int, end: int) -> Iterator[NotebookNode]:
    source = _MARK.sub("", program.source(start, end) + "\n").strip("\n")
    if source.strip():
        folded = {"tags": ["hide-input"], "jupyter": {"source_hidden": True}}
        yield nbformat.v4.new_code_cell(source, metadata=folded)


def _prose(lines: list[str], url: str) -> Iterator[NotebookNode]:
    text = _ATTRIBUTES.sub("", "\n".join(_quoted(lines))).strip()
    if url:
        text = _LINK.sub(lambda link: f"[{link['text']}]({_absolute(link['target'], url)})", text)
    if text:
        yield nbformat.v4.new_markdown_cell(text)


def _absolute(target: str, url: str) -> str:
    from urllib.parse import urljoin

    target, hash_, anchor = target.partition("#")
    if target.endswith((".md", ".py", ".ipynb")):
        target = re.sub(r"(?:(?<=/)|^)(?:index)?\.\w+$|\.\w+$", "/", target) if target else target
    return urljoin(url, "../" + target) + hash_ + anchor


def _quoted(lines: list[str]) -> Iterator[str]:
    """Admonitions, which Jupyter does not know, as block quotes with a bold title."""
    depth: int | None = None
    for line in lines:
        if opening := _ADMONITION.match(line):
            depth = len(opening["indent"]) + 4
            title = opening["title"] if opening["title"] is not None else opening["kind"].capitalize()
            yield from (f"> **{title}**", ">") if title else ()
        elif depth is not None and (line.startswith(" " * depth) or not line.strip()):
            yield f"> {line[depth:]}".rstrip()
        else:
            if depth is not None:
                depth = None
                yield ""
            yield line
