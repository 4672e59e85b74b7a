"""The host's end of the server: started at the first job, one future per job."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import Future
from typing import Any

from docrun.author.program import Program
from docrun.errors import Fault, Place
from docrun.host import reply, versions
from docrun.record import Record
from docrun.settings import Settings

log = logging.getLogger("mkdocs.plugins.docrun")

# What programs get of the host's environment: no more, for whatever a program prints is published.
_PASSED = {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "VIRTUAL_ENV", "SYSTEMROOT"}
_PASSED |= {"PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONNOUSERSITE", "PYTHONPYCACHEPREFIX"}
_PREFIXES = ("LC_", "LD_", "DYLD_", "OPENBLAS_", "DOCRUN_")
_NICE = 10  # under serve: whoever waits for a page comes before the programs


class Pool:
    """Runs programs in a server process; starts another where one died. ``nice`` lets other work go first."""

    def __init__(self, settings: Settings) -> None:
        self.nice = False
        self._settings = settings
        self._server: _Server | None = None
        self._lock = threading.RLock()

    def submit(self, program: Program, style: str = "", draw: int = 0) -> Future[Record | Fault]:
        """Queue a program; the future gives its record, or the fault that ended it.

        ``style`` is the text of the style sheet, ``draw`` picks the random numbers of who sets no seed. Raises OSError
        where the server cannot be started.
        """
        with self._lock:
            if self._server is None or not self._server.alive:
                self.close()
                self._server = _Server(self._settings, _NICE if self.nice else 0)
            return self._server.submit(program, style, draw)

    def cancel(self, job: Future[Record | Fault]) -> None:
        """End a job that nobody waits for any more; its future gives a fault."""
        with self._lock:
            if self._server:
                self._server.cancel(job)

    def close(self) -> None:
        """End the server and everything it runs."""
        with self._lock:
            server, self._server = self._server, None
        if server:
            server.close()


class _Server:
    """One server process, from its start to its end. Whatever becomes of it, every program gets an answer."""

    def __init__(self, settings: Settings, nice: int) -> None:
        self._settings = settings
        self._waiting: dict[int, tuple[Program, Future[Record | Fault]]] = {}
        self._lock = threading.Lock()
        self._count = 0
        self._end = ""  # why there will be no more answers
        self._folder = tempfile.mkdtemp(prefix="docrun-")
        try:
            self._process = _launch(settings)
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        self._send({**_first(settings), "folder": self._folder, "nice": nice})
        self._listener = threading.Thread(target=self._listen, daemon=True, name="docrun-replies")
        self._listener.start()

    @property
    def alive(self) -> bool:
        return not self._end and self._process.poll() is None

    def submit(self, program: Program, style: str, draw: int) -> Future[Record | Fault]:
        future: Future[Record | Fault] = Future()
        with self._lock:
            self._count += 1
            number = self._count
            ended = bool(self._end)
            if not ended:
                self._waiting[number] = program, future
        if ended:
            future.set_result(self._lost(program))
        else:
            self._send({"id": number, "path": program.path, "text": program.text, "style": style, "draw": draw})
        return future

    def cancel(self, job: Future[Record | Fault]) -> None:
        with self._lock:
            numbers = [number for number, (_, future) in self._waiting.items() if future is job]
        for number in numbers:
            self._send({"cancel": number})

    def close(self) -> None:
        stdin = self._process.stdin
        assert stdin
        with contextlib.suppress(OSError):
            stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._listener is not threading.current_thread():
            self._listener.join(10)

    def _send(self, message: dict[str, Any]) -> None:
        stdin = self._process.stdin
        assert stdin
        with contextlib.suppress(OSError, ValueError):  # it died: the listener hears of it and answers
            stdin.write(json.dumps(message).encode() + b"\n")
            stdin.flush()

    def _listen(self) -> None:
        with contextlib.suppress(Exception):  # it is asked again where it is needed
            versions.prepare()  # while the server imports
        died = ""
        assert self._process.stdout
        with self._process.stdout as replies:
            for line in replies:
                try:
                    said = json.loads(line)
                    died = said.get("died") or died
                    if "id" in said:
                        self._answer(said)
                except (ValueError, LookupError, TypeError, AttributeError) as error:
                    log.warning("docrun: the server said what cannot be understood (%r)", error)
        self._ended(died or _status(self._process.wait()))

    def _answer(self, said: dict[str, Any]) -> None:
        with self._lock:
            program, future = self._waiting.pop(said["id"])
        future.set_result(reply.read(program, said, self._settings))

    def _ended(self, reason: str) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)  # where it could not do so itself
        with self._lock:
            self._end = reason
            left, self._waiting = self._waiting, {}
        for program, future in left.values():
            future.set_result(self._lost(program))

    def _lost(self, program: Program) -> Fault:
        return Fault(f"the server process of docrun ended: {self._end}", program=Place(program.path))


def _launch(settings: Settings) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "docrun.worker.server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=_environment(settings),
        start_new_session=True,  # a Ctrl-C is the host's alone; it closes stdin, and the server cleans up
    )


def _environment(settings: Settings) -> dict[str, str]:
    names = {*_PASSED, *settings.environment}
    passed = {name: value for name, value in os.environ.items() if name in names or name.startswith(_PREFIXES)}
    one = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    look = {"MPLBACKEND": "module://docrun.worker.backend", "MATPLOTLIBRC": os.devnull}  # not the author's own
    return {**passed, **one, **look, "PYTHONHASHSEED": "0"}


def _first(settings: Settings) -> dict[str, Any]:
    """What the server has to know before the first job."""
    return {
        "root": str(settings.root),
        "preload": settings.preload,
        "later": settings.later,
        "timeout": settings.timeout,
        "memory": settings.memory,
        "output": settings.output,
        "written": settings.written,
        "jobs": settings.parallel,
    }


def _status(code: int) -> str:
    return f"signal {-code} ({signal.strsignal(-code)})" if code < 0 else f"status {code}"
