"""Installed distributions: which versions, and which of them a program really imported."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from functools import cache
from importlib import metadata


@cache
def version(distribution: str) -> str:
    """The installed version, or an empty text."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def prepare() -> None:
    """Read the installed distributions' metadata now rather than at the first question."""
    providers()


def used(named: Iterable[str], loaded: Iterable[str]) -> dict[str, str]:
    """The versions behind the modules that a program named, and of what those need and had loaded.

    ``named`` and ``loaded`` are top-level module names. The server has preloaded modules that a program may never
    touch; only what can be reached from a named one counts.
    """
    present = {name for module in loaded for name in providers().get(module, ())}
    waiting = [name for name in direct(named)]
    found: dict[str, str] = {}
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = version(name)
            waiting.extend(needed for needed in _needs(name) if needed in present)
    return dict(sorted(found.items()))


def direct(named: Iterable[str]) -> tuple[str, ...]:
    """The distributions that provide these top-level modules."""
    outside = (module for module in named if module not in sys.stdlib_module_names)
    return tuple(sorted({name for module in outside for name in providers().get(module, ())}))


@cache
def providers() -> dict[str, list[str]]:
    """The distributions behind each top-level module."""
    return {
        module: sorted({_normal(name) for name in names}) for module, names in metadata.packages_distributions().items()
    }


@cache
def _needs(distribution: str) -> tuple[str, ...]:
    try:
        wanted = metadata.requires(distribution) or ()
    except metadata.PackageNotFoundError:
        return ()
    return tuple(sorted({_normal(match[0]) for line in wanted if (match := re.match(r"[\w.-]+", line))}))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
