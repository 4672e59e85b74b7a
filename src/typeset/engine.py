"""MathJax in V8: one engine per process, started when the first formula is not in the cache."""

from __future__ import annotations

import atexit
import importlib.metadata
import importlib.util
import json
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typeset.errors import EngineError

MATHJAX_PACKAGE = "django-static-mathjax"
# In this order: later files register themselves in what the earlier ones define.
COMPONENTS = ("startup", "core", "adaptors/liteDOM", "input/tex-full", "output/svg", "output/svg/fonts/tex")
OWN = ("flatten", "mathml", "render")
SCRIPTS = Path(__file__).parent / "js"
TIMEOUT = 60.0  # seconds for one batch: a page's formulas take well under one


@dataclass(frozen=True)
class Source:
    """What one formula is made from: its TeX, the same with numbers as ``\\tag``, and the macros it uses."""

    tex: str
    display: bool
    tagged: str = ""
    macros: tuple[tuple[str, str | tuple[str | int, ...]], ...] = ()

    def request(self) -> dict[str, Any]:
        """The JSON object that ``render.js`` reads."""
        macros = {name: value if isinstance(value, str) else list(value) for name, value in self.macros}
        return {"tex": self.tex, "display": self.display, "tagged": self.tagged, "macros": macros}


@dataclass(frozen=True)
class Drawn:
    """One typeset formula.

    ``body`` is what stands inside the ``<svg>``, ``view`` its viewBox (thousandths of an em), the lengths are
    in ex. ``rows`` holds one entry per equation number: how far its row's baseline is above the formula's, in
    ex, or None where the formula is one row. ``mathml`` is the content of ``<math>``.
    """

    body: str
    view: str
    width: float
    height: float
    depth: float
    mathml: str
    rows: tuple[float | None, ...] = ()


class Engine:
    """A V8 context with MathJax loaded. Start: 0.3 s. Raises EngineError if the packages are missing."""

    def __init__(self) -> None:
        try:
            from py_mini_racer import MiniRacer
        except ImportError as error:
            raise EngineError("typesetting needs the package mini-racer") from error
        folder = _mathjax_folder()
        # In a thread of its own: V8 would adopt a loop that runs here (a notebook's, a browser test's).
        with ThreadPoolExecutor(max_workers=1) as elsewhere:
            self._context = elsewhere.submit(MiniRacer).result()
        self._context.eval((SCRIPTS / "boot.js").read_text(encoding="utf-8"))
        for name in COMPONENTS:
            self._context.eval((folder / f"{name}.js").read_text(encoding="utf-8"))
        for name in OWN:
            self._context.eval((SCRIPTS / f"{name}.js").read_text(encoding="utf-8"))

    def render(self, sources: Sequence[Source]) -> list[Drawn | str]:
        """Typeset in one call; a string in the result is MathJax's error message for that formula."""
        request = json.dumps([source.request() for source in sources])
        answer = self._context.call("renderAll", request, timeout_sec=TIMEOUT)
        return [_result(item) for item in json.loads(answer)]

    def close(self) -> None:
        """Free V8. Without this the interpreter may hang when it exits."""
        self._context.close()


def _result(item: dict[str, Any]) -> Drawn | str:
    if "error" in item:
        return str(item["error"])
    return Drawn(**{**item, "rows": tuple(item["rows"])})


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
        return _shared.render(sources)


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
