"""Rules that every page and every program keep: what a reviewer would otherwise check by eye."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from pytest_markdown_docs.plugin import extract_fence_tests

from docrun import Record, Settings
from docrun.author import page, program
from docrun.host import check
from docrun.pytest_plugin import session

ROOT = Path(__file__).parent.parent
SETTINGS = Settings.load(ROOT)
PAGES = SETTINGS.pages()
PROGRAMS = sorted(file for file in (ROOT / "snippets").rglob("*.py") if not file.name.startswith("_"))
HEADING = re.compile(r"^#{1,6} (?P<title>.+)$")
HEADING_ID = re.compile(r"\{[^}]*#(?P<id>[\w-]+)[^}]*\}\s*$")
MAX_SECTION, MAX_PROGRAM = 23, 150  # lines; of a program, those that are neither blank nor marks


def _name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def _prose(text: str) -> list[str]:
    """The lines of a page outside its fences."""
    lines = text.split("\n")
    for fence in page.fences(text):
        lines[fence.start - 1 : fence.end] = [""] * (fence.end - fence.start + 1)
    return lines


def _is_family(path: str) -> bool:
    """Whether a program serves a family: then each page of the family shows its own section of it."""
    return path in {"snippets/optimizers/paths.py"}


@pytest.fixture(params=PAGES, ids=_name)
def file(request: pytest.FixtureRequest) -> Path:
    return request.param


@pytest.fixture
def read(file: Path) -> page.Page:
    return page.parse(_name(file), file.read_text(encoding="utf-8"))


@pytest.fixture(params=PROGRAMS, ids=_name)
def listing(request: pytest.FixtureRequest) -> program.Program:
    return program.read(ROOT, _name(request.param))


def test_the_page_has_no_fault(read: page.Page) -> None:
    assert not check.faults(read, session(ROOT))


def test_its_programs_raise_no_warning(read: page.Page) -> None:
    assert not check.warnings(read, session(ROOT))


def test_title_and_description_are_given(file: Path) -> None:
    front = re.match(r"---\n(.*?)\n---\n", file.read_text(encoding="utf-8"), re.S)
    assert front, "front matter is missing"
    given = yaml.safe_load(front[1])
    assert given.get("title")
    assert 50 <= len(given.get("description", "")) <= 220


def test_heading_ids_are_explicit_and_unique(file: Path) -> None:
    headings = [line for line in _prose(file.read_text(encoding="utf-8")) if HEADING.match(line)]
    ids = [found["id"] if (found := HEADING_ID.search(line)) else f"none: {line}" for line in headings]
    assert not [name for name in ids if name.startswith("none: ")]
    assert max(Counter(ids).values(), default=1) == 1, Counter(ids).most_common(1)


def test_there_is_one_title(file: Path) -> None:
    assert sum(line.startswith("# ") for line in _prose(file.read_text(encoding="utf-8"))) <= 1


def test_pytest_markdown_docs_collects_every_python_fence(file: Path) -> None:
    from markdown_it import MarkdownIt

    text = file.read_text(encoding="utf-8")
    collected = {test.start_line for test in extract_fence_tests(MarkdownIt(), text, 0, file)}
    nested = re.compile(r"^[ \t>]*(?:`{3,}|~{3,})\s*\{?\s*\.?(?:python|py)\b", re.M)
    written = {text.count("\n", 0, match.start()) + 1 for match in nested.finditer(text)}
    assert collected == written


def test_no_python_is_typed_into_prose(file: Path) -> None:
    for fence in page.fences(file.read_text(encoding="utf-8")):
        if fence.language not in ("python", "output"):
            typed = [line for line in fence.body if re.match(r"\s*(?:>>> |import \w|from \w+ import |def \w+\()", line)]
            assert not typed, f"line {fence.start}: Python in a fence that is never run"


def test_the_page_shows_its_own_program(file: Path, read: page.Page) -> None:
    """Its own path, or programs in the folder of that path."""
    if read.examples:
        own = Path("snippets", *file.relative_to(ROOT / "docs").parts[1:]).with_suffix("").as_posix()
        assert any(path == f"{own}.py" or path.startswith(f"{own}/") for path in read.programs)


def test_sections_come_in_the_programs_order(read: page.Page) -> None:
    for path in read.programs:
        names = [example.section for example in read.examples if example.program == path]
        order = [section.name for section in session(ROOT).program(path).sections if section.name in names]
        assert names == order


def test_what_a_section_prints_or_draws_is_shown(read: page.Page) -> None:
    for example in read.examples:
        record = session(ROOT).record(example.program)
        assert record
        shown = record.sections[example.section]
        assert example.output or not (shown.text.strip() or shown.drawings), f"{example.section} shows nothing"


def test_every_section_is_shown(listing: program.Program) -> None:
    shown = Counter(
        example.section
        for file in PAGES
        for example in page.parse(_name(file), file.read_text(encoding="utf-8")).examples
        if example.program == listing.path
    )
    assert set(shown) == {section.name for section in listing.sections}
    languages = len({file.relative_to(ROOT / "docs").parts[0] for file in PAGES})
    assert _is_family(listing.path) or max(shown.values()) <= languages


def test_sizes_stay_readable(listing: program.Program) -> None:
    assert sum(bool(line.strip()) and "--8<--" not in line for line in listing.lines) <= MAX_PROGRAM
    for section in listing.sections:
        assert section.end - section.start < MAX_SECTION, section.name


def test_a_program_stands_alone(listing: program.Program) -> None:
    allowed = {"torch", "matplotlib", "numpy", "sklearn"}
    for node in ast.walk(listing.tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            top = name.partition(".")[0]
            assert top in allowed or top in __import__("sys").stdlib_module_names or top.startswith("_"), name


def test_a_program_asserts_what_its_page_says(listing: program.Program) -> None:
    assert any(isinstance(node, ast.Assert) for node in listing.tree.body)


def test_hidden_code_prints_nothing_and_draws_nothing(listing: program.Program) -> None:
    for node in listing.tree.body:
        if isinstance(node, ast.Expr) and not listing.section_at(node.lineno):
            assert ast.unparse(node) == "plt.show()" or not ast.unparse(node).startswith(("print(", "plt."))


def test_every_program_runs(listing: program.Program) -> None:
    assert isinstance(session(ROOT).outcome(listing.path), Record)
