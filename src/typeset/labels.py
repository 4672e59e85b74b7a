"""Equation numbers: which formulas have one, and what a reference to them says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_NUMBER = re.compile(
    r"\\tag(?P<star>\*?)\s*\{(?P<tag>[^{}\\$]*)\}(?:\s*\\label\s*\{(?P<tagged>[^{}]*)\})?"
    r"|\\label\s*\{(?P<label>[^{}]*)\}"
)
_REFERENCE = re.compile(r"\\(?P<kind>eqref|ref)\s*\{(?P<label>[^{}]*)\}")


@dataclass(frozen=True)
class Mark:
    """A row that carries a number. ``label`` may be empty, ``text`` is what the author chose, or empty."""

    label: str
    text: str = ""
    star: bool = False

    @property
    def anchor(self) -> str:
        """The id that links lead to: ``eq:x`` becomes ``eq-x``."""
        return re.sub(r"[^\w-]+", "-", self.label).strip("-")


@dataclass(frozen=True)
class Marked:
    """A formula taken apart: TeX without numbers, TeX with ``\\tag`` on numbered rows, the rows' marks."""

    tex: str
    tagged: str
    marks: tuple[Mark, ...]


def split(tex: str) -> Marked:
    """Take ``\\label`` and ``\\tag`` out of a formula."""
    marks: list[Mark] = []

    def note(match: re.Match[str]) -> str:
        marks.append(Mark(match["label"] or match["tagged"] or "", match["tag"] or "", bool(match["star"])))
        return rf"\tag{{{len(marks)}}}"

    tagged = _NUMBER.sub(note, tex)
    return Marked(_NUMBER.sub("", tex).strip(), tagged if marks else "", tuple(marks))


@dataclass
class Numbers:
    """The numbers of one page, given in the order of its formulas."""

    count: int = 0

    def __post_init__(self) -> None:
        self._texts: dict[str, tuple[str, str]] = {}
        self._anchors: set[str] = set()

    def give(self, mark: Mark) -> str:
        """The text shown beside the row. Raises ValueError if its label is taken."""
        if not mark.text:
            self.count += 1
        inner = mark.text or str(self.count)
        shown = inner if mark.star else f"({inner})"
        if mark.label:
            if not mark.anchor or mark.anchor in self._anchors:
                raise ValueError(f"the label {mark.label!r} is already taken on this page")
            self._anchors.add(mark.anchor)
            self._texts[mark.label] = (inner, shown)
        return shown

    def refer(self, kind: str, label: str) -> str:
        """What ``\\ref`` or ``\\eqref`` says. Raises KeyError for a label that no formula has."""
        inner, shown = self._texts[label]
        return inner if kind == "ref" else shown


def whole_reference(tex: str) -> tuple[str, str] | None:
    """Kind and label, if the formula is nothing but one reference."""
    match = _REFERENCE.fullmatch(tex.strip())
    return (match["kind"], match["label"]) if match else None


def references(tex: str) -> Iterator[tuple[str, str]]:
    """Kind and label of every reference inside a formula."""
    return ((m["kind"], m["label"]) for m in _REFERENCE.finditer(tex))


def replace_references(tex: str, text: Callable[[str, str], str]) -> str:
    """The formula with each reference replaced by its text."""
    return _REFERENCE.sub(lambda m: rf"\text{{{text(m['kind'], m['label'])}}}", tex)
