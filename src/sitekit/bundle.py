"""Modules joined to one file for each entry, as published: forty small files weigh a third more than two or three.

Each module becomes a function that returns its exports: its own names stay its own, and a shortener may rename them.
Entries that belong together (a page's script, its worker, what either fetches later) share a file for what they have in
common.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from sitekit.modules import Import, Module, ModuleError, Modules

_Outer = dict[tuple[Path, str], str]  # (module, export) to its name in the bundle
# What a module may mean without importing it: an export of that name gets another one.
_GLOBALS = (
    "close confirm event find focus history length location name open origin parent performance print prompt scroll"
    " self status stop top"
)


@dataclass(frozen=True)
class _Group:
    """Entries that are published together, and the modules that more than one of them needs."""

    modules: Modules
    entries: list[Path]

    @property
    def shared(self) -> list[Module]:
        below = [self.modules.below(entry) for entry in self.entries]
        count = Counter(module.path for modules in below for module in modules)
        entries = set(self.entries)
        if twice := [path for path in entries if count[path] > 1]:
            raise ModuleError(f"{twice[0]}: it is imported where it should be fetched later only")
        every = {module.path: module for modules in below for module in modules}
        return [module for path, module in every.items() if count[path] > 1]

    def texts(self) -> dict[Path, str]:
        """The text of each entry's file and of the shared one, which stands beside the first entry."""
        shared = self.shared
        held = {module.path for module in shared}
        parts = {e: [m for m in self.modules.below(e) if m.path not in held] for e in self.entries}
        outer = _names([*shared, *(module for part in parts.values() for module in part)])
        wanted = {entry: _wanted(part, held, outer) for entry, part in parts.items()}
        every = sorted({name for names in wanted.values() for name in names})
        codes = {name: f"_{index}" for index, name in enumerate(every)}
        beside = self.entries[0].with_name(f"{self.entries[0].stem}-shared.js")
        found = {}
        if shared:
            found[beside] = _exported(list(codes.values()), _joined(shared, outer, beside.parent), every)
        for entry, part in parts.items():
            imports = ",".join(codes[name] for name in wanted[entry])
            head = f'import{{{imports}}}from"{_address(beside, entry.parent)}";' if imports else ""
            exports = list(self.modules[entry].exports)
            body = _joined(part, outer, entry.parent)
            inner = [outer[entry, name] for name in exports]
            found[entry] = head + _exported(exports, body, inner, ",".join(wanted[entry]), imports)
        return found


def bundles(entries: list[Path]) -> dict[Path, str]:
    """What is published for these entries: files and their texts. Raises ModuleError."""
    modules = Modules()
    groups = [modules.together(entry) for entry in entries]
    fetched = {path for group in groups for path in group[1:]}
    found = {}
    for group in groups:
        if group[0] not in fetched:  # it stands in another's group
            found.update(_Group(modules, group).texts())
    return found


def _address(path: Path, folder: Path) -> str:
    relative = os.path.relpath(path, folder)
    return relative if relative.startswith(".") else f"./{relative}"


def _names(modules: list[Module]) -> _Outer:
    """A name for each export that no other one has."""
    taken, outer = Counter(_GLOBALS.split()), _Outer()
    for module in modules:
        for name in module.exports:
            outer[module.path, name] = f"{name}${taken[name]}" if taken[name] else name
            taken[name] += 1
    return outer


def _wanted(modules: list[Module], held: set[Path], outer: _Outer) -> list[str]:
    """The names that these modules take from those held elsewhere, in a lasting order."""
    taken = [each for module in modules for each in module.imports if each.source in held]
    return sorted({outer[each.source, name] for each in taken for name in _asked(each, outer)})


def _asked(each: Import, outer: _Outer) -> list[str]:
    if each.star:
        return [name for path, name in outer if path == each.source]
    return [name for name, _ in each.names]


def _joined(modules: list[Module], outer: _Outer, folder: Path) -> str:
    return "".join(_function(module, outer, folder) for module in modules)


def _function(module: Module, outer: _Outer, folder: Path) -> str:
    """A module as a function that is called at once. What it imports is in sight, or given where the name differs."""
    given = {}
    for each in module.imports:
        if each.star:
            parts = ",".join(f"{name}:{outer[each.source, name]}" for name in _asked(each, outer))
            given[each.star] = f"{{{parts}}}"
        given |= {here: outer[each.source, there] for there, here in each.names if outer[each.source, there] != here}
    names = ",".join(outer[module.path, name] for name in module.exports)
    back = f"return[{','.join(module.exports)}]" if names else ""
    call = f"(({','.join(given)})=>{{{module.body_for(folder)}\n{back}}})({','.join(given.values())});\n"
    return f"const[{names}]={call}" if names else call


def _exported(names: list[str], body: str, values: list[str], inside: str = "", given: str = "") -> str:
    """A file that runs a body, in which the names ``inside`` stand for what is ``given``, and exports values."""
    call = f"(({inside})=>{{{body}return[{','.join(values)}]}})({given});\n"
    return f"export const[{','.join(names)}]={call}" if names else call
