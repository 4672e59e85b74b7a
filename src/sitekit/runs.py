"""The labs of a build: one at a time, in the background, each text at most once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue

from nbformat import NotebookNode

from docrun import files
from sitekit.execute import Executor
from sitekit.lab import Lab


class LabRuns:
    """Starts labs, keeps what they gave, ends what nobody asks for any more.

    ``folder`` is the cache. ``on_idle`` is called, from another thread, whenever a lab has ended.
    """

    def __init__(self, folder: Path, nice: bool = False) -> None:
        self._folder, self._nice = folder, nice
        self._runs: dict[str, tuple[Executor, Future[NotebookNode]]] = {}
        self._queue: SimpleQueue[tuple[Executor, Lab, Future[NotebookNode]]] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self.on_idle: Callable[[], None] = lambda: None

    def start(self, labs: dict[str, Lab], style: str) -> dict[str, Future[NotebookNode]]:
        """The runs of some labs, by the same names; what runs of other texts or under another style ends."""
        before, self._runs = self._runs, {}
        found = {}
        for name, lab in labs.items():
            executor = Executor(self._folder, style, nice=self._nice)
            key = files.digest(lab.path, lab.text, style)  # versions do not change while a process lives
            if key in before:
                self._runs[key] = before.pop(key)
            else:
                self._runs[key] = executor, Future()
                self._queue.put((executor, lab, self._runs[key][1]))
            found[name] = self._runs[key][1]
        for executor, _ in before.values():
            executor.stop()
        if self._thread is None:  # a daemon: nobody waits for a lab when the build ends early
            self._thread = threading.Thread(target=self._work, daemon=True, name="labs")
            self._thread.start()
        return found

    @property
    def busy(self) -> bool:
        """Whether a lab that somebody asked for has not ended."""
        return not all(future.done() for _, future in self._runs.values())

    def stop(self) -> None:
        """End everything at once."""
        for executor, _ in self._runs.values():
            executor.stop()

    def _work(self) -> None:
        while True:
            executor, lab, future = self._queue.get()
            try:
                future.set_result(executor.run(lab))
            except BaseException as error:
                future.set_exception(error)
            self.on_idle()
