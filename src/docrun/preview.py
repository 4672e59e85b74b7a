"""Under ``mkdocs serve`` nobody waits for a program: pages have placeholders until the queue is empty."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from mkdocs.livereload import LiveReloadServer

_AGAIN = 1.0  # seconds until the server is asked once more: it may not have been listening yet


class Preview:
    """Asks for one rebuild when nothing is ``busy`` any more and pages still have placeholders.

    ``look`` makes it look; ``waiting`` tells whether the last build left placeholders.
    """

    def __init__(self, busy: Callable[[], bool], waiting: Callable[[], bool]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="docrun-preview-")
        self._file = Path(self._folder.name, "ready")  # the server watches it
        self._file.touch()
        self._busy, self._waiting = busy, waiting
        self._ended, self._looks = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="docrun-preview")

    def start(self, server: LiveReloadServer) -> None:
        """Begin to look on."""
        server.watch(str(self._file))
        self.look()  # the queue may have become empty before anybody asked
        self._thread.start()

    def look(self) -> None:
        """Something has ended."""
        self._looks.set()

    def stop(self) -> None:
        """Look away, and leave nothing behind."""
        self._ended.set()
        self._looks.set()
        if self._thread.is_alive():
            self._thread.join()
        self._folder.cleanup()

    def _watch(self) -> None:
        while self._looks.wait() and not self._ended.is_set():
            self._looks.clear()
            while self._waiting() and not self._busy() and not self._ended.is_set():
                self._file.write_text("everything has ended\n", encoding="utf-8")
                self._ended.wait(_AGAIN)
