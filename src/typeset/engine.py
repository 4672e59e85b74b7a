"""MathJax in V8: one engine per process, started when the first formula is not in the cache."""

from __future__ import annotations

import atexit
import importlib.metadata
import importlib.util
import json
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


# On processors with memory protection keys, only the thread that first started V8, and threads that it starts, may
# write V8's memory: an engine that another thread frees ends the process with a segmentation fault. So one thread makes
# and frees all engines of this process. It also has no event loop that V8 would adopt (a notebook's, a browser test's).
_home_lock = threading.Lock()
_errands: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = queue.SimpleQueue()
_home: threading.Thread | None = None


def _run_errands() -> None:
    while True:
        errand, answer = _errands.get()
        try:
            answer.set_result(errand())
        except BaseException as error:
            answer.set_exception(error)


def _at_home(errand: Callable[[], Any]) -> Any:
    """Do something in V8's own thread. A daemon: an executor's thread would be gone before our atexit runs."""
    global _home
    with _home_lock:
        if _home is None:
            _home = threading.Thread(target=_run_errands, name="typeset-v8", daemon=True)
            _home.start()
    answer: Future[Any] = Future()
    _errands.put((errand, answer))
    return answer.result()


class Engine:
    """A V8 context with MathJax loaded. Start: 0.3 s. Raises EngineError if the packages are missing."""

    def __init__(self) -> None:
        try:
            from py_mini_racer import MiniRacer
        except ImportError as error:
            raise EngineError("typesetting needs the package mini-racer") from error
        folder = _mathjax_folder()
        self._context = _at_home(MiniRacer)
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
        _at_home(self._context.close)


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
