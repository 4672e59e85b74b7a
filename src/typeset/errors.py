"""What can be wrong with a formula, and how it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


class EngineError(RuntimeError):
    """MathJax cannot be run here: a package is missing or damaged, or it gave no answer in time."""


@dataclass(frozen=True)
class Problem:
    """One mistake on a page. ``line`` counts from 1 in the Markdown file, None if it could not be found."""

    page: str
    line: int | None
    message: str
    tex: str

    def __str__(self) -> str:
        line = "" if self.line is None else str(self.line)
        place = f"{self.page}:{line}".rstrip(":") if self.page else f"line {line or '?'}"
        tex = " ".join(self.tex.split())
        shown = tex if len(tex) <= 80 else tex[:79] + "…"
        return f"{place}: {self.message}, in: {shown}"


class TypesetError(ValueError):
    """A page's formulas cannot be typeset; ``problems`` lists every one of them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass
class Report:
    """Collects problems for a host that ends the build itself, and knows which page is being converted.

    A host that passes a report to the extension gets the page with the problem shown in the formula's place;
    without one the extension raises TypesetError. ``offset`` is the number of lines cut off the file's top
    (front matter) before it was converted.
    """

    page: str = ""
    offset: int = 0
    problems: list[Problem] = field(default_factory=list)

    def begin(self, page: str, offset: int = 0) -> None:
        """Say which page comes next: what was wrong with it is no longer known."""
        self.page, self.offset = page, offset
        self.problems[:] = [problem for problem in self.problems if problem.page != page]
