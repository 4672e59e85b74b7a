"""A page: the examples that a Markdown text embeds, found without rendering it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath

from docrun.errors import Fault, Place

_FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n.*?\n---[ \t]*(?:\r?\n|\Z)", re.S)
_OPEN = re.compile(r"^(?P<indent>[ \t>]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`]*)$")
_REFERENCE = re.compile(r"""^-+8<-+\s+(?P<quote>["'])(?P<path>[^"':]+?):(?P<section>[^"':]+)(?P=quote)$""")
_OF = re.compile(r"^(?P<path>[^:]+):(?P<section>[^:]+)$")
_OPTION = re.compile(r"""(?P<name>[\w-]+)=(?P<quote>["'])(?P<value>.*?)(?P=quote)(?=\s|$)""")
_PYTHON = {"python", "py", "python3", "py3", "pycon", "ipython"}
FORMS = ("table", "sparks", "texts")
_OPTIONS = ("alt", "caption", "as", "of")
# A place for what an output lends.
BORROWED = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<name>#(?:spark|text)-[^)\s]+)\)")
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")


@dataclass(frozen=True)
class Fence:
    """A fenced block: the lines of its fences (from 1), its language, what follows the language, its body."""

    start: int
    end: int
    indent: str
    language: str
    info: str
    body: tuple[str, ...]
    closed: bool = True


@dataclass(frozen=True)
class Output:
    """An empty ``output`` fence: where what a section printed and drew is shown.

    ``form`` "table" shows printed columns as a table; "sparks" shows nothing here, but lends its named figures to the
    page: ``![alt](#spark-name)`` puts one into a sentence or a table's cell. "texts" lends printed texts:
    ``![](#text-name)`` puts one in, ``![python](#text-name)`` as code.
    """

    start: int
    end: int
    alt: str = ""
    caption: str = ""
    form: str = ""


@dataclass(frozen=True)
class Example:
    """A ``python`` fence that shows one section of one program, and its output if the page shows it.

    An output that stands ``apart`` from its code (``of="program.py:section"``) has no ``python`` fence.
    """

    line: int
    end: int
    program: str
    section: str
    output: Output | None = None
    apart: bool = False


@dataclass(frozen=True)
class Page:
    """The examples of one page in their order, and the faults that can be seen without running.

    ``borrowed`` are the small figures and texts that its text asks for: line and address of each.
    """

    path: str
    examples: tuple[Example, ...]
    faults: tuple[Fault, ...]
    offset: int = 0
    borrowed: tuple[tuple[int, str], ...] = ()

    def place(self, line: int) -> Place:
        """A line of the parsed text as a place in the file."""
        return Place(self.path, line + self.offset)

    @property
    def programs(self) -> tuple[str, ...]:
        """The programs that the page shows, each once, in the order of their first use."""
        return tuple(dict.fromkeys(example.program for example in self.examples))


@dataclass
class _Reading:
    path: str
    offset: int
    examples: list[Example] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, line: int, cause: str) -> None:
        self.faults.append(Fault(cause, page=Place(self.path, line + self.offset)))


def read(root: Path, file: Path) -> Page:
    """Find the examples of the page in a file; where it is not UTF-8, that is its fault."""
    path = file.relative_to(root).as_posix()
    try:
        return parse(path, file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        return Page(path, (), (Fault(f"not UTF-8: {error}", page=Place(path)),))


@lru_cache(maxsize=4096)
def parse(path: str, text: str, offset: int = 0) -> Page:
    """Find the examples of a page; ``offset`` lines (front matter) were cut off before ``text`` begins.

    The lines of examples count from the start of ``text``, the lines of faults from the start of the file.
    """
    reading = _Reading(path, offset)
    for fence in fences(text):
        if not fence.closed:  # what follows would be shown, but nobody would run it
            reading.fault(fence.start, "this fence is never closed")
        elif fence.language in _PYTHON:
            _python(reading, fence)
        elif fence.language == "output":
            _output(reading, fence)
    return Page(path, tuple(reading.examples), tuple(reading.faults), offset, tuple(_borrowed(text)))


def front_matter(text: str) -> str:
    """What stands between two lines of dashes at the top of a page, with those lines; empty where there is none."""
    found = _FRONT.match(text)
    return found[0] if found else ""


def fences(text: str) -> Iterator[Fence]:
    """Every outermost fenced block of a Markdown text; a fence inside another is that one's text."""
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    number = 0
    while number < len(lines):
        opening = _OPEN.match(lines[number])
        number += 1
        if not opening:
            continue
        start, mark = number, opening["fence"]
        closing = re.compile(rf"^[ \t>]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$")
        while number < len(lines) and not closing.match(lines[number]):
            number += 1
        body = tuple(lines[start:number])
        closed = number < len(lines)
        number += 1
        language, info = _language(opening["info"].strip())
        yield Fence(start, min(number, len(lines)), opening["indent"], language, info, body, closed)


def fenced_lines(text: str) -> set[int]:
    """The numbers of all lines of a page that are fences or inside one."""
    return {line for fence in fences(text) for line in range(fence.start, fence.end + 1)}


def prose(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a page outside its front matter and its fences, with their numbers."""
    begin, fenced = front_matter(text).count("\n"), fenced_lines(text)
    for number, line in enumerate(text.split("\n"), 1):
        if number > begin and number not in fenced:
            yield number, line


def _borrowed(text: str) -> Iterator[tuple[int, str]]:
    for number, line in prose(text) if "](#" in text else ():
        yield from ((number, found["name"]) for found in BORROWED.finditer(_CODE.sub("", line)))


def _language(info: str) -> tuple[str, str]:
    if info.startswith("{") and info.endswith("}"):  # SuperFences' brace form: { .python title="…" }
        info = info[1:-1].strip().removeprefix(".")
    word, _, rest = info.partition(" ")
    return word.lower(), rest.strip()


def _python(reading: _Reading, fence: Fence) -> None:
    body = [line.strip() for line in fence.body if line.strip()]
    reference = _REFERENCE.match(body[0]) if len(body) == 1 else None
    if fence.indent:
        reading.fault(fence.start, "an indented python fence is not tested; move it to the left margin")
    elif fence.info:
        reading.fault(fence.start, f"a python fence takes no option, but has {fence.info!r}")
    elif not reference:
        cause = 'a python fence holds exactly one reference, --8<-- "folder/program.py:section", and nothing else'
        reading.fault(fence.start, cause)
    elif _clash(reading, program := reference["path"].strip()):
        name = PurePosixPath(program).name
        reading.fault(fence.start, f"two programs on one page are named {name}; their downloads would be one file")
    else:
        reading.examples.append(Example(fence.start, fence.end, program, reference["section"].strip()))


def _clash(reading: _Reading, program: str) -> bool:
    name = PurePosixPath(program).name
    return any(other.program != program and PurePosixPath(other.program).name == name for other in reading.examples)


def _output(reading: _Reading, fence: Fence) -> None:
    if fence.indent:
        return reading.fault(fence.start, "an output fence must stand at the left margin")
    if any(line.strip() for line in fence.body):
        return reading.fault(fence.start, "an output fence is empty: the runner fills it")
    options = _options(reading, fence)
    if options is None:
        return None
    output = Output(fence.start, fence.end, options.get("alt", ""), options.get("caption", ""), options.get("as", ""))
    example = _apart(reading, options["of"], output) if "of" in options else _above(reading, output)
    if example and not _shown_already(reading, example):
        reading.examples.append(example)
    return None


def _above(reading: _Reading, output: Output) -> Example | None:
    """The example whose ``python`` fence stands above its output; it is taken from the list, to be put back whole."""
    last = reading.examples[-1] if reading.examples else None
    if not last or last.output:
        reading.fault(output.start, "an output fence needs a python fence of its own above it")
        return None
    return replace(reading.examples.pop(), output=output)


def _apart(reading: _Reading, of: str, output: Output) -> Example | None:
    reference = _OF.match(of)
    if not reference:
        reading.fault(output.start, f'of="folder/program.py:section" names a section, {of!r} does not')
    elif _clash(reading, program := reference["path"].strip()):
        reading.fault(output.start, f"two programs on one page are named {PurePosixPath(program).name}")
    else:
        return Example(output.start, output.end, program, reference["section"].strip(), output, apart=True)
    return None


def _shown_already(reading: _Reading, example: Example) -> bool:
    """Whether the page shows this output twice: a figure's ids may stand on a page once."""
    assert example.output
    for earlier in reading.examples:
        if earlier.output and (earlier.program, earlier.section) == (example.program, example.section):
            line = earlier.output.start + reading.offset
            cause = f"the output of section {example.section!r} is shown on line {line} already"
            reading.fault(example.output.start, cause)
            return True
    return False


def _options(reading: _Reading, fence: Fence) -> Mapping[str, str] | None:
    found = {match["name"]: match["value"] for match in _OPTION.finditer(fence.info)}
    rest = _OPTION.sub("", fence.info).strip()
    unknown = [name for name in found if name not in _OPTIONS]
    if unknown or rest:
        what = unknown[0] if unknown else rest
        known = ", ".join(f'{name}="…"' for name in _OPTIONS)
        reading.fault(fence.start, f"unknown fence option {what!r}; an output fence takes {known}")
        return None
    if found.get("as", "table") not in FORMS:
        known = " or ".join(f'as="{form}"' for form in FORMS)
        reading.fault(fence.start, f"an output may be shown {known}, not as={found['as']!r}")
        return None
    return found
