"""The process that owns all runs: it imports the slow libraries once and forks a child per program.

It is a process of its own, not a fork of the host: the host may hold threads, and is never imported again.
It speaks JSON lines: settings, then jobs on stdin; on stdout one line per job that ended. At the end of stdin
it kills what still runs, removes its folder and leaves, so an interrupted or killed host leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from docrun import child, warm
from docrun.job import Job

_FORKS = sys.platform.startswith("linux")  # elsewhere system libraries do not survive a fork
_GRACE = 2.0  # seconds after its own alarm until a child is killed from outside
_WORTH_WARMING = 4  # programs in the queue


@dataclass
class _Running:
    job: Job
    pid: int
    deadline: float
    process: subprocess.Popen[bytes] | None = None


class Server:
    """The queue, the running children, and their ends."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._folder = tempfile.mkdtemp(prefix="docrun-")
        self._queue: deque[Job] = deque()
        self._running: dict[int, _Running] = {}
        self._warm = False

    def serve(self) -> None:
        """Take jobs until stdin ends."""
        if _FORKS:
            warm.load(self._settings["preload"])
        rest = b""
        selector = selectors.DefaultSelector()
        selector.register(0, selectors.EVENT_READ)
        try:
            while True:
                self._start()
                if selector.select(0.004 if self._running else None):
                    read = os.read(0, 1 << 20)
                    if not read:
                        return
                    *lines, rest = (rest + read).split(b"\n")
                    for line in lines:
                        self._queue.append(self._job(json.loads(line)))
                self._check()
        finally:
            for running in self._running.values():
                _kill(running.pid)
            shutil.rmtree(self._folder, ignore_errors=True)

    def _job(self, asked: dict[str, Any]) -> Job:
        keys = ("root", "style", "timeout", "memory", "output")
        folder = os.path.join(self._folder, str(asked["id"]))
        return Job(**asked, folder=folder, **{key: self._settings[key] for key in keys})

    def _start(self) -> None:
        if _FORKS and not self._warm and len(self._queue) >= _WORTH_WARMING:
            warm.up(self._settings["preload"])
            self._warm = True
        while self._queue and len(self._running) < self._settings["jobs"]:
            job = self._queue.popleft()
            os.mkdir(job.folder)
            running = _fork(job) if _FORKS else _spawn(job)
            self._running[running.pid] = running

    def _check(self) -> None:
        for pid, running in list(self._running.items()):
            over = self._over(running)
            if over:
                _kill(pid)
            status = _ended(running)
            if status is not None:
                _kill(pid)  # what the program started and did not end
                del self._running[pid]
                self._reply(running.job, status, over)

    def _over(self, running: _Running) -> str:
        if time.monotonic() > running.deadline:
            return "time"
        with contextlib.suppress(OSError):
            if os.stat(running.job.capture).st_size > 2 * running.job.output:
                return "output"
        return ""

    def _reply(self, job: Job, status: int, over: str) -> None:
        reply = {
            "id": job.id,
            "status": status,
            "over": over,
            "result": _text(job.result),
            "stack": _text(job.stack),
            "line": _text(job.progress).strip(),
            "tail": _text(job.capture)[-2000:],
        }
        shutil.rmtree(job.folder, ignore_errors=True)
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


def _fork(job: Job) -> _Running:
    gc.freeze()
    pid = os.fork()
    if pid == 0:
        child.main(job)
    return _Running(job, pid, time.monotonic() + job.timeout + _GRACE)


def _spawn(job: Job) -> _Running:
    order = Path(job.folder, "job.json")
    order.write_text(json.dumps(asdict(job)), encoding="utf-8")
    command = [sys.executable, "-m", "docrun.child", str(order)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    return _Running(job, process.pid, time.monotonic() + job.timeout + 5 * _GRACE, process)


def _ended(running: _Running) -> int | None:
    if running.process:
        return running.process.poll()
    pid, status = os.waitpid(running.pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if pid else None


def _kill(group: int) -> None:
    """Kill a child's whole process group; before it leads one, the child alone."""
    for kill in (os.killpg, os.kill) if hasattr(os, "killpg") else (os.kill,):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(group, getattr(signal, "SIGKILL", signal.SIGTERM))
            return


def _text(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            return file.read(64 << 20).decode("utf-8", "replace")
    except OSError:
        return ""


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(BrokenPipeError):
        Server(json.loads(os.fdopen(0, "rb", 0, closefd=False).readline())).serve()
