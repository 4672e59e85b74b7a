"""What is wrong with a page once its programs have run: the same answer for build, tests and shell."""

from __future__ import annotations

from dataclasses import replace

from docrun.author.page import Example, Page
from docrun.errors import Fault, Place
from docrun.host.session import Session
from docrun.printed import Table, plain, texts
from docrun.record import Shown

_NOT_LENT = {
    "#spark-": "no figure {0!r} is lent to this page: a section shown as sparks draws it, plt.figure({0!r})",
    "#text-": "no text {0!r} is lent to this page: a section shown as texts prints it below that name",
}
_NO_SPARKS = 'section {!r} draws no named figures: plt.figure("name")'


def faults(page: Page, session: Session, wait: bool = True) -> tuple[Fault, ...]:
    """The page's own faults and those of its programs; a program that failed is told once, where it is first shown.

    Without ``wait`` only what has run by now is judged.
    """
    found = [*page.faults]
    told: set[Fault] = set()
    for example in page.examples:
        for fault in example_faults(page, example, session, wait):
            bare = replace(fault, page=None) if fault.program else fault
            if bare not in told:
                told.add(bare)
                found.append(fault)
    return (*found, *_not_lent(page, session, wait))


def _not_lent(page: Page, session: Session, wait: bool) -> list[Fault]:
    """What the page's text borrows and no section lends; nothing is said while one of those still has to run."""
    lent: set[str] = set()
    for example in page.examples if page.borrowed else ():
        form = example.output.form if example.output else ""
        if form not in ("sparks", "texts"):
            continue
        shown = session.shown(example) if wait or session.ready(example.program) else None
        if not isinstance(shown, Shown):
            return []
        names = (drawing.name for drawing in shown.drawings) if form == "sparks" else texts(plain(shown.text))
        lent |= {f"#{form.removesuffix('s')}-{name}" for name in names}
    unknown = [(line, address) for line, address in page.borrowed if address not in lent]
    return [Fault(_message(address), page.place(line)) for line, address in unknown]


def _message(address: str) -> str:
    kind = next(kind for kind in _NOT_LENT if address.startswith(kind))
    return _NOT_LENT[kind].format(address.removeprefix(kind))


def pending(page: Page, session: Session) -> bool:
    """Whether a program of the page still runs."""
    return not all(session.ready(path) for path in page.programs)


def warnings(page: Page, session: Session) -> tuple[Fault, ...]:
    """The warnings that the page's programs raised, each at the fence that shows it or the program's first."""
    found = []
    for path in page.programs:
        record = session.record(path)
        for warned in record.warnings if record else ():
            fence = _fence(page, path, warned.line, session)
            cause = f"{warned.category}: {warned.text}"
            found.append(Fault(cause, page.place(fence.line), Place(path, warned.line)))
    return tuple(dict.fromkeys(found))


def example_faults(page: Page, example: Example, session: Session, wait: bool = True) -> list[Fault]:
    """What is wrong with one example of a page."""
    misnamed = session.misnamed(example)
    if misnamed:
        return [misnamed.on(page.place(example.line))]
    if not wait and not session.ready(example.program):
        return []
    shown = session.shown(example)
    if isinstance(shown, Fault):
        return [shown.on(page.place(example.line))]
    if not example.output:
        return []
    cause = _misfit(example, shown)
    return [Fault(cause, page.place(example.output.start))] if cause else []


def _misfit(example: Example, shown: Shown) -> str:
    assert example.output
    section, alt, form = example.section, example.output.alt, example.output.form
    if form == "sparks":
        return "" if shown.drawings and all(drawing.name for drawing in shown.drawings) else _NO_SPARKS.format(section)
    if len(shown.drawings) > 1:
        return f'section {section!r} draws several figures; one output shows one, or lends them as="sparks"'
    if shown.drawings and not alt:
        return 'the figure has no alt="…": describe it for those who cannot see it'
    if alt and not shown.drawings:
        return f"alt is given, but section {section!r} draws no figure"
    if not shown.drawings and not shown.text.strip():
        return f"section {section!r} printed and drew nothing to show"
    try:
        if form == "table":
            Table.read(shown.text)
        elif form == "texts":
            texts(plain(shown.text))
    except ValueError as error:
        return str(error)
    return ""


def _fence(page: Page, path: str, line: int | None, session: Session) -> Example:
    examples = [example for example in page.examples if example.program == path]
    section = session.program(path).section_at(line) if line else None
    return next((e for e in examples if section and e.section == section.name), examples[0])
