"""The host's end of the server: started at the first job, one future per job."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future
from typing import Any

from docrun import versions
from docrun.errors import Fault, Place
from docrun.program import Program
from docrun.record import Drawing, Record, Shown, Warned
from docrun.settings import Settings


class Pool:
    """Runs programs in the server process. Not for several threads at once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._server: subprocess.Popen[bytes] | None = None
        self._waiting: dict[int, tuple[Program, Future[Record | Fault]]] = {}
        self._lock = threading.Lock()
        self._count = 0

    def submit(self, program: Program) -> Future[Record | Fault]:
        """Queue a program; the future gives its record, or the fault that ended it."""
        future: Future[Record | Fault] = Future()
        with self._lock:
            self._count += 1
            self._waiting[self._count] = program, future
            number = self._count
        self._send({"id": number, "path": program.path, "text": program.text})
        return future

    def close(self) -> None:
        """End the server and everything it runs."""
        server, self._server = self._server, None
        if server and server.stdin:
            with contextlib.suppress(OSError):
                server.stdin.close()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()

    def _send(self, message: dict[str, Any]) -> None:
        if self._server is None or self._server.poll() is not None:
            self._server = self._launch()
        assert self._server.stdin
        self._server.stdin.write(json.dumps(message).encode() + b"\n")
        self._server.stdin.flush()

    def _launch(self) -> subprocess.Popen[bytes]:
        settings = self._settings
        style = str(settings.style_path or "")
        one = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        environment = {**os.environ, **one, "PYTHONHASHSEED": "0", "MPLBACKEND": "module://docrun.backend"}
        if style:
            environment["MATPLOTLIBRC"] = style
        for name in ("PYTHONWARNINGS", "PYTHONSTARTUP", "PYTHONINSPECT", "COLUMNS"):
            environment.pop(name, None)
        server = subprocess.Popen(
            [sys.executable, "-P", "-m", "docrun.server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,  # a Ctrl-C is the host's alone; it closes stdin, and the server cleans up
        )
        first = {
            "root": str(settings.root),
            "style": style,
            "preload": settings.preload,
            "timeout": settings.timeout,
            "memory": settings.memory,
            "output": settings.output,
            "jobs": settings.parallel,
        }
        assert server.stdin
        server.stdin.write(json.dumps(first).encode() + b"\n")
        threading.Thread(target=self._listen, args=(server,), daemon=True, name="docrun-replies").start()
        return server

    def _listen(self, server: subprocess.Popen[bytes]) -> None:
        assert server.stdout
        versions.prepare()  # while the server imports
        for line in server.stdout:
            reply = json.loads(line)
            with self._lock:
                program, future = self._waiting.pop(reply["id"])
            try:
                future.set_result(_outcome(program, reply, self._settings))
            except Exception as error:
                future.set_exception(error)
        with self._lock:
            left, self._waiting = self._waiting, {}
        for program, future in left.values():
            future.set_result(Fault("the server process of docrun ended", program=Place(program.path)))


def _outcome(program: Program, reply: dict[str, Any], settings: Settings) -> Record | Fault:
    result = json.loads(reply["result"]) if reply["result"] else None
    if result is None:
        return _died(program, reply, settings)
    if fault := result.get("fault"):
        return Fault(fault["cause"], program=Place(program.path, fault["line"]), detail=fault["detail"])
    sections = {
        name: Shown(shown["text"], tuple(Drawing(**drawing) for drawing in shown["drawings"]))
        for name, shown in result["sections"].items()
    }
    return Record(
        sections,
        tuple(Warned(**warned) for warned in result["warnings"]),
        result["seconds"],
        platform.python_version(),
        versions.used({*result["named"], *result["new"]}, result["loaded"]),
        versions.direct(result["named"]),
        result["files"],
        tuple(result["modules"]),
    )


def _died(program: Program, reply: dict[str, Any], settings: Settings) -> Fault:
    """The fault of a program whose process ended without an account of itself."""
    line = _line_in(reply["stack"], program) or (int(reply["line"]) if reply["line"] else None)
    status = reply["status"]
    if reply["over"] == "output":
        cause = f"the program wrote too much: its limit is {settings.output:,} bytes of text and figures"
    elif reply["over"] == "time" or "Timeout (" in reply["stack"]:
        cause = f"the program ran longer than its limit of {settings.timeout:g} s"
    elif status < 0:
        name = signal.strsignal(-status) or "unknown"
        memory = f"; its memory limit is {settings.memory} MB" if -status == signal.SIGKILL else ""
        cause = f"the program was ended by signal {-status} ({name}){memory}"
    else:
        cause = f"the program ended its own process, with status {status}"
    return Fault(cause, program=Place(program.path, line), detail=reply["tail"].strip())


def _line_in(stack: str, program: Program) -> int | None:
    for line in stack.splitlines():
        before, found, after = line.partition('", line ')
        if found and before.endswith(program.path):
            return int(after.split()[0])
    return None
