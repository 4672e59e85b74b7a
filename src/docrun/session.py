"""One build, one test session or one command: every program is looked up or run at most once."""

from __future__ import annotations

import atexit
import contextlib
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType

from docrun import page
from docrun import program as programs
from docrun.cache import Cache
from docrun.errors import Fault, ProgramError
from docrun.page import Example
from docrun.pool import Pool
from docrun.program import Program
from docrun.record import Record, Shown
from docrun.settings import Settings

Outcome = Record | Fault
_SHARED: dict[Path, Session] = {}


def shared(root: Path | str) -> Session:
    """The one session of this process on a project: for hosts that make many objects and close none of them."""
    path = Path(root).resolve()
    if path not in _SHARED:
        _SHARED[path] = Session(Settings.load(path))
    return _SHARED[path]


@atexit.register
def close_shared() -> None:
    """End the server processes of all shared sessions."""
    while _SHARED:
        _SHARED.popitem()[1].close()


class Session:
    """Programs in, records or faults out. ``ran`` counts the programs that ran, not those found in the cache."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.cache = Cache(settings.root, settings.cache_folder)
        self.pool = Pool(settings)
        self.ran = 0
        self._style = ""
        self._outcomes: dict[str, Future[Outcome]] = {}
        self._programs: dict[str, Program] = {}
        self._keys: dict[str, str] = {}

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    @property
    def total(self) -> int:
        """How many programs were asked for."""
        return len(self._outcomes)

    def prefetch(self, paths: Iterable[str]) -> None:
        """Start every program that the cache does not hold, before anyone waits for one."""
        style = self.settings.style_path
        self._style = style.read_text(encoding="utf-8") if style and style.exists() else ""
        for path in dict.fromkeys(paths):
            self._look(path)

    def outcome(self, path: str) -> Outcome:
        """What a program did; waits for its end."""
        if path not in self._outcomes:
            self.prefetch([path])
        return self._outcomes[path].result()

    def program(self, path: str) -> Program:
        """The parsed program. Raises ProgramError."""
        if path not in self._programs:
            self._programs[path] = programs.read(self.settings.root, path)
        return self._programs[path]

    def shown(self, example: Example) -> Shown | Fault:
        """What an example's section printed and drew, or why there is nothing to show."""
        try:
            section = self.program(example.program).section(example.section)
        except ProgramError as error:
            return error.fault
        if section is None:
            known = ", ".join(section.name for section in self.program(example.program).sections) or "none"
            return Fault(f"{example.program} has no section {example.section!r}; its sections: {known}")
        outcome = self.outcome(example.program)
        return outcome if isinstance(outcome, Fault) else outcome.sections[example.section]

    def record(self, path: str) -> Record | None:
        """The record of a program that ended well."""
        outcome = self.outcome(path)
        return outcome if isinstance(outcome, Record) else None

    def forget(self) -> None:
        """Look at every program's text again: they may have changed (a reload under serve)."""
        self.ran = 0
        self._outcomes.clear()
        self._programs.clear()
        self._keys.clear()

    def wait(self, done: Callable[[int, int], None] = lambda done, total: None) -> None:
        """Wait for everything that was started; ``done`` hears how many of how many are ready."""
        futures = list(self._outcomes.values())
        for number, future in enumerate(futures, 1):
            future.result()
            done(number, len(futures))

    def evict(self) -> int:
        """Remove the cache entries that no page of the project uses; return how many.

        A build knows one language's pages; the others' programs and notebooks stay.
        """
        pages = [page.read(self.settings.root, file) for file in self.settings.pages()]
        for path in {path for read in pages for path in read.programs}:
            with contextlib.suppress(ProgramError):
                self._key(path)
        return self.cache.evict(self._keys.values(), [read.path for read in pages])

    def cached(self, path: str) -> Record | None:
        """The record in the cache, without running anything. Raises ProgramError."""
        return self.cache.get(self._key(path))

    def close(self) -> None:
        """End the server process."""
        self.pool.close()

    def _key(self, path: str) -> str:
        if path not in self._keys:
            self._keys[path] = self.cache.key(self.program(path), self._style)
        return self._keys[path]

    def _look(self, path: str) -> None:
        if path in self._outcomes:
            return
        future: Future[Outcome] = Future()
        self._outcomes[path] = future
        try:
            record = self.cached(path)
        except ProgramError as error:
            future.set_result(error.fault)
            return
        if record:
            future.set_result(record)
            return
        self.ran += 1
        key = self._key(path)
        self.pool.submit(self.program(path)).add_done_callback(lambda ended: self._keep(key, ended, future))

    def _keep(self, key: str, ended: Future[Outcome], future: Future[Outcome]) -> None:
        """Cache a record before anyone hears of it: who then looks again finds it."""
        outcome = ended.result()
        try:
            if isinstance(outcome, Record):
                self.cache.put(key, outcome)
        finally:
            future.set_result(outcome)
