"""The process that owns all runs: it imports the slow libraries once and forks a child per program.

It is a process of its own, not a fork of the host: the host may hold threads, and is never imported again.
It speaks JSON lines: settings, then jobs and cancellations on stdin; on stdout one line per job that ended. At the end
of stdin it kills what still runs and leaves, so an interrupted or killed host leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from docrun.worker import child, processes, warm
from docrun.worker.job import Job, remove

_FORKS = sys.platform.startswith("linux")  # elsewhere system libraries do not survive a fork
_GRACE = 2.0  # seconds after its own alarm until a child is killed from outside
_WORTH_WARMING = 4  # programs in the queue
_JOB = ("root", "timeout", "memory", "output", "written")  # what of the settings a job needs


@dataclass
class _Running:
    job: Job
    pid: int
    deadline: float
    over: str = ""
    process: subprocess.Popen[bytes] | None = None


class Server:
    """The queue, the running children, and their ends. ``replies`` is the descriptor that the host reads."""

    def __init__(self, settings: dict[str, Any], replies: int) -> None:
        self._settings = settings
        self._replies = replies
        self._folder = settings["folder"]
        self._queue: deque[Job] = deque()
        self._running: dict[int, _Running] = {}
        self._warm = False

    def serve(self) -> None:
        """Take jobs until stdin ends."""
        try:
            self._use_own_temporary_folder()
            if _FORKS:
                warm.load(self._settings["preload"])
            self._loop()
        except Exception as error:
            self._tell({"died": f"{type(error).__name__}: {error}"})
            raise SystemExit(1) from None
        finally:
            for pid in self._running:
                processes.kill(pid)
            processes.kill_strays(())
            remove(self._folder)

    def _use_own_temporary_folder(self) -> None:
        """Let libraries put what they keep for later (torch does, at import) where it is removed with the rest."""
        own = os.path.join(self._folder, "tmp")
        os.mkdir(own)
        os.environ["TMPDIR"] = tempfile.tempdir = own

    def _loop(self) -> None:
        rest = b""
        selector = selectors.DefaultSelector()
        selector.register(0, selectors.EVENT_READ)
        while True:
            self._start()
            if selector.select(0.004 if self._running else None):
                read = os.read(0, 1 << 20)
                if not read:
                    return
                *lines, rest = (rest + read).split(b"\n")
                for line in lines:
                    self._hear(json.loads(line))
            self._check()

    def _hear(self, asked: dict[str, Any]) -> None:
        if "cancel" in asked:
            self._cancel(asked["cancel"])
        else:
            folder = os.path.join(self._folder, str(asked["id"]))
            limits = {key: self._settings[key] for key in _JOB}
            self._queue.append(Job(**asked, server=os.getpid(), folder=folder, **limits))

    def _cancel(self, number: int) -> None:
        """End a job that nobody waits for: drop it from the queue, or kill its child; the reply comes as always."""
        for job in [job for job in self._queue if job.id == number]:
            self._queue.remove(job)
            self._tell({"id": number, "failed": "cancelled"})
        for running in self._running.values():
            if running.job.id == number:
                running.over = "cancelled"

    def _start(self) -> None:
        if _FORKS and not self._warm and len(self._queue) >= _WORTH_WARMING:
            warm.up(self._settings["preload"], self._settings["later"])
            self._warm = True
        while self._queue and len(self._running) < self._settings["jobs"]:
            job = self._queue.popleft()
            try:
                os.makedirs(job.folder)
                running = self._fork(job) if _FORKS else _spawn(job)
            except OSError as error:  # no process, no space: this job's bad luck, perhaps not the next one's
                self._tell({"id": job.id, "failed": str(error)})
            else:
                self._running[running.pid] = running

    def _fork(self, job: Job) -> _Running:
        gc.freeze()
        pid = os.fork()
        if pid == 0:
            os.close(self._replies)
            child.main(job)
        return _Running(job, pid, time.monotonic() + job.timeout + _GRACE)

    def _check(self) -> None:
        for pid, running in list(self._running.items()):
            running.over = running.over or _over(running)
            if running.over:
                processes.kill(pid)
            status = _status(running)
            if status is not None:
                del self._running[pid]
                self._reply(running, status)
        processes.kill_strays(self._running)  # a child adopts what it leaves behind while it lives: these are nobody's

    def _reply(self, running: _Running, status: int) -> None:
        job = running.job
        reply = {"id": job.id, "status": status, "over": running.over, **job.left()}
        remove(job.folder)
        self._tell(reply)

    def _tell(self, reply: dict[str, Any]) -> None:
        rest = json.dumps(reply).encode() + b"\n"
        while rest:
            rest = rest[os.write(self._replies, rest) :]


def _over(running: _Running) -> str:
    """Which limit the child is past, if any."""
    if time.monotonic() > running.deadline:
        return "time"
    with contextlib.suppress(OSError):
        if os.stat(running.job.capture).st_size > 2 * running.job.output:
            return "output"
    return ""


def _spawn(job: Job) -> _Running:
    order = Path(job.folder, "job.json")
    order.write_text(json.dumps(asdict(job)), encoding="utf-8")
    command = [sys.executable, "-P", "-m", "docrun.worker.child", str(order)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
    return _Running(job, process.pid, time.monotonic() + job.timeout + 5 * _GRACE, process=process)


def _status(running: _Running) -> int | None:
    """The exit status of a child that ended; what is left of its group is killed."""
    if hasattr(os, "waitid"):
        if not processes.ended(running.pid):
            return None
        processes.kill_group(running.pid)  # before its number is free
    if running.process:
        status = running.process.poll()
    else:
        pid, waited = os.waitpid(running.pid, os.WNOHANG)
        status = os.waitstatus_to_exitcode(waited) if pid else None
    if status is not None and not hasattr(os, "waitid"):
        processes.kill_group(running.pid)
    return status


def main() -> None:
    """Serve on stdin; replies go to what is stdout now, and what libraries print goes to stderr."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the host's affair
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    processes.become_subreaper()
    replies = os.dup(1)
    os.dup2(2, 1)
    settings = json.loads(os.fdopen(0, "rb", 0, closefd=False).readline())
    if settings["nice"]:
        os.nice(settings["nice"])
    with contextlib.suppress(BrokenPipeError):
        Server(settings, replies).serve()


if __name__ == "__main__":
    main()
    os._exit(0)  # torch's teardown takes half a second, and the host waits
