"""The programs that run now, and how those ended that failed: both outlive a reload under serve."""

from __future__ import annotations

import threading
from collections.abc import Callable, Container
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

from docrun.author.program import Program
from docrun.errors import Fault, Place
from docrun.host.cache import Cache
from docrun.host.pool import Pool
from docrun.record import Record, state
from docrun.settings import Settings

Outcome = Record | Fault
_TRIES = 3  # runs of a program whose files change while it runs
_SEEDS = {"torch": "torch.manual_seed(0)", "random": "random.seed(0)", "numpy.random": "np.random.seed(0)"}


@dataclass
class _Run:
    """A program that runs now: ``first`` is the record that a second run, with other random numbers, must repeat."""

    program: Program
    key: str
    style: str
    future: Future[Outcome] = field(default_factory=Future)
    job: Future[Outcome] | None = None
    first: Record | None = None
    tries: int = 0

    def fault(self, cause: str) -> Fault:
        return Fault(cause, program=Place(self.program.path))


class Runs:
    """Hands programs to the pool, judges what comes back, and caches what is good. A run is found by its key.

    ``on_progress`` hears how many of how many programs have ended since none ran, ``on_idle`` that the last one has;
    both are called from another thread. ``unstarted`` holds the paths of programs that no server could be started for.
    """

    def __init__(self, settings: Settings, cache: Cache) -> None:
        self.pool = Pool(settings)
        self.on_progress: Callable[[int, int], None] = lambda done, total: None
        self.on_idle: Callable[[], None] = lambda: None
        self.unstarted: set[str] = set()
        self._settings, self._cache = settings, cache
        self._runs: dict[str, _Run] = {}
        self._faults: dict[str, Fault] = {}
        self._count = 0  # programs since none ran
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._runs)

    def find(self, key: str) -> Future[Outcome] | None:
        """What runs under this key, or how it ended if everything that it used is as it was then."""
        with self._lock:
            if key in self._runs:
                return self._runs[key].future
        fault = self._faults.get(key)
        root = self._settings.root
        if fault and all(state(root, name) == known for name, known in (fault.files or {}).items()):
            return known_outcome(fault)
        return None

    def start(self, program: Program, key: str, style: str) -> Future[Outcome]:
        """Run a program under the text of a style sheet."""
        with self._lock:
            run = self._runs[key] = _Run(program, key, style)
            self._count += 1
        if self._count == 1:
            self.on_progress(0, 1)
        self._submit(run)
        return run.future

    def keep(self, keys: Container[str]) -> None:
        """End what runs under any other key, and forget how it failed."""
        for run in list(self._runs.values()):
            if run.key not in keys and run.job:
                self.pool.cancel(run.job)
        self._faults = {key: fault for key, fault in self._faults.items() if key in keys}

    def close(self) -> None:
        """End the server process; nobody hears of anything any more."""
        self.on_idle, self.on_progress = lambda: None, lambda done, total: None
        self.pool.close()

    def _submit(self, run: _Run) -> None:
        run.tries += 1
        draw = 0 if run.first is None else 1
        try:
            run.job = self.pool.submit(run.program, run.style, draw)
        except Exception as error:  # whoever waits for the program must hear of it
            self.unstarted.add(run.program.path)
            self._finish(run, run.fault(f"docrun could not start its server: {error}"))
        else:
            run.job.add_done_callback(lambda ended: self._ended(run, ended.result()))

    def _ended(self, run: _Run, outcome: Outcome) -> None:
        """Judge what came back; what cannot be kept as it is runs once more."""
        if isinstance(outcome, Record):
            if not self._cache.holds(outcome):
                run.first = None
                if run.tries < _TRIES:
                    return self._submit(run)
                outcome = run.fault("files that the program used changed each time while it ran")
            elif run.first:
                outcome = run.first if _same(run.first, outcome) else run.fault(_chance(run.first))
            elif outcome.unseeded:
                run.first = outcome
                return self._submit(run)
        return self._finish(run, outcome)

    def _finish(self, run: _Run, outcome: Outcome) -> None:
        """Cache a record before anyone hears of it: who then looks again finds it."""
        try:
            if isinstance(outcome, Record):
                self._cache.put(run.key, outcome)
            elif run.program.path not in self.unstarted:
                used = self._everything() if outcome.files is None else outcome.files
                self._faults[run.key] = replace(outcome, files=used)
        finally:
            with self._lock:
                self._runs.pop(run.key, None)
                left, total = len(self._runs), self._count
                self._count = total if left else 0
            self.on_progress(total - left, total)
            run.future.set_result(outcome)
        if not left:
            self.on_idle()

    def _everything(self) -> dict[str, str]:
        """All that a program may have used which gave no account of itself."""
        root = self._settings.root
        names = [file.relative_to(root).as_posix() for file in (root / self._settings.programs).rglob("*")]
        return {name: state(root, name) for name in names}


def known_outcome(outcome: Outcome) -> Future[Outcome]:
    """A future that has been answered."""
    future: Future[Outcome] = Future()
    future.set_result(outcome)
    return future


def _same(first: Record, second: Record) -> bool:
    return (first.sections, first.outside) == (second.sections, second.outside)


def _chance(record: Record) -> str:
    drawn, cure = " and ".join(record.unseeded), ", ".join(_SEEDS[name] for name in record.unseeded)
    return f"a second run shows something else: random numbers are drawn from {drawn} without a seed; set one ({cure})"
