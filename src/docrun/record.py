"""What a run leaves: typed, frozen, and the same after a trip through JSON."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

LISTED = "/*"


@dataclass(frozen=True)
class Drawing:
    """A figure as the inside of an ``<svg>`` element, with its size in CSS pixels.

    ``narrow`` is the same figure drawn for a phone, where it is wider than one; ``name`` is the figure's own
    (``plt.figure("name")``), by which a page puts one of several into a table's cell.
    """

    body: str
    width: float
    height: float
    narrow: Drawing | None = None
    name: str = ""


@dataclass(frozen=True)
class Warned:
    """A warning that the program raised: its line in the program (None: not known), class and text."""

    line: int | None
    category: str
    text: str


@dataclass(frozen=True)
class Shown:
    """What one section printed and drew."""

    text: str = ""
    drawings: tuple[Drawing, ...] = ()


@dataclass(frozen=True)
class Record:
    """A run that ended well.

    ``outside`` is what it printed outside its sections. ``files`` is what it used of the checkout (path → state), also
    folders that it listed and files that it did not find; ``modules`` are those of them that it imported,
    ``versions`` the distributions it imported (name → version), ``imports`` those it named itself. ``unseeded`` names
    the modules whose random numbers it drew without a seed.
    """

    sections: Mapping[str, Shown]
    warnings: tuple[Warned, ...] = ()
    seconds: float = 0.0
    python: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    imports: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    modules: tuple[str, ...] = ()
    unseeded: tuple[str, ...] = ()
    outside: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain dicts, lists, strings and numbers."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Any) -> Record:
        """The record that ``to_json`` described. Raises ValueError for anything else."""
        try:
            return cls(
                sections(data["sections"]),
                tuple(Warned(**warned) for warned in data["warnings"]),
                float(data["seconds"]),
                _text(data["python"]),
                {_text(name): _text(version) for name, version in data["versions"].items()},
                tuple(map(_text, data["imports"])),
                {_text(name): _text(digest) for name, digest in data["files"].items()},
                tuple(map(_text, data["modules"])),
                tuple(map(_text, data["unseeded"])),
                _text(data["outside"]),
            )
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"not a record: {error!r}") from error


def sections(data: Mapping[str, Any]) -> dict[str, Shown]:
    """What each section showed, from its JSON. Raises KeyError, TypeError or AttributeError for anything else."""
    return {
        name: Shown(_text(shown["text"]), tuple(_drawing(drawing) for drawing in shown["drawings"]))
        for name, shown in data.items()
    }


def _drawing(data: Mapping[str, Any]) -> Drawing:
    narrow = data["narrow"]
    size = data["width"], data["height"]
    return Drawing(_text(data["body"]), *size, _drawing(narrow) if narrow else None, _text(data["name"]))


def state(root: Path, name: str) -> str:
    """What ``files`` of a record holds of a file: its digest, or that it is a folder, or nothing where there is none.

    With LISTED at its end the name means what a folder holds.
    """
    path = root / name.removesuffix(LISTED)
    try:
        if name.endswith(LISTED):
            return _digest("\0".join(sorted(os.listdir(path))).encode("utf-8", "surrogateescape"))
        return _digest(path.read_bytes())
    except IsADirectoryError:
        return "folder"
    except OSError:
        return ""


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, not {value!r}")
    return value
