"""ES modules as this site writes them: one import or export at the head of a line, relative addresses, no circles."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from pygments.lexers.javascript import JavascriptLexer
from pygments.token import Comment

_IMPORT = re.compile(r'^import (?:\{([^}]*)\}|\* as (\w+)) from "(\.[^"]+)";\n', re.M)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:const|class|function\*?) (\w+))", re.M)
_OTHER = re.compile(r'^(?:import\s[^\n]*["\']|export (?:default|let|var|\{|\*|const [\[{]))[^\n]*', re.M)
_LATER = re.compile(r'\b(?:import\(|new (?:Worker|URL)\()\s*"(\.[^"]+\.js)"')
_HERE = ", import.meta.url)"  # what such an address starts from


class ModuleError(ValueError):
    """A module that cannot be published. The message names it."""


@dataclass(frozen=True)
class Import:
    """What one module takes from another: (name there, name here) of each, or everything under ``star``."""

    source: Path
    names: tuple[tuple[str, str], ...]
    star: str


@dataclass(frozen=True)
class Module:
    """A module's text without its imports and exports, and what these say."""

    path: Path
    body: str
    imports: tuple[Import, ...]
    exports: tuple[str, ...]
    later: tuple[Path, ...]  # what it fetches only when it needs it: a worker, or a module by import()

    def body_for(self, folder: Path) -> str:
        """The body as it stands in a file of ``folder``: addresses of what is fetched later start from there.

        Raises ModuleError where the module asks for its own place otherwise, and that is not in ``folder``.
        """

        def moved(found: re.Match[str]) -> str:
            target = os.path.relpath(_resolved(self.path, found[1]), folder)
            return found[0].replace(found[1], target if target.startswith(".") else f"./{target}")

        if folder != self.path.parent and "import.meta" in _LATER.sub("", self.body).replace(_HERE, ""):
            raise ModuleError(f"{self.path}: import.meta stands in a module that is published elsewhere")
        return _LATER.sub(moved, self.body)


def read(path: Path) -> Module:
    """A module from its file. Raises ModuleError for a form that the site does not use."""
    text = uncommented(path.read_text(encoding="utf-8"))
    body = _IMPORT.sub("", text)
    if other := _OTHER.search(body):
        raise ModuleError(f"{path}: only named imports and exports can be bundled, not {other[0]!r}")
    return Module(
        path,
        _EXPORT.sub("", body),
        tuple(_import(path, *found.groups()) for found in _IMPORT.finditer(text)),
        tuple(_EXPORT.findall(body)),
        tuple(_resolved(path, address) for address in _LATER.findall(body)),
    )


def uncommented(text: str) -> str:
    """A script without its comments: types in them look like imports."""
    tokens = JavascriptLexer(ensurenl=False, stripnl=False).get_tokens(text)
    return "".join(value for kind, value in tokens if kind not in Comment)


def _import(path: Path, names: str | None, star: str | None, address: str) -> Import:
    pairs = [part.split(" as ") for part in re.split(r"\s*,\s*", (names or "").strip()) if part]
    return Import(_resolved(path, address), tuple((pair[0], pair[-1]) for pair in pairs), star or "")


def _resolved(path: Path, address: str) -> Path:
    return (path.parent / address).resolve()


class Modules:
    """The modules below a folder, each read once."""

    def __init__(self) -> None:
        self._read: dict[Path, Module] = {}

    def __getitem__(self, path: Path) -> Module:
        if path not in self._read:
            self._read[path] = read(path)
        return self._read[path]

    def below(self, path: Path) -> list[Module]:
        """All that a module imports, itself at the end, each after what it imports. Raises ModuleError for a circle."""
        done: dict[Path, Module] = {}

        def visit(at: Path, way: tuple[Path, ...]) -> None:
            if at in way:
                raise ModuleError(f"{at}: imports itself, by way of {' and '.join(each.name for each in way)}")
            if at not in done:
                for each in self[at].imports:
                    visit(each.source, (*way, at))
                done[at] = self[at]

        visit(path, ())
        return list(done.values())

    def together(self, path: Path) -> list[Path]:
        """An entry and all that it and they fetch later: their files share what they have in common."""
        found = [path]
        for at in found:
            for module in self.below(at):
                found += [each for each in module.later if each not in found]
        return found
