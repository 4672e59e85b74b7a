"""MathJax in deno: one engine per process, started when the first formula is not in the cache."""

from __future__ import annotations

import atexit
import importlib.metadata
import importlib.util
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from script import Deno, ScriptError
from typeset.errors import EngineError

MATHJAX_PACKAGE = "django-static-mathjax"
# In this order: later files register themselves in what the earlier ones define.
COMPONENTS = ("startup", "core", "adaptors/liteDOM", "input/tex-full", "output/svg", "output/svg/fonts/tex")
OWN = ("flatten", "mathml", "narrow", "render")
SCRIPTS = Path(__file__).parent / "js"
TIMEOUT = 60.0  # seconds for one batch: a page's formulas take well under one


@dataclass(frozen=True)
class Source:
    """What one formula is made from: its TeX, the same with numbers as ``\\tag``, and the macros it uses.

    A formula wider than ``room`` (in ex; 0: any width will do) gets a second setting, in rows.
    """

    tex: str
    display: bool
    tagged: str = ""
    macros: tuple[tuple[str, str | tuple[str | int, ...]], ...] = ()
    room: float = 0.0

    def request(self) -> dict[str, Any]:
        """The JSON object that ``render.js`` reads."""
        macros = {name: value if isinstance(value, str) else list(value) for name, value in self.macros}
        request = {"tex": self.tex, "display": self.display, "tagged": self.tagged, "macros": macros}
        return {**request, "room": self.room} if self.room else request


@dataclass(frozen=True)
class Narrow:
    """A wide formula in rows, for phones: what stands inside its ``<svg>``, its viewBox, lengths in ex."""

    body: str
    view: str
    width: float
    height: float


@dataclass(frozen=True)
class Drawn:
    """One typeset formula.

    ``body`` is what stands inside the ``<svg>``, ``view`` its viewBox (thousandths of an em), the lengths are
    in ex. ``rows`` holds one entry per equation number: how far its row's baseline is above the formula's, in
    ex, or None where the formula is one row. ``mathml`` is the content of ``<math>``. ``narrow`` is the second
    setting of a formula that is wider than the room it was given, None where it fits or cannot be cut.
    """

    body: str
    view: str
    width: float
    height: float
    depth: float
    mathml: str
    rows: tuple[float | None, ...] = ()
    narrow: Narrow | None = None


class Engine:
    """A deno process with MathJax loaded. Start: 0.2 s. Raises EngineError if a package is missing."""

    def __init__(self) -> None:
        folder = _mathjax_folder()
        files = [SCRIPTS / "boot.js", *(folder / f"{name}.js" for name in COMPONENTS)]
        files += [SCRIPTS / f"{name}.js" for name in OWN]
        self._deno = Deno(SCRIPTS, timeout=TIMEOUT)
        self._call("load", [file.read_text(encoding="utf-8") for file in files])

    def render(self, sources: Sequence[Source]) -> list[Drawn | str]:
        """Typeset in one call; a string in the result is MathJax's error message for that formula.

        Raises EngineError if there is no answer in time; the engine is of no use then.
        """
        answer = self._call("render", json.dumps([source.request() for source in sources]))
        return [_result(item) for item in json.loads(answer)]

    def close(self) -> None:
        """End the process."""
        self._deno.close()

    def _call(self, function: str, argument: Any) -> Any:
        try:
            return self._deno.call("formulas.js", function, argument)
        except ScriptError as error:
            self.close()
            raise EngineError(f"typesetting: {error}") from error


def _result(item: dict[str, Any]) -> Drawn | str:
    if "error" in item:
        return str(item["error"])
    narrow = item["narrow"] and Narrow(**item["narrow"])
    return Drawn(**{**item, "rows": tuple(item["rows"]), "narrow": narrow})


def _mathjax_folder() -> Path:
    # Found, not imported: the package is a Django app, and Django is not installed.
    spec = importlib.util.find_spec("mathjax")
    places = list(spec.submodule_search_locations or []) if spec else []
    if not places:
        raise EngineError(f"typesetting needs the package {MATHJAX_PACKAGE}")
    return Path(places[0]) / "static/mathjax/es5"


def mathjax_version() -> str:
    """The version of the installed MathJax package, ``""`` if there is none."""
    try:
        return importlib.metadata.version(MATHJAX_PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return ""


_lock = threading.Lock()
_shared: Engine | None = None


def render(sources: Sequence[Source]) -> list[Drawn | str]:
    """Typeset with this process's engine, starting it if need be."""
    global _shared
    if not sources:
        return []
    with _lock:
        if _shared is None:
            _shared = Engine()
        try:
            return _shared.render(sources)
        except EngineError:
            _shared = None
            raise


def running() -> bool:
    """Whether this process has an engine now."""
    return _shared is not None


def close() -> None:
    """End this process's engine; the next formula starts a new one."""
    global _shared
    with _lock:
        engine, _shared = _shared, None
    if engine is not None:
        engine.close()


atexit.register(close)
