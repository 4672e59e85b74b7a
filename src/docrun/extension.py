"""The Python-Markdown extension: shows, below each embedded section, what that section did.

Works in any host. It reads the page before pymdownx.snippets (priority 32) fills the fences in, and puts its HTML
in after Python-Markdown has normalised the text (30), which would eat the stash's own marks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.extensions.footnotes import FootnoteTreeprocessor
from markdown.preprocessors import Preprocessor

from docrun.author import page
from docrun.author.page import Example, Page
from docrun.errors import Fault, PageError
from docrun.host import check
from docrun.host import session as sessions
from docrun.host.session import Session
from docrun.record import Record, Shown
from docrun.show import downloads, lent, render
from docrun.show.lent import Lent
from docrun.show.render import Figure

_MARK = "\ue0d0docrun-{}\ue0d1"
_MARKED = re.compile(_MARK.format(r"(\d+)"))
_NOTE = re.compile(r" {0,3}\[\^[^\]]+\]:")


def _fail(faults: tuple[Fault, ...]) -> None:
    raise PageError(faults)


class Host:
    """What a host tells the extension and hears from it. The default host knows one page and raises faults.

    ``waits`` is false where a page is wanted at once: then what has not run yet leaves a placeholder, and
    ``unfinished`` names the page.
    """

    def __init__(self, path: str = "<page>", offset: int = 0) -> None:
        self.path = path
        self.offset = offset
        self.waits = True
        self.report: Callable[[tuple[Fault, ...]], None] = _fail
        self.rendered: Callable[[Page], None] = lambda page: None
        self.unfinished: Callable[[Page], None] = lambda page: None


class DocrunExtension(Extension):
    """``docrun`` in a list of Markdown extensions; put ``pymdownx.snippets`` and SuperFences beside it."""

    def __init__(self, session: Session | None = None, host: Host | None = None, **options: Any) -> None:
        """Take a session to share and a host that collects faults; without them it shares the project's."""
        self.session, self.host = session, host
        self.config: dict[str, list[Any]] = {
            "root": [".", "the project's root, where pyproject.toml with [tool.docrun] stands"],
            "page": ["<page>", "the page's path, for messages"],
            "labels": [{}, "its words: ran, and, program, notebook, running, figure"],
            "links": [False, "link the page's downloads; the host must offer them"],
        }
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        """Register the two steps."""
        host = self.host or Host(self.getConfig("page"))
        labels = {**render.LABELS, **self.getConfig("labels")}
        show = _Show(md, self.session, host, labels, self.getConfig("links"))
        show.root = self.getConfig("root")
        md.preprocessors.register(show, "docrun-show", 33)
        md.preprocessors.register(_InsertHtml(md, show), "docrun-html", 29)


class _Show(Preprocessor):
    """Replace output fences by marks and remember the HTML behind each mark."""

    def __init__(self, md: Markdown, given: Session | None, host: Host, labels: Mapping[str, str], links: bool) -> None:
        super().__init__(md)
        self.given, self.host, self.labels, self.links = given, host, labels, links
        self.root = "."
        self.html: list[str] = []

    @property
    def session(self) -> Session:
        """The session that was given, or the project's; hosts also load extensions only to look at them."""
        return self.given or sessions.shared(self.root)

    def run(self, lines: list[str]) -> list[str]:
        text = "\n".join(line.rstrip("\r") for line in lines).lstrip("\ufeff")
        self.html = []
        read = page.parse(self.host.path, text, self.host.offset)
        if not (read.examples or read.faults or read.borrowed):
            return lines
        if not self.given:
            self._start_all(read)
        self.session.prefetch(read.programs)
        faults = check.faults(read, self.session, wait=self.host.waits)
        if faults:
            self.host.report(faults)
            return [*self._mark(render.error(faults)), *_without(text, read)]
        if not self.host.waits and check.pending(read, self.session):
            self.host.unfinished(read)
        else:
            self.host.rendered(read)
        return self._filled(text.split("\n"), read)

    def _start_all(self, read: Page) -> None:
        """Where nobody else does: look at the files again, and start the project's programs, this page's first."""
        self.session.forget()
        self.session.prefetch([*read.programs, *self.session.all_programs()])

    def _filled(self, lines: list[str], read: Page) -> list[str]:
        figures = render.number(read)
        given = {name: thing for example in read.examples for name, thing in self._lent(example).items()}
        lines = lent.put(lines, given, lambda html: self._mark(html)[1])
        for example in reversed(read.examples):
            if example.output:
                html = self._output(example, figures.get(example))
                lines[example.output.start - 1 : example.output.end] = self._mark(html)
        records = self._records(read)
        if len(records) < len(read.programs):
            return lines
        programs = {path: self.session.program(path) for path in records}
        links = downloads.links(read, records, programs, self.labels) if self.links else ()
        versions = downloads.versions_of(records)
        return [*lines, *self._notes(lines), *self._mark(render.footer(links, versions, self.labels))]

    def _notes(self, lines: list[str]) -> list[str]:
        """The mark at which Python-Markdown's footnotes stand, or they would come last on the page."""
        notes = next((each for each in self.md.treeprocessors if isinstance(each, FootnoteTreeprocessor)), None)
        if notes is None or not any(map(_NOTE.match, lines)):
            return []
        return ["", str(notes.footnotes.getConfig("PLACE_MARKER")), ""]

    def _output(self, example: Example, figure: Figure | None) -> str:
        assert example.output
        if example.output.form in lent.FORMS:
            return ""
        if not self.host.waits and not self.session.ready(example.program):
            return render.placeholder(example.output, self.labels)
        shown = self.session.shown(example)
        assert isinstance(shown, Shown)  # or there were faults
        return render.output(shown, example.output, figure, self.labels)

    def _lent(self, example: Example) -> Lent:
        """What an output lends to the page's text."""
        if not example.output or example.output.form not in lent.FORMS:
            return {}
        shown = self.session.shown(example) if self.host.waits or self.session.ready(example.program) else None
        return lent.lent(example.output, shown) if isinstance(shown, Shown) else {}

    def _records(self, read: Page) -> dict[str, Record]:
        ready = [path for path in read.programs if self.host.waits or self.session.ready(path)]
        return {path: record for path in ready if (record := self.session.record(path))}

    def _mark(self, html: str) -> list[str]:
        self.html.append(html)
        return ["", _MARK.format(len(self.html) - 1), ""]


class _InsertHtml(Preprocessor):
    """Replace the marks by Python-Markdown's own placeholders for finished HTML."""

    def __init__(self, md: Markdown, show: _Show) -> None:
        super().__init__(md)
        self.show = show

    def run(self, lines: list[str]) -> list[str]:
        return [_MARKED.sub(lambda mark: self.md.htmlStash.store(self.show.html[int(mark[1])]), line) for line in lines]


def _without(text: str, read: Page) -> list[str]:
    """The page without its examples' fences: what cannot be shown is not half shown."""
    lines = text.split("\n")
    for fence in reversed(list(page.fences(text))):
        if fence.language in ("python", "output"):
            lines[fence.start - 1 : fence.end] = [""]
    return lines
