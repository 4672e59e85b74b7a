"""A lab: a percent-format program (jupytext) whose prose is Markdown in comments and whose cells run in order."""

from __future__ import annotations

import ast
import copy
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jupytext
import yaml
from nbformat import NotebookNode

from docrun import Head, prose, versions

_HEADER = re.compile(r"\A# ---\n((?:#.*\n)*?)# ---\n")
_SLOT = '<div data-lab-cell="{}"></div>'
_KERNEL = ("ipykernel", "ipython", "jupytext", "matplotlib-inline", "nbclient")
CHECK = "check"  # the tag of a cell that guards the prose: it runs and is downloaded, but not shown


class LabError(Exception):
    """A lab that cannot be read or whose run failed; the text names the file, the line and the cause."""


@dataclass(frozen=True)
class Lab:
    """One lab's source: ``path`` is its name in messages, ``text`` the whole file."""

    path: str
    text: str

    @property
    def meta(self) -> dict[str, Any]:
        """The front matter, which stands in comments."""
        header = _HEADER.match(self.text)
        return yaml.safe_load(re.sub(r"^# ?", "", header[1], flags=re.M)) or {} if header else {}

    def notebook(self) -> NotebookNode:
        """The cells as jupytext reads them, not yet run, with ids that every build gives alike."""
        notebook: NotebookNode = jupytext.reads(self.text, fmt="py:percent")
        notebook.cells = [cell for cell in notebook.cells if cell.cell_type != "raw"]
        for number, cell in enumerate(notebook.cells, 1):
            cell["id"] = f"cell-{number}"
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook.metadata = NotebookNode(kernelspec=kernel, title=self.meta.get("title", self.path))
        return notebook

    def markdown(self) -> str:
        """The page's Markdown: prose without its comment signs, a slot for each code cell.

        It has the file's own lines, blank where code stands, so that a message about line 40 means line 40.
        """
        header = _HEADER.match(self.text)
        skipped = header[0].count("\n") if header else 0
        lines, text, cells = [""] * skipped, False, 0
        for line in self.text.splitlines()[skipped:]:
            if line.startswith("# %%"):
                text = "[markdown]" in line
                lines.append("" if text else _SLOT.format(cells))
                cells += not text
            else:
                lines.append(re.sub(r"^# ?", "", line) if text else "")
        return "\n".join(lines)

    def line_of(self, code: str, inside: int = 1) -> int:
        """The file's line of a line inside a cell, counted as IPython does: from the first that is not blank."""
        return self.text[: max(self.text.find(code.lstrip("\n")), 0)].count("\n") + inside

    def imports(self) -> tuple[str, ...]:
        """The distributions that the lab imports by name.

        Raises ``LabError`` for a module that no installed distribution provides: a lab must run where it is
        downloaded, and the cache could not see a change of that module.
        """
        try:
            tree = ast.parse(self.text)
        except SyntaxError as error:
            raise LabError(f"{self.path}:{error.lineno}: {error.msg}") from error
        named: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                named.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                named.add("" if node.level else (node.module or "").partition(".")[0])
        for module in sorted(named - sys.stdlib_module_names):
            if not versions.direct([module]):
                raise LabError(f"{self.path}: imports {module!r}, which no installed distribution provides")
        return versions.direct(named)

    def used(self) -> dict[str, str]:
        """Versions of all that a run depends on: what the lab imports, what that needs, the kernel."""
        installed, wanted = versions.providers(), {*self.imports(), *_KERNEL}
        named = {module for module, names in installed.items() if wanted.intersection(names)}
        return versions.used(named, installed)


def slots(html: str, cells: list[str]) -> str:
    """Fill the slots of a rendered page with each cell's HTML."""
    for number, cell in enumerate(cells):
        html = html.replace(_SLOT.format(number), cell, 1)
    return html


def download(notebook: NotebookNode, head: Head, formulas: Callable[[str], str]) -> NotebookNode:
    """The executed notebook as readers get it: a head, prose and formulas that Jupyter understands, checks folded.

    ``formulas`` makes them such as Jupyter reads them. The notebook given is left as it is.
    """
    made = copy.deepcopy(notebook)
    place = prose.Place(head.url)
    for cell in made.cells:
        if cell.cell_type == "markdown":
            cell.source = prose.plain(formulas(cell.source).split("\n"), place)
        elif CHECK in cell.metadata.get("tags", ()):
            cell.metadata.update(tags=[CHECK, "guard", "hide-input"], jupyter={"source_hidden": True})
    first = made.cells[0]
    first.source = re.sub(r"\A# [^\n]*\n*", "", first.source)  # the head has it
    guards = any("guard" in cell.metadata.get("tags", ()) for cell in made.cells)
    drawn = any("image/svg+xml" in output.get("data", {}) for cell in made.cells for output in cell.get("outputs", ()))
    said = NotebookNode(cell_type="markdown", id="head", metadata=NotebookNode(), source=head.markdown(guards, drawn))
    made.cells.insert(0, said)
    return made
