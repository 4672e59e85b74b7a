"""All formulas of one page: numbered in order, typeset together, mistakes with their lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from typeset import labels, markup
from typeset.engine import Drawn
from typeset.errors import Problem, Report
from typeset.find import Formula
from typeset.locate import Lines
from typeset.typesetter import Typesetter

_CONTROL = re.compile(r"Undefined control sequence (\\\S+)")
_ENVIRONMENT = re.compile(r"Unknown environment '([^']*)'")


class Page:
    """Works on a page's formulas in place; ``problems`` collects what is wrong with them."""

    def __init__(self, formulas: Sequence[Formula], typesetter: Typesetter, source: str, report: Report) -> None:
        self._formulas, self._typesetter, self._source, self._report = formulas, typesetter, source, report
        self._lines: Lines | None = None
        self._numbers = labels.Numbers()
        self._anchors: dict[str, str] = {}
        self._turns: dict[int, int] = {}
        self.problems: list[Problem] = []
        seen: Counter[str] = Counter()
        for formula in formulas:
            self._turns[id(formula)] = seen[formula.original]
            seen[formula.original] += 1

    def number(self) -> None:
        """Give numbers first, then resolve references, so that they may point forward."""
        for formula in self._formulas:
            marked = labels.split(formula.original)
            formula.tex, formula.tagged, formula.marks = marked.tex, marked.tagged, marked.marks
            if formula.marks and not formula.display:
                self._fail(formula, "a number needs a displayed formula", r"\label")
                continue
            self._number(formula)
        for formula in self._formulas:
            if not formula.finished:
                self._resolve(formula)

    def typeset(self) -> None:
        """Typeset what is left and turn the elements into frames for it."""
        todo = [formula for formula in self._formulas if not formula.finished]
        results = self._typesetter.typeset([(f.tex, f.display, f.tagged, _room(f)) for f in todo])
        for formula, result in zip(todo, results, strict=True):
            if isinstance(result, str):
                self._fail(formula, *_explain(result))
            elif len(result.rows) != len(formula.numbers):
                self._fail(formula, "a number stands where it cannot be shown", r"\label")
            else:
                self._frame(formula, result)

    def listed(self) -> list[Problem]:
        """The mistakes from the top of the page to its end."""
        return sorted(self.problems, key=lambda problem: problem.line or 0)

    def complain_about(self, leftovers: Iterable[str]) -> None:
        """Report TeX that was never recognised as a formula."""
        for text in leftovers:
            message = "not recognised as a formula ($$ needs blank lines around, $ no blank inside)"
            self.problems.append(self._problem(self._find().find_text(text), message, text))

    def _number(self, formula: Formula) -> None:
        for mark in formula.marks:
            try:
                text = self._numbers.give(mark)
            except ValueError as error:
                self._fail(formula, str(error), mark.label)
                return
            self._anchors[mark.label] = mark.anchor
            formula.numbers.append(markup.Number(text, mark.anchor if mark.label else ""))

    def _resolve(self, formula: Formula) -> None:
        for _, label in labels.references(formula.tex):
            if label not in self._anchors:
                self._fail(formula, f"no formula on this page has the label {label!r}", label)
                return
        whole = None if formula.display else labels.whole_reference(formula.tex)
        if whole:
            formula.finished = True
            markup.reference(formula.element, self._numbers.refer(*whole), self._anchors[whole[1]])
        formula.tex = labels.replace_references(formula.tex, self._numbers.refer)
        formula.tagged = labels.replace_references(formula.tagged, self._numbers.refer)

    def _frame(self, formula: Formula, drawn: Drawn) -> None:
        formula.drawn = drawn
        if formula.display:
            formula.frame = markup.display(formula.element, drawn, formula.numbers)
            formula.lowered = False
        else:
            formula.frame = formula.element
            formula.lowered = markup.inline(formula.element, drawn)

    def _fail(self, formula: Formula, message: str, needle: str = "") -> None:
        line = self._find().find(formula.original, self._turns[id(formula)], needle)
        self.problems.append(self._problem(line, message, formula.original))
        formula.finished = True
        markup.failure(formula.element, formula.original, message)

    def _problem(self, line: int | None, message: str, tex: str) -> Problem:
        shifted = None if line is None else line + self._report.offset
        return Problem(self._report.page, shifted, message, tex)

    def _find(self) -> Lines:
        if self._lines is None:
            self._lines = Lines(self._source)
        return self._lines


def _room(formula: Formula) -> float:
    return markup.room(formula.numbers) if formula.display else 0.0


def _explain(message: str) -> tuple[str, str]:
    """MathJax's message in a form an author can use, and the words to look for in the source."""
    if control := _CONTROL.match(message):
        return f"unknown macro {control[1]} (a typing error, or missing in the macros file)", control[1]
    if environment := _ENVIRONMENT.match(message):
        return message, rf"\begin{{{environment[1]}}}"
    return message, ""
