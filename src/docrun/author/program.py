"""A program: its text, cut into named sections by pymdownx.snippets' marks."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from docrun.errors import Fault, Place, ProgramError

_MARK = re.compile(r"^(?P<indent>\s*)#\s*-+8<-+[ \t]+\[\s*(?P<kind>start|end)\s*:\s*(?P<name>[^\]\s]+)\s*\]\s*$")
_LIKE_A_MARK = re.compile(r"(?<![;-])-+8<-+[ \t]*\[[ \t]*(?:start|end)[ \t]*:", re.I)
_NAME = re.compile(r"[a-z][-_0-9a-z]*", re.I)  # what pymdownx.snippets takes


@dataclass(frozen=True)
class Section:
    """A named run of lines, from the line after its start mark to the line before its end mark."""

    name: str
    start: int
    end: int

    def holds(self, line: int) -> bool:
        """Whether a line, from 1, belongs to this section."""
        return self.start <= line <= self.end


@dataclass(frozen=True)
class Program:
    """A program, cut into sections. ``path`` is relative to the project's root, with forward slashes."""

    path: str
    text: str
    sections: tuple[Section, ...]

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed text; read where it is needed, for parsing all programs of a site takes a second.

        Raises ProgramError where the text is not Python, or a mark stands inside a statement.
        """
        with warnings.catch_warnings():  # the run reports them
            warnings.simplefilter("ignore")
            return _tree(self)

    def section(self, name: str) -> Section | None:
        """The section of that name."""
        return next((section for section in self.sections if section.name == name), None)

    def section_at(self, line: int) -> Section | None:
        """The section that holds a line."""
        return next((section for section in self.sections if section.holds(line)), None)

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text, without their ends."""
        return self.text.split("\n")

    def source(self, start: int, end: int) -> str:
        """The text of the lines ``start`` to ``end``, both included."""
        return "\n".join(self.lines[start - 1 : end])


def read(root: Path, path: str) -> Program:
    """Read and cut the program at ``path`` below ``root``.

    A byte order mark and CRLF are accepted. Raises ProgramError where the program is missing, is not UTF-8, or its
    marks do not fit each other.
    """
    file = (root / path).resolve()
    if not file.is_relative_to(root.resolve()):
        raise _error(path, None, "the program stands outside the project")
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise _error(path, None, "no such program") from None
    except UnicodeDecodeError as error:
        raise _error(path, None, f"not UTF-8: {error}") from None
    return cut(path, text)


def cut(path: str, text: str) -> Program:
    """Cut a program's text into sections. Raises ProgramError."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Program(path, text, _sections(path, text))


def parse(path: str, text: str) -> ast.Module:
    """The syntax tree of a program's text. Raises ProgramError; warns of what Python warns of."""
    try:
        return ast.parse(text, path)
    except SyntaxError as error:
        raise _error(path, error.lineno, f"SyntaxError: {error.msg}") from None
    except ValueError as error:  # a null byte
        raise _error(path, None, f"not Python: {error}") from None


def _tree(program: Program) -> ast.Module:
    tree = parse(program.path, program.text)
    for statement in tree.body:
        for section in program.sections:
            for edge, word in ((section.start - 1, "start"), (section.end + 1, "end")):
                if _first_line(statement) <= edge <= (statement.end_lineno or statement.lineno):
                    cause = f"the {word} of section {section.name!r} stands inside a statement"
                    raise _error(program.path, edge, cause)
    return tree


def _first_line(statement: ast.stmt) -> int:
    """Where a statement begins, its decorators included."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _sections(path: str, text: str) -> tuple[Section, ...]:
    done: dict[str, Section] = {}
    opened: tuple[str, int] | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if "8<" not in line:
            continue
        mark = _MARK.match(line)
        if not mark:
            if _LIKE_A_MARK.search(line):  # snippets would cut here
                raise _error(path, number, "a section's mark stands alone on its line: # --8<-- [start:name]")
            continue
        name = mark["name"]
        if not _NAME.fullmatch(name):
            raise _error(path, number, f"the name of section {name!r} must begin with a letter; then also 0-9 - _")
        if mark["indent"]:
            raise _error(path, number, f"the mark of section {name!r} is indented; sections hold whole statements")
        if mark["kind"] == "start":
            if opened:
                raise _error(path, number, f"section {name!r} starts inside section {opened[0]!r}")
            if name in done:
                raise _error(path, number, f"two sections are named {name!r}")
            opened = name, number
        else:
            if not opened or opened[0] != name:
                raise _error(path, number, f"section {name!r} ends here but did not start")
            done[name] = Section(name, opened[1] + 1, number - 1)
            opened = None
    if opened:
        raise _error(path, opened[1], f"section {opened[0]!r} is never closed")
    return tuple(done.values())


def _error(path: str, line: int | None, cause: str) -> ProgramError:
    return ProgramError(Fault(cause, program=Place(path, line)))
