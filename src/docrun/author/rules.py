"""The house's rules for pages and programs, as far as they can be seen without running anything."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path, PurePosixPath

import yaml

from docrun.author import page
from docrun.author.page import Example, Page
from docrun.author.program import Program, Section
from docrun.errors import Fault, Place, SettingsError

SECTION, SHOWN, WIDTH = 25, 160, 84  # lines of a section, shown lines of a program, characters of a shown line
OPENING = 110  # words above a page's first figure, call or table
_IMPORTS = {"torch", "matplotlib", "numpy", "sklearn"}
_HEADING = re.compile(r"^(?P<level>#{1,6}) (?P<title>.+)$")
_ID = re.compile(r"\{[^}]*#(?P<id>[\w-]+)[^}]*\}\s*$")
_TYPED = re.compile(r"\s*(?:>>> |import \w|from \w+ import |def \w+\()")
_CODE = re.compile(r"`[^`]*`|\$[^$]*\$|\]\([^)]*\)")


@dataclass(frozen=True)
class House:
    """What a rules file says: words to avoid (pattern → advice), numbers that need no guard, colors, pages of runs."""

    words: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # page → number → why it needs none
    colors: Mapping[str, str] = field(default_factory=dict)
    runs: Mapping[str, str] = field(default_factory=dict)  # page → the page that shows the runs of its numbers

    @classmethod
    def load(cls, file: Path) -> House:
        """Read a TOML file with the tables ``words``, ``numbers``, ``colors`` and ``runs``. Raises SettingsError."""
        try:
            table = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{file.name}: {error}") from error
        return cls(table.get("words", {}), table.get("numbers", {}), table.get("colors", {}), table.get("runs", {}))


def page_faults(read: Page, text: str, house: House) -> list[Fault]:
    """What is wrong with a page's text."""
    found = [
        *_front(text),
        *_headings(text),
        *_opening(text),
        *_typed(text),
        *_words(text, house),
        *_own_program(read, house),
    ]
    return [Fault(cause, page=Place(read.path, line)) for line, cause in found]


def program_faults(program: Program, house: House) -> list[Fault]:
    """What is wrong with a program. Raises ProgramError."""
    found = [*_sizes(program), *_imports(program), *_asserts(program), *_definitions(program), *_colors(program, house)]
    return [Fault(cause, program=Place(program.path, line)) for line, cause in found]


def order_faults(read: Page, program: Program) -> list[Fault]:
    """The examples of a page that show a program's sections in another order than the program's."""
    place = {section.name: number for number, section in enumerate(program.sections)}
    shown = [example for example in _code(read) if example.program == program.path and example.section in place]
    cause = "section {!r} comes before {!r} in the program; a page shows them in the program's order"
    return [
        Fault(cause.format(after.section, before.section), read.place(after.line))
        for before, after in pairwise(shown)
        if place[after.section] < place[before.section]
    ]


def _code(read: Page) -> list[Example]:
    """The examples whose code the page shows."""
    return [example for example in read.examples if not example.apart]


def _front(text: str) -> Iterator[tuple[int, str]]:
    front = page.front_matter(text)
    try:
        given = yaml.safe_load(front.strip().strip("-")) if front else {}
    except yaml.YAMLError as error:
        yield 1, f"the front matter is no YAML: {error}"
        return
    given = given if isinstance(given, dict) else {}
    if not given.get("title"):
        yield 1, "the front matter gives no title"
    if not 50 <= len(given.get("description") or "") <= 220:
        yield 1, "the front matter gives no description of 50 to 220 characters"


def _headings(text: str) -> Iterator[tuple[int, str]]:
    ids: Counter[str] = Counter()
    titles = 0
    for number, line in page.prose(text):
        heading = _HEADING.match(line)
        if not heading:
            continue
        titles += len(heading["level"]) == 1
        if titles > 1 and len(heading["level"]) == 1:
            yield number, "a page has one title"
        name = _ID.search(line)
        if not name:
            yield number, "the heading has no id: { #name }"
        elif ids[name["id"]]:
            yield number, f"two headings have the id {name['id']!r}"
        if name:
            ids[name["id"]] += 1


_SHOWN = ("python", "output", "explorer", "builder", "nets", "toy")  # fences that become something to look at


def _opening(text: str) -> Iterator[tuple[int, str]]:
    """A reader sees a figure, a call or a table before having to scroll."""
    shown = [fence.start for fence in page.fences(text) if fence.language in _SHOWN]
    prose = list(page.prose(text))
    shown += [number for number, line in prose if line.startswith(("|", "<"))]
    words = 0
    for number, line in prose:
        if line.startswith("## ") or words > OPENING:
            cause = (
                "the page opens with its figure, its call or its table, after at most {} words and before any heading"
            )
            yield number, cause.format(OPENING)
            return
        if shown and number >= min(shown):
            return
        words += 0 if line.startswith("#") else len(line.split())


def _typed(text: str) -> Iterator[tuple[int, str]]:
    for fence in page.fences(text):
        if fence.language not in ("python", "output") and any(_TYPED.match(line) for line in fence.body):
            yield fence.start, "Python in a fence that is never run"


def _words(text: str, house: House) -> Iterator[tuple[int, str]]:
    for number, line in page.prose(text):
        plain = _CODE.sub("", line)
        for pattern, advice in house.words.items():
            if found := re.search(pattern, plain):
                yield number, f"{found[0]!r}: {advice}"


def _own_program(read: Page, house: House) -> Iterator[tuple[int, str]]:
    """A page and its program share a name, or the programs are in a folder of that name; runs have their page's."""
    path = next((path for path, runs in house.runs.items() if runs == read.path), read.path)
    own = PurePosixPath("snippets", *PurePosixPath(path).parts[2:]).with_suffix("").as_posix()
    if read.examples and not any(path == f"{own}.py" or path.startswith(f"{own}/") for path in read.programs):
        yield read.examples[0].line + read.offset, f"the page shows no program of its own, {own}.py"


def _sizes(program: Program) -> Iterator[tuple[int, str]]:
    shown = 0
    for section in program.sections:
        lines = program.source(section.start, section.end).split("\n")
        shown += sum(bool(line.strip()) for line in lines)
        if len(lines) > SECTION:
            yield section.start, f"section {section.name!r} has {len(lines)} lines; {SECTION} can be read at a glance"
        for number, line in enumerate(lines, section.start):
            if len(line) > WIDTH:
                yield number, f"the shown line has {len(line)} characters; {WIDTH} fit"
    if shown > SHOWN:
        yield 1, f"the program shows {shown} lines; from {SHOWN} on it is split in two"


def _imports(program: Program) -> Iterator[tuple[int, str]]:
    """A download runs with torch and matplotlib; what stands beside the program comes along in a zip."""
    for node in ast.walk(program.tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        for name in (name.partition(".")[0] for name in names):
            if name not in _IMPORTS and name not in sys.stdlib_module_names and not name.startswith("_"):
                yield node.lineno, f"the program imports {name}; readers have {', '.join(sorted(_IMPORTS))}"


def _asserts(program: Program) -> Iterator[tuple[int, str]]:
    asserts = [node for node in ast.walk(program.tree) if isinstance(node, ast.Assert)]
    if not asserts and not PurePosixPath(program.path).name.startswith("_"):
        yield 1, "the program asserts nothing of what its page says"
    for node in asserts:
        if node.msg is None and not program.section_at(node.lineno):
            yield node.lineno, "the assert has no message: the sentence of the page that it guards"
        if isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.And):
            yield node.lineno, "the assert guards several claims; one claim, one assert"


def _definitions(program: Program) -> Iterator[tuple[int, str]]:
    for section in program.sections:
        if section.name.startswith("from-scratch"):
            for node in _statements(program, section):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield node.lineno, f"section {section.name!r} holds a definition; imports have their own, before it"


def _statements(program: Program, section: Section) -> list[ast.stmt]:
    return [statement for statement in program.tree.body if section.holds(statement.lineno)]


def _colors(program: Program, house: House) -> Iterator[tuple[int, str]]:
    """Things whose color is settled and that have another one: in a call, a tuple, or a pair of a dictionary."""
    for node in ast.walk(program.tree):
        if isinstance(node, ast.Call):
            groups: list[list[ast.expr]] = [[*node.args, *(keyword.value for keyword in node.keywords)]]
        elif isinstance(node, ast.Tuple | ast.List):
            groups = [node.elts]
        elif isinstance(node, ast.Dict):
            groups = [[key, value] for key, value in zip(node.keys, node.values, strict=True) if key]
        else:
            continue
        for group in groups:
            said = [item.value for item in group if isinstance(item, ast.Constant) and isinstance(item.value, str)]
            things = [text for text in said if text in house.colors]
            colors = [found[1] for text in said if (found := re.fullmatch(r"(C\d)[-.:ox]*", text))]
            if len(things) == 1 and len(colors) == 1 and colors[0] != house.colors[things[0]]:
                yield node.lineno, f"{things[0]} is {house.colors[things[0]]} on the whole site, not {colors[0]}"
