"""The Python-Markdown extension: what arithmatex found becomes a formula."""

from __future__ import annotations

import xml.etree.ElementTree as etree
from collections.abc import Callable
from pathlib import Path
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

from typeset.errors import Report, TypesetError
from typeset.find import Formula, formulas_of, leftovers_of
from typeset.glue import glue
from typeset.macros import Macros
from typeset.markup import drawing, mathml
from typeset.page import Page
from typeset.plain import plain
from typeset.typesetter import Typesetter

# Before everything that cuts lines out of the source; after attr_list (8) has read the headings' attributes
# and before toc (5) reads their text; after MkDocs has taken the page's title (1).
KEEP_SOURCE, BEFORE_TOC, AFTER_TITLE = 1000, 6, 0.5


class TypesetExtension(Extension):
    """Typesets the output of ``pymdownx.arithmatex`` (``generic: true``) while the page is converted.

    Options: ``macros`` (file of ``\\newcommand`` definitions), ``cache`` (folder, empty for none), ``root``
    (where those two paths start). Without ``report``, a page with mistakes raises TypesetError, which lists
    all of them; with it they are added there and shown in the formulas' places.
    """

    def __init__(self, report: Report | None = None, **options: Any) -> None:
        self._report = report  # not an option of Markdown's: those can only be text, numbers and truth values
        self.config = {
            "macros": ["", "File of \\newcommand definitions for every page"],
            "cache": [".cache/typeset", "Folder for typeset formulas; empty: none"],
            "root": [".", "Folder that the two paths above start from"],
        }
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        """Register what keeps the source, what typesets, and what completes headings."""
        source = _Source(md)
        formulas = _Formulas(md, source, self._typesetter, self._report)
        md.preprocessors.register(source, "typeset-source", KEEP_SOURCE)
        md.treeprocessors.register(formulas, "typeset", BEFORE_TOC)
        md.treeprocessors.register(_Headings(md, formulas), "typeset-headings", AFTER_TITLE)

    def _typesetter(self) -> Typesetter:
        # Not before a page is converted: MkDocs tries extensions out in whatever folder it was started.
        root = Path(self.getConfig("root"))
        macros, cache = self.getConfig("macros"), self.getConfig("cache")
        return Typesetter(Macros.read(root / macros) if macros else None, root / cache if cache else None)


class _Source(Preprocessor):
    """Keeps the page's text as the author wrote it, to name lines in it."""

    text = ""

    def run(self, lines: list[str]) -> list[str]:
        self.text = "\n".join(lines)
        return lines


class _Formulas(Treeprocessor):
    """Typesets all formulas of a page at once."""

    def __init__(
        self, md: Markdown, source: _Source, typesetter: Callable[[], Typesetter], report: Report | None
    ) -> None:
        super().__init__(md)
        self._md, self._source, self._make, self._report = md, source, typesetter, report
        self.headings: list[tuple[etree.Element, str]] = []

    def run(self, root: etree.Element) -> None:
        self.headings = []
        stash = self._md.htmlStash.rawHtmlBlocks
        formulas = formulas_of(root, stash)
        typesetter = self._make()
        page = Page(formulas, typesetter, self._source.text, self._report or Report())
        page.number()
        page.typeset()
        page.complain_about(leftovers_of(root))
        for formula in formulas:
            self._show(formula, typesetter.macros)
        glue(root)
        for slot, text in _changed_stash(formulas, self._md):
            stash[slot] = text
        if self._report is None:
            typesetter.flush()
            if page.problems:
                raise TypesetError(page.listed())
        else:
            self._report.problems += page.listed()

    def _show(self, formula: Formula, macros: Macros) -> None:
        if formula.drawn is None or formula.frame is None:
            return
        tex = macros.expand(formula.original)
        markup = drawing(formula.drawn, formula.lowered) + mathml(formula.drawn, tex, formula.display)
        placeholder = self._md.htmlStash.store(markup)
        if formula.heading:
            # The table of contents and the title read the heading now: they get text.
            formula.frame.text = plain(formula.drawn.mathml)
            self.headings.append((formula.frame, placeholder))
        else:
            formula.frame.text = placeholder


class _Headings(Treeprocessor):
    """Puts the formulas of headings in, with their plain text beside them for the search index alone."""

    def __init__(self, md: Markdown, formulas: _Formulas) -> None:
        super().__init__(md)
        self._formulas = formulas

    def run(self, root: etree.Element) -> None:
        for frame, placeholder in self._formulas.headings:
            inner = etree.Element("span", dict(frame.attrib))
            inner.text = placeholder
            words = etree.Element("span", {"hidden": "hidden"})
            words.text = frame.text
            frame.attrib.clear()
            frame.text = ""
            frame[:] = [inner, words]


def _changed_stash(formulas: list[Formula], md: Markdown) -> list[tuple[int, str]]:
    """Formulas that another extension had already turned into text (fences), written back as text."""
    changed = []
    for formula in formulas:
        if formula.slot is not None:
            html = md.serializer(formula.element)
            changed.append((formula.slot, html))
    return changed


def makeExtension(**options: Any) -> TypesetExtension:
    """The entry that Python-Markdown looks for when the extension is named by its module."""
    return TypesetExtension(**options)
