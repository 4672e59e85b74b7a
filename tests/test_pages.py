"""Every page and every program keeps the house's rules; `docrun check` says the same with all lines at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_markdown_docs.plugin import extract_fence_tests

from docrun import Record, Session, Settings
from docrun.author import numbers, page
from docrun.author.rules import WIDTH, House
from docrun.host import check, rules
from docrun.pytest_plugin import session

ROOT = Path(__file__).parent.parent
SETTINGS = Settings.load(ROOT)
PAGES = SETTINGS.pages()
READ = [page.read(ROOT, file) for file in PAGES]
PROGRAMS = sorted({path for read in READ for path in read.programs})
HOUSE = House.load(ROOT / SETTINGS.rules)


def _name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@pytest.fixture
def running() -> Iterator[Session]:
    yield session(ROOT)


@pytest.mark.parametrize("read", READ, ids=lambda read: read.path)
def test_a_page_has_no_fault_and_keeps_the_rules(read: page.Page, running: Session) -> None:
    assert not [*check.faults(read, running), *check.warnings(read, running)]
    assert not list(map(str, rules.of_page(running, read, HOUSE)))


@pytest.mark.parametrize("path", PROGRAMS)
def test_a_program_runs_and_keeps_the_rules(path: str, running: Session) -> None:
    assert isinstance(running.outcome(path), Record)
    assert not list(map(str, rules.of_program(running, path, HOUSE)))


def test_every_section_is_shown_once(running: Session) -> None:
    assert not list(map(str, rules.sections_shown(running, READ)))


def test_every_program_is_shown() -> None:
    files = {_name(file) for file in (ROOT / "snippets").rglob("*.py")}
    assert {name for name in files if not Path(name).name.startswith("_")} <= set(PROGRAMS)


@pytest.mark.parametrize("file", PAGES, ids=_name)
def test_pytest_markdown_docs_collects_every_python_fence(file: Path) -> None:
    from markdown_it import MarkdownIt

    text = file.read_text(encoding="utf-8")
    collected = {test.start_line for test in extract_fence_tests(MarkdownIt(), text, 0, file)}
    nested = re.compile(r"^[ \t>]*(?:`{3,}|~{3,})\s*\{?\s*\.?(?:python|py)\b", re.M)
    written = {text.count("\n", 0, match.start()) + 1 for match in nested.finditer(text)}
    assert collected == written


def test_a_number_changed_by_hand_is_noticed(running: Session) -> None:
    """Of every page, one number: another in its place has no guard."""
    missed = []
    for read in READ:
        text = (ROOT / read.path).read_text(encoding="utf-8")
        claims = [number for number in numbers.numbers(text) if re.fullmatch(r"\d+\.\d+", number.text)]
        if not claims:
            continue
        claim = claims[len(read.path) % len(claims)]
        lines = text.split("\n")
        wrong = claim.text[:-1] + str((int(claim.text[-1]) + 3) % 10) + "7319"
        lines[claim.line - 1] = re.sub(rf"(?<![\d.]){re.escape(claim.text)}(?!\d)", wrong, lines[claim.line - 1])
        found = rules.unguarded(running, replace(read), "\n".join(lines), HOUSE)
        missed += [] if any(wrong in str(fault) for fault in found) else [f"{read.path}:{claim.line}: {claim.text}"]
    assert not missed


def test_every_reference_written_out_has_a_proof() -> None:
    """What a section ``from-scratch`` defines is loaded by a test of the same name or of its family."""
    tests = {file: file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("test_*.py")}
    missing = []
    for path in PROGRAMS:
        text = (ROOT / path).read_text(encoding="utf-8")
        if "[start:from-scratch" in text:
            name = Path(path).relative_to("snippets").with_suffix("").as_posix()
            own = ROOT / "tests" / Path(name).parent / f"test_{Path(name).name.replace('-', '_')}.py"
            if own not in tests and not any(f'"{name}"' in test for test in tests.values()):
                missing.append(path)
    assert not missing


@pytest.mark.parametrize("file", sorted((ROOT / "docs/en/labs").glob("*.py")), ids=_name)
def test_a_lab_shows_no_line_that_scrolls(file: Path) -> None:
    _, *cells = re.split(r"^# %%", file.read_text(encoding="utf-8"), flags=re.M)
    heads = [(cell.partition("\n")[0], cell.splitlines()[1:]) for cell in cells]
    shown = [lines for head, lines in heads if "[markdown]" not in head and '"check"' not in head]
    assert [line for lines in shown for line in lines if len(line) > WIDTH] == []
