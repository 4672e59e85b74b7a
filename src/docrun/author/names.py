"""Names in shown code: a reader who copies a page's blocks, in order, must not meet one that nothing defined."""

from __future__ import annotations

import builtins
import re
import symtable
from collections.abc import Iterator

from docrun.author.page import Page
from docrun.author.program import Program
from docrun.errors import Fault, Place

_AT_ONCE = ("listcomp", "setcomp", "dictcomp", "genexpr")
_ALWAYS = {*dir(builtins), "__file__", "__name__", "__doc__"}


def undefined(read: Page, program: Program) -> list[Fault]:
    """The names that a page's blocks of one program use before any of its blocks defines them.

    What runs at once needs its names from the blocks above or its own; what waits inside a function needs them by the
    end of the page.
    """
    found, defined = [], set(_ALWAYS)
    waiting: list[tuple[int, int, str]] = []
    for example in read.examples:
        section = program.section(example.section) if example.program == program.path else None
        if section is None or example.apart:
            continue
        table = symtable.symtable(program.source(section.start, section.end), program.path, "exec")
        given = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
        given |= {name for inner in _functions(table) for name in _globals_given(inner)}
        missing = {name for name in _used(table) if name not in defined | given}
        found += [_fault(read, program, example.line, section.start, name) for name in sorted(missing)]
        defined |= given | missing
        waiting += [(example.line, section.start, name) for inner in _functions(table) for name in _used(inner)]
    late = dict.fromkeys(place for place in waiting if place[2] not in defined)
    return [*found, *(_fault(read, program, *place) for place in late)]


def _fault(read: Page, program: Program, line: int, start: int, name: str) -> Fault:
    uses = re.compile(rf"\b{name}\b")
    offset = next((n for n, text in enumerate(program.lines[start - 1 :]) if uses.search(text)), 0)
    cause = f"no block that the page shows defines {name!r}; show its section, folded if need be, above"
    return Fault(cause, read.place(line), Place(program.path, start + offset))


def _functions(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    """Every function's table below this one, methods included."""
    for inner in table.get_children():
        if inner.get_type() == "function":
            yield inner
        yield from _functions(inner)


def _used(table: symtable.SymbolTable) -> Iterator[str]:
    """The global names that a scope reads; a module reads those of its classes' bodies and comprehensions too."""
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (symbol.is_global() or table.get_type() == "module"):
            yield symbol.get_name()
    for inner in table.get_children():
        if inner.get_type() == "class" or inner.get_name() in _AT_ONCE:
            yield from _used(inner)


def _globals_given(table: symtable.SymbolTable) -> Iterator[str]:
    return (symbol.get_name() for symbol in table.get_symbols() if symbol.is_declared_global() and symbol.is_assigned())
