"""Every page's notebook: it opens with outputs, runs from top to bottom, and has no dead link."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest

from docrun import Record, Settings, publish
from docrun.author import page
from docrun.pytest_plugin import session
from docrun.show import notebook
from docrun.show.downloads import beside, without_marks
from docrun.show.head import Head
from sample import some

ROOT = Path(__file__).parents[2]
SETTINGS = Settings.load(ROOT)
DOCS = ROOT / "docs/en"
URL = "https://example.org/book/"
READ = [read for file in SETTINGS.pages() if (read := page.read(ROOT, file)).examples]
SEVERAL = [read for read in READ if len(read.programs) > 1]
FORMULAS = publish.Edition(macros="docs/macros.tex").formulas(ROOT)
# What only the site understands, in what is left of a cell when code and formulas are gone.
FOREIGN = re.compile(r"\{[ ]?[#.][\w-]|^[!?]{3}|^/{3}|</?(?:div|section|span|svg|figure)\b|\[\^|\\(?:eq)?ref\b", re.M)
LINK = re.compile(r"\]\((?P<target>[^)\s]+)\)")


@cache
def built(read: page.Page, url: str = "") -> Any:
    """The page's notebook, from records that other tests need too."""
    running = session(ROOT)
    running.prefetch(read.programs)
    records = {path: running.record(path) for path in read.programs}
    assert all(isinstance(record, Record) for record in records.values())
    programs = {path: running.program(path) for path in read.programs}
    text = (ROOT / read.path).read_text(encoding="utf-8")
    head = Head(publish.title(text, read.path), url)
    index = Path(read.path).stem == "index"
    found = {name: own for path in read.programs for name, own in beside(ROOT, path, records[path]).items()}
    files = {name: own.decode() for name, own in found.items()}
    return nbformat.reads(
        notebook.build(FORMULAS(text), read.path, programs, records, head, index, files), as_version=4
    )


def address(path: str) -> str:
    """Where a page of the site is published."""
    inside = Path(path).relative_to("docs/en").with_suffix("").as_posix()
    return URL + re.sub(r"(^|/)index$", r"\1", inside).rstrip("/") + ("/" if inside != "index" else "")


def prose(book: Any) -> Iterator[str]:
    """The text of each Markdown cell, code left out."""
    for cell in book.cells:
        if cell.cell_type == "markdown":
            yield re.sub(r"```.*?```|`+[^`]*`+", "", cell.source, flags=re.S)


def code(book: Any) -> list[str]:
    """The cells that hold parts of the page's programs."""
    return [cell.source for cell in _run(book) if "set-up" not in cell.metadata.get("tags", ())]


def _run(book: Any) -> list[Any]:
    return [cell for cell in book.cells if cell.cell_type == "code" and cell.execution_count]


def every(reads: list[page.Page]) -> Any:
    return pytest.mark.parametrize("read", reads, ids=lambda read: read.path)


@every(READ)
def test_it_opens_with_its_outputs(read: page.Page) -> None:
    book = built(read)
    counts = [cell.execution_count for cell in book.cells if cell.cell_type == "code" and cell.execution_count]
    assert counts == list(range(1, len(counts) + 1))
    outputs = sum(bool(cell.get("outputs")) for cell in book.cells)
    assert outputs >= sum(bool(example.output) for example in read.examples if not _silent(example))


def _silent(example: page.Example) -> bool:
    shown = session(ROOT).shown(example)
    if example.output and example.output.form == "sparks":
        return True
    return not (getattr(shown, "text", "").strip() or getattr(shown, "drawings", ()))


@every(READ)
def test_jupyter_understands_its_prose(read: page.Page) -> None:
    for text in prose(built(read)):
        left = re.sub(r"\$\$.*?\$\$|\$[^$]*\$", "", text, flags=re.S)
        assert not FOREIGN.search(left), left
        assert "\\label" not in text and "\\eqref" not in text


@every(READ)
def test_links_lead_somewhere(read: page.Page) -> None:
    for text in prose(built(read)):
        assert [link for link in LINK.findall(text) if not link.startswith(("https:", "http:"))] == []
    links = [link for text in prose(built(read, address(read.path))) for link in LINK.findall(text)]
    for link in links:
        if link.startswith(URL):
            target, _, anchor = link.removeprefix(URL).partition("#")
            found = _source(target)
            assert found, link
            assert not anchor or f"#{anchor}" in found or f'id="{anchor}"' in found, link


def _source(target: str) -> str:
    """The text of the page that is published at an address below the site's."""
    stem = target.rstrip("/")
    names = (f"{stem}.md", f"{stem}/index.md", f"{stem}.py") if stem else ("index.md",)
    file = next((DOCS / name for name in names if (DOCS / name).is_file()), None)
    return file.read_text(encoding="utf-8") if file else ""


@every(READ)
def test_it_holds_its_programs_whole(read: page.Page) -> None:
    """Nothing is lost and nothing runs twice. Of one program, that is what ran when the site was built."""
    running = session(ROOT)
    cells = "\n".join(code(built(read))).split("\n")
    programs = "\n".join(without_marks(running.program(path).text) for path in read.programs).split("\n")
    written, given = ([line for line in lines if line.strip()] for lines in (programs, cells))
    assert given == written if len(read.programs) == 1 else sorted(given) == sorted(written)


@every(some(SEVERAL, 6))
def test_several_programs_run_in_one_notebook(read: page.Page, tmp_path: Path) -> None:
    """One after the other, in the page's order, each with its own names. What a kernel would do, without its start."""
    cells = []
    for cell in _run(built(read)):
        if cell.source.startswith("%%writefile "):
            name, _, text = cell.source.removeprefix("%%writefile ").partition("\n")
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        else:
            cells.append(cell.source)
    (tmp_path / "notebook_cells.py").write_text("\n\n".join(cells), encoding="utf-8")
    environment = {**os.environ, "MPLBACKEND": "agg", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "notebook_cells.py"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr[-2000:]
