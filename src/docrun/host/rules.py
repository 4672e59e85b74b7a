"""The house's rules for pages and programs, those included that need to know what a program printed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from docrun.author import names, numbers, page, rules
from docrun.author.page import Page
from docrun.author.rules import House
from docrun.errors import Fault, Place, ProgramError
from docrun.host.session import Session
from docrun.record import Record


def of_project(session: Session, pages: Sequence[Page], whole: bool = True) -> list[Fault]:
    """What of the rules these pages and their programs break; nothing where the project has no rules.

    ``whole`` says that these are all pages: only then can a section be shown on none.
    """
    settings = session.settings
    if not settings.rules:
        return []
    house = House.load(settings.root / settings.rules)
    found = [fault for read in pages for fault in of_page(session, read, house)]
    for path in dict.fromkeys(path for read in pages for path in read.programs):
        found += of_program(session, path, house)
    if whole:
        found += sections_shown(session, pages)
        lost = [page for page in house.numbers if not (settings.root / page).is_file()]
        found += [Fault(f"{settings.rules} excepts {page}, which does not exist") for page in lost]
    return found


def of_page(session: Session, read: Page, house: House) -> list[Fault]:
    """What is wrong with a page and with what it shows of its programs."""
    text = (session.settings.root / read.path).read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    found = rules.page_faults(read, text, house)
    for path in read.programs:
        try:
            found += rules.order_faults(read, session.program(path))
            found += names.undefined(read, session.program(path))
        except ProgramError:
            return found  # told already: it does not run
        if not session.record(path):
            return found
    return [*found, *_hidden(session, read), *unguarded(session, read, text, house)]


def of_program(session: Session, path: str, house: House) -> list[Fault]:
    """What is wrong with a program that runs."""
    record = session.record(path)
    if not record:
        return []
    found = rules.program_faults(session.program(path), house)
    if record.outside:
        line = record.outside.strip().partition("\n")[0]
        found.append(Fault(f"code outside the sections prints, and no page shows it: {line[:60]}", program=Place(path)))
    return found


def _hidden(session: Session, read: Page) -> list[Fault]:
    """Sections that print or draw while the page has no place for it."""
    found = []
    placed = {(example.program, example.section) for example in read.examples if example.output}
    for example in read.examples:
        record = session.record(example.program)
        shown = record.sections.get(example.section) if record else None
        here = (example.program, example.section) in placed
        if shown and not here and (shown.text.strip() or shown.drawings):
            cause = f"section {example.section!r} prints or draws; an output fence below shows it"
            found.append(Fault(cause, read.place(example.line)))
    return found


def unguarded(session: Session, read: Page, text: str, house: House) -> list[Fault]:
    """Numbers of the prose that no output, no shown code and no assert knows."""
    near: defaultdict[int, set[str]] = defaultdict(set)
    of_line = numbers.regions(text)
    for example in read.examples:
        program, record = session.program(example.program), session.record(example.program)
        section = program.section(example.section)
        assert section and isinstance(record, Record)  # or the page has faults
        region = of_line[example.line + read.offset]
        if not example.apart:
            near[region] |= numbers.values(program.source(section.start, section.end))
        near[region] |= numbers.values(record.sections[example.section].text)
    said = {value for path in read.programs for value in numbers.said(session.program(path))}
    said |= _elsewhere(session, house.runs.get(read.path))
    excepted = house.numbers.get(read.path, {})
    cause = "{!r} is in no output and no code of its section, and in no assert's message: …{}…"
    return [
        Fault(cause.format(number.text, number.around), page=Place(read.path, number.line))
        for number in numbers.numbers(text)
        if not number.values & (near[number.region] | said) and number.text not in excepted
    ]


def _elsewhere(session: Session, path: str | None) -> set[str]:
    """The numbers that another page's programs print or assert."""
    if not path:
        return set()
    root = session.settings.root
    other = page.read(root, root / path)
    known = {value for program in other.programs for value in numbers.said(session.program(program))}
    for example in other.examples:
        record = session.record(example.program)
        known |= numbers.values(record.sections[example.section].text) if record else set()
    return known


def sections_shown(session: Session, pages: Iterable[Page]) -> list[Fault]:
    """Sections that no page shows, or that one language shows twice; a family's program is shown where it is wanted."""
    shown = Counter(
        (PurePosixPath(read.path).parts[1], example.program, example.section)
        for read in pages
        for example in read.examples
        if not example.apart
    )
    languages = {language for language, _, _ in shown}
    homes = {path: {PurePosixPath(read.path).stem for read in pages if path in read.programs} for _, path, _ in shown}
    found = []
    for path in dict.fromkeys(path for _, path, _ in shown):
        for section in session.program(path).sections if session.record(path) else ():
            counts = [shown[language, path, section.name] for language in languages]
            if not any(counts) or (max(counts) > 1 and len(homes[path]) == 1):
                cause = f"section {section.name!r} is shown {'twice' if any(counts) else 'on no page'}"
                found.append(Fault(cause, program=Place(path, section.start)))
    return found
