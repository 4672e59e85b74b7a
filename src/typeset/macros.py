"""The site's TeX macros: one file for every page and every notebook."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

_HEAD = re.compile(r"\\(?:re)?newcommand\s*\{?\\([A-Za-z]+)\}?\s*(?:\[(\d)\])?\s*(?:\[([^\]]*)\])?\s*(?=\{)")
_WORD = re.compile(r"\\([A-Za-z]+)")
DEPTH = 20  # macros may use macros, but not endlessly


class MacroError(ValueError):
    """The macro file holds something that is not a ``\\newcommand``."""


@dataclass(frozen=True)
class Macro:
    """``\\newcommand{\\name}[count][default]{body}``."""

    name: str
    body: str
    count: int = 0
    default: str | None = None

    def config(self) -> str | tuple[str | int, ...]:
        """The form MathJax's configuration takes."""
        if not self.count:
            return self.body
        return (self.body, self.count) if self.default is None else (self.body, self.count, self.default)


def group(text: str, start: int) -> tuple[str, int] | None:
    """The braced group that begins at or after ``start`` (blanks skipped): its content and where it ends."""
    while start < len(text) and text[start].isspace():
        start += 1
    if text[start : start + 1] != "{":
        return None
    depth, at = 0, start
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] in "{}":
            depth += 1 if text[at] == "{" else -1
            if not depth:
                return text[start + 1 : at], at + 1
        at += 1
    return None


@dataclass(frozen=True)
class Macros:
    """All macros of a site. ``text`` is the file's content, without comments and empty lines."""

    text: str = ""
    table: dict[str, Macro] = field(default_factory=dict, hash=False)

    @classmethod
    def parse(cls, text: str, name: str = "macros") -> Macros:
        """Read ``\\newcommand`` definitions. Raises MacroError, with the line, on anything else."""
        bare = re.sub(r"(?<!\\)%.*", "", text)
        table: dict[str, Macro] = {}
        at = 0
        while bare[at:].strip():
            at += len(bare[at:]) - len(bare[at:].lstrip())
            head = _HEAD.match(bare, at)
            body = group(bare, head.end()) if head else None
            if head is None or body is None:
                line = bare.count("\n", 0, at) + 1
                raise MacroError(f"{name}:{line}: expected \\newcommand{{\\name}}[arguments]{{body}}")
            table[head[1]] = Macro(head[1], body[0], int(head[2] or 0), head[3])
            at = body[1]
        return cls("\n".join(line.strip() for line in bare.splitlines() if line.strip()), table)

    @classmethod
    def read(cls, path: Path) -> Macros:
        """Read a file of definitions."""
        return cls.parse(path.read_text(encoding="utf-8"), str(path))

    def used(self, tex: str) -> tuple[tuple[str, str | tuple[str | int, ...]], ...]:
        """Names and definitions a formula needs, in order of name; also those that its macros use."""
        found: set[str] = set()
        todo = [tex]
        while todo:
            new = {n for n in _WORD.findall(todo.pop()) if n in self.table} - found
            found |= new
            todo += [self.table[name].body for name in sorted(new)]
        return tuple((name, self.table[name].config()) for name in sorted(found))

    @cached_property
    def _call(self) -> re.Pattern[str]:
        names = "|".join(sorted(self.table, key=lambda name: (-len(name), name)))
        return re.compile(rf"\\({names})(?![A-Za-z])")

    def expand(self, tex: str) -> str:
        """The same formula without site macros, so that its TeX can be pasted anywhere."""
        for _ in range(DEPTH):
            expanded = self._expand_once(tex) if self.table else tex
            if expanded == tex:
                break
            tex = expanded
        return tex

    def _expand_once(self, tex: str) -> str:
        out, at = "", 0
        for call in self._call.finditer(tex):
            if call.start() < at:
                continue  # inside an argument that is already replaced: next round
            macro = self.table[call[1]]
            filled = _fill(macro, tex, call.end())
            if filled is None:
                continue
            text, end = filled
            before = out + tex[at : call.start()]
            # A superscript takes one token or one group, and a command swallows the letter behind it.
            if before.rstrip().endswith(("^", "_")):
                text = "{" + text + "}"
            elif re.search(r"\\[A-Za-z]+$", text) and tex[end : end + 1].isalpha():
                text += " "
            out, at = before + text, end
        return out + tex[at:]


def _fill(macro: Macro, tex: str, at: int) -> tuple[str, int] | None:
    values: list[str] = []
    if macro.default is not None:
        option = re.compile(r"\s*\[([^\]]*)\]").match(tex, at)
        values.append(option[1] if option else macro.default)
        at = option.end() if option else at
    while len(values) < macro.count:
        argument = group(tex, at)
        if argument is None:
            return None
        values.append(argument[0])
        at = argument[1]
    return re.sub(r"#([1-9])", lambda m: values[int(m[1]) - 1], macro.body), at
