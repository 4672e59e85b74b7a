"""The settings of one project, from ``[tool.docrun]`` in its ``pyproject.toml``."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from docrun.errors import SettingsError

_FILE = "pyproject.toml"


@dataclass(frozen=True)
class Settings:
    """Where things are and how far a program may go.

    ``docs`` are glob patterns of the folders that hold pages, ``programs`` is the folder of the programs, ``style``
    a matplotlib style sheet, ``preload`` the distributions that the server process imports before it forks,
    ``later`` modules that it imports when several programs wait, ``environment`` the names of variables that
    programs get beside the usual few, ``rules`` a file of words and numbers: where it is given, pages and programs
    must keep the house's rules (``author.rules``), ``patterns`` a folder of what ``docrun new`` writes, ``dark``
    the colors of the palette's variables in the dark ("fg=#e6e9ee"): where they are given, figures are published as
    files in both palettes. Limits of one program: ``timeout`` in seconds, ``memory`` in MB of private memory
    (enforced where the system offers RLIMIT_DATA, as Linux does), ``output`` in bytes of text plus figures,
    ``written`` in MB of any file it writes. ``jobs`` programs run at a time; 0 means one per core.
    """

    root: Path
    docs: tuple[str, ...] = ("docs",)
    programs: str = "snippets"
    style: str = ""
    cache: str = ".cache/docrun"
    preload: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    rules: str = ""
    patterns: str = ""
    dark: tuple[str, ...] = ()
    timeout: float = 30.0
    memory: int = 3072
    output: int = 1_000_000
    written: int = 64
    jobs: int = 0

    @property
    def cache_folder(self) -> Path:
        """The absolute folder of the cache."""
        return self.root / self.cache

    @property
    def style_path(self) -> Path | None:
        """The absolute path of the style sheet, if there is one."""
        return self.root / self.style if self.style else None

    def style_text(self) -> str:
        """The style sheet as it is now; empty where there is none."""
        path = self.style_path
        return path.read_text(encoding="utf-8") if path and path.exists() else ""

    @property
    def dark_colors(self) -> dict[str, str]:
        """The palette's variables in the dark: name → color."""
        return dict(color.split("=") for color in self.dark)

    @property
    def parallel(self) -> int:
        """How many programs run at a time."""
        return self.jobs or cores()

    def folders(self) -> list[Path]:
        """The docs folders that exist."""
        return sorted({folder for pattern in self.docs for folder in self.root.glob(pattern) if folder.is_dir()})

    def pages(self) -> list[Path]:
        """Every Markdown page below the docs folders, sorted."""
        return sorted({page for folder in self.folders() for page in folder.rglob("*.md")})

    @classmethod
    def load(cls, root: Path | str = ".", **overrides: Any) -> Settings:
        """Read ``pyproject.toml`` in ``root``; a missing file or table means the defaults.

        Raises SettingsError for an unknown name or a value of the wrong type.
        """
        root = Path(root).resolve()
        given = {**_table(root / _FILE), **overrides}
        known = {field.name: field for field in fields(cls) if field.name != "root"}
        for name, value in given.items():
            if name not in known:
                raise SettingsError(f"[tool.docrun] has no setting {name!r}; it knows {', '.join(known)}")
            given[name] = _checked(name, value, known[name].default)
        settings = cls(root=root, **given)
        for name, file in (("style", settings.style), ("rules", settings.rules)):
            if file and not (root / file).is_file():
                raise SettingsError(f"[tool.docrun] {name}: there is no file {file!r}")
        for color in settings.dark:
            if not re.fullmatch(r"\w+=#[0-9a-f]{6}", color):
                raise SettingsError(f'[tool.docrun] dark: {color!r} is no color such as "fg=#e6e9ee"')
        return settings


def find_root(start: Path | str = ".") -> Path:
    """The nearest folder, from ``start`` upwards, whose ``pyproject.toml`` has a table [tool.docrun].

    Without one the nearest that has a ``pyproject.toml`` at all, or ``start``. Raises SettingsError.
    """
    start = Path(start).resolve()
    above = [folder for folder in (start, *start.parents) if (folder / _FILE).is_file()]
    return next((folder for folder in above if _table(folder / _FILE)), above[0] if above else start)


def cores() -> int:
    """The cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _table(file: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get("docrun", {})
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file.name}: {error}") from error
    if not isinstance(table, dict):
        raise SettingsError(f"[tool.docrun] must be a table, not {table!r}")
    return table


def _checked(name: str, value: Any, default: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    least = min(default, 1) if isinstance(default, int) else 0
    if isinstance(default, tuple) and isinstance(value, list | tuple) and all(isinstance(v, str) for v in value):
        return tuple(value)
    if isinstance(default, float) and number and 0 < value < 1e6:
        return float(value)
    if isinstance(default, int) and number and isinstance(value, int) and value >= least:
        return value
    if isinstance(default, str) and isinstance(value, str):
        return value
    whole = f"a whole number from {least}"
    wanted = {tuple: "a list of strings", float: "a number above 0", int: whole, str: "a string"}
    raise SettingsError(f"[tool.docrun] {name} must be {wanted[type(default)]}, not {value!r}")
