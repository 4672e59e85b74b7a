"""How far the programs are: a line that is renewed on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from typing import TextIO

from docrun.host.session import Session

_EVERY = 5.0  # seconds between two plain lines


class Progress:
    """Told of each program that ends; ``stream`` is where the lines go."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._renews = self._stream.isatty()
        self._lock = threading.Lock()
        self._began = self._said = 0.0

    def __call__(self, done: int, total: int) -> None:
        """``done`` of ``total`` programs have ended; 0 of them: they have just been started."""
        with self._lock:
            now = time.monotonic()
            if done == 0:
                self._began = self._said = now
            elif self._renews or done == total or now - self._said >= _EVERY:
                self._said = now
                self._write(done, total, now - self._began)

    def _write(self, done: int, total: int, passed: float) -> None:
        left = passed / done * (total - done)
        text = f"programs {done}/{total}" + (f", about {max(1, round(left))} s" if done < total else "")
        if self._renews:
            end = "\n" if done == total else ""
            self._stream.write(f"\r\x1b[K{text}{end}")
        else:
            self._stream.write(f"{text}\n")
        self._stream.flush()


def follow(session: Session) -> None:
    """Show the progress of a session's programs on stderr."""
    session.runs.on_progress = Progress()
