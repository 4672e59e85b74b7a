"""One build, one test session or one command: every program is looked up or run at most once."""

from __future__ import annotations

import atexit
import contextlib
import os
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType

from docrun import files
from docrun.author import page
from docrun.author import program as programs
from docrun.author.page import Example
from docrun.author.program import Program
from docrun.errors import Fault, ProgramError
from docrun.host.cache import Cache
from docrun.host.runs import Outcome, Runs, known_outcome
from docrun.record import Record, Shown
from docrun.settings import Settings

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
        environment = "\0".join(f"{name}={os.environ.get(name)}" for name in settings.environment)
        self.cache = Cache(settings.root, settings.cache_folder, environment)
        self.runs = Runs(settings, self.cache)
        self.ran = 0
        self._style: str | None = None
        self._outcomes: dict[str, Future[Outcome]] = {}
        self._programs: dict[str, Program] = {}
        self._keys: dict[str, str] = {}
        self._digests: dict[int, tuple[Outcome, str]] = {}  # by identity
        self._records: dict[str, Record] = {}  # by key; they outlive ``forget``, as the runs do

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    @property
    def total(self) -> int:
        """How many programs were asked for."""
        return len(self._outcomes)

    def start(self, paths: Iterable[str]) -> None:
        """Start what the cache does not hold of these programs, in this order, and end what runs of any other text."""
        self.prefetch(paths)
        wanted = set(self._keys.values())
        self.runs.keep(wanted)
        self._records = {key: record for key, record in self._records.items() if key in wanted}
        held = {id(record) for record in self._records.values()}
        self._digests = {number: known for number, known in self._digests.items() if number in held}

    def prefetch(self, paths: Iterable[str]) -> None:
        """Start every program that the cache does not hold, before anyone waits for one."""
        for path in dict.fromkeys(paths):
            if path not in self._outcomes or path in self.runs.unstarted:
                self.runs.unstarted.discard(path)
                self._outcomes[path] = self._find_or_run(path)

    def all_programs(self) -> list[str]:
        """The programs of all pages, in the order of the pages."""
        pages = [page.read(self.settings.root, file) for file in self.settings.pages()]
        return list(dict.fromkeys(path for read in pages for path in read.programs))

    def outcome(self, path: str) -> Outcome:
        """What a program did; waits for its end."""
        self.prefetch([path])
        return self._outcomes[path].result()

    def ready(self, path: str) -> bool:
        """Whether ``outcome`` answers at once."""
        self.prefetch([path])
        return self._outcomes[path].done()

    def program(self, path: str) -> Program:
        """The program, cut into sections. Raises ProgramError."""
        if path not in self._programs:
            self._programs[path] = programs.read(self.settings.root, path)
        return self._programs[path]

    def shown(self, example: Example) -> Shown | Fault:
        """What an example's section printed and drew, or why there is nothing to show."""
        fault = self.misnamed(example)
        if fault:
            return fault
        outcome = self.outcome(example.program)
        return outcome if isinstance(outcome, Fault) else outcome.sections[example.section]

    def misnamed(self, example: Example) -> Fault | None:
        """The fault of an example that names no program or no section of it."""
        try:
            program = self.program(example.program)
        except ProgramError as error:
            return error.fault
        if program.section(example.section):
            return None
        known = ", ".join(section.name for section in program.sections) or "none"
        return Fault(f"{example.program} has no section {example.section!r}; its sections: {known}")

    def record(self, path: str) -> Record | None:
        """The record of a program that ended well."""
        outcome = self.outcome(path)
        return outcome if isinstance(outcome, Record) else None

    def fingerprint(self, paths: Iterable[str]) -> str:
        """A digest of what these programs are and have done by now: it changes whenever what a page shows does."""
        parts = []
        for path in paths:
            with contextlib.suppress(ProgramError):
                parts.append(self._key(path))
            parts.append(self._digest_of(self.outcome(path)) if self.ready(path) else "running")
        return files.digest(*parts)

    def _digest_of(self, outcome: Outcome) -> str:
        """A digest of a record, made once: it may hold a megabyte of drawings."""
        known = self._digests.get(id(outcome))
        if known is None or known[0] is not outcome:
            known = self._digests[id(outcome)] = outcome, files.digest(repr(outcome))
        return known[1]

    def forget(self) -> None:
        """Look at every file again: they may have changed (a reload under serve). What runs goes on."""
        self.ran = 0
        self._style = None
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
        key = self._key(path)
        known = self._records.get(key)
        record = known if known and self.cache.holds(known) else self.cache.get(key)
        if record:
            self._records[key] = record
        return record

    def close(self) -> None:
        """End the server process."""
        self.runs.close()

    def _key(self, path: str) -> str:
        if self._style is None:
            self._style = self.settings.style_text()
        if path not in self._keys:
            self._keys[path] = self.cache.key(self.program(path), self._style)
        return self._keys[path]

    def _find_or_run(self, path: str) -> Future[Outcome]:
        try:
            key = self._key(path)
            if record := self.cached(path):
                return known_outcome(record)
            if running := self.runs.find(key):
                return running
        except ProgramError as error:
            return known_outcome(error.fault)
        self.ran += 1
        return self.runs.start(self.program(path), key, self._style or "")
