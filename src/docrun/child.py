"""Run one program as ``__main__`` in this process, which is its own, and write down what it did.

The process never returns to its caller: it leaves by ``os._exit``, so nothing of it reaches another program.
``python -m docrun.child JOB.json`` is the way in where processes cannot be forked.
"""

from __future__ import annotations
import __future__

import ast
import contextlib
import ctypes
import faulthandler
import gc
import json
import os
import sys
import tempfile
import threading
import time
import types
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from docrun import figures
from docrun.job import Job
from docrun.program import Program, parse
from docrun.record import Drawing, Shown
from docrun.trace import Trace, explain
from docrun.watch import Watch


class Stop(Exception):
    """The run ends here with a fault."""

    def __init__(self, cause: str, line: int | None, detail: str = "") -> None:
        super().__init__(cause)
        self.trace = Trace(cause, line, detail)


def main(job: Job) -> NoReturn:
    """Do the job, write its result, leave."""
    status = 1
    try:
        began = time.perf_counter()
        _settle(job)
        program = parse(job.path, job.text)
        watch = Watch(job)
        result = _account(job, program, watch)
        result["seconds"] = time.perf_counter() - began
        watch.off()
        faulthandler.cancel_dump_traceback_later()
        job.result.with_suffix(".part").write_text(json.dumps(result), encoding="utf-8")
        job.result.with_suffix(".part").replace(job.result)
        status = 0
    finally:
        os._exit(status)


def _account(job: Job, program: Program, watch: Watch) -> dict[str, Any]:
    try:
        shown = _Run(job, program).all()
        _nothing_left(program)
    except Stop as stop:
        return {"fault": asdict(stop.trace)}
    return {"sections": {name: asdict(section) for name, section in shown.items()}, **watch.findings()}


def _settle(job: Job) -> None:
    """Give the process a session, a folder, limits and streams of its own."""
    if hasattr(os, "setsid"):
        with contextlib.suppress(PermissionError):  # already a leader: started as a process, not forked
            os.setsid()
    job.work.mkdir()
    temporary = Path(job.folder, "tmp")
    temporary.mkdir()
    os.chdir(job.work)
    os.environ["TMPDIR"] = tempfile.tempdir = str(temporary)
    null = os.open(os.devnull, os.O_RDONLY)
    capture = os.open(job.capture, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for source, target in ((null, 0), (capture, 1), (capture, 2)):
        os.dup2(source, target, inheritable=True)
    os.close(null)
    os.close(capture)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - lives as long as the process
    sys.stdout = sys.__stdout__ = open(1, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    stack = open(job.stack, "w")  # noqa: SIM115
    faulthandler.enable(stack)
    faulthandler.dump_traceback_later(job.timeout, exit=True, file=stack)
    try:
        import resource
    except ImportError:  # not a Unix
        return
    limit = job.memory * 2**20
    resource.setrlimit(resource.RLIMIT_DATA, (limit, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class _Run:
    """The statements of a program, one after the other, and what each section showed."""

    def __init__(self, job: Job, program: Program) -> None:
        self.job = job
        self.program = program
        self.file = str(Path(job.root, job.path))
        self.line = os.open(job.progress, os.O_WRONLY | os.O_CREAT)
        self.module = types.ModuleType("__main__")
        self.module.__dict__.update(__file__=self.file, __builtins__=__builtins__, __spec__=None)
        sys.modules["__main__"] = self.module
        sys.argv = [self.file]
        sys.path[0:1] = [str(Path(self.file).parent)]
        self.flags = 0
        self.shown: dict[str, Shown] = {}
        self.size = 0

    def all(self) -> dict[str, Shown]:
        body = self.program.tree.body
        for position, statement in enumerate(body):
            self._statement(statement)
            section = self.program.section_at(statement.lineno)
            following = body[position + 1].lineno if position + 1 < len(body) else sys.maxsize
            if not (section and section.holds(following)):  # the last statement of its section, or a hidden one
                self._collect(section.name if section else None, statement.end_lineno or statement.lineno)
        return {section.name: self.shown.get(section.name, Shown()) for section in self.program.sections}

    def _statement(self, statement: ast.stmt) -> None:
        os.pwrite(self.line, b"%8d" % statement.lineno, 0)
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            for alias in statement.names:
                self.flags |= getattr(__future__, alias.name).compiler_flag
        with self._explained(statement.lineno):
            module = ast.Module([statement], [])
            exec(compile(module, self.file, "exec", self.flags, dont_inherit=True), self.module.__dict__)

    @contextlib.contextmanager
    def _explained(self, line: int) -> Any:
        try:
            yield
        except BaseException as error:
            if sys.stdout is not None:
                with contextlib.suppress(Exception):
                    _flush()
            trace = explain(error, self.job, line)
            raise Stop(trace.cause, trace.line, trace.detail) from None

    def _collect(self, name: str | None, line: int) -> None:
        with self._explained(line):
            _flush()
            with open(self.job.capture, "rb") as capture:
                capture.seek(self.size)
                written = capture.read(self.job.output + 1)
            drawings = figures.take(f"{self.job.path}:{name}", self.job.style)
            figures_size = sum(len(drawing.body) for drawing in drawings)
        self.size += len(written)
        if self.size + figures_size > self.job.output:
            limit = f"its limit is {self.job.output:,} bytes of text and figures"
            raise Stop(f"the program wrote too much: {limit}", line)
        text = written.decode("utf-8", "replace")
        if "Traceback (most recent call last)" in text:
            raise Stop("a traceback was printed", line, text[-2000:])
        if name is not None:
            self.shown[name] = Shown(text, _one(drawings, name, line))


def _one(drawings: tuple[Drawing, ...], name: str, line: int) -> tuple[Drawing, ...]:
    if len(drawings) > 1:
        raise Stop(f"section {name!r} leaves {len(drawings)} figures open; one alt text can describe one", line)
    return drawings


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    ctypes.CDLL(None).fflush(None)  # what C extensions printed through stdio


def _nothing_left(program: Program) -> None:
    last = len(program.lines)
    main = threading.main_thread()
    for thread in threading.enumerate():
        if thread is not main and thread.is_alive() and not thread.daemon:
            raise Stop(f"the program ended with a thread still running: {thread.name}", last)
    multiprocessing = sys.modules.get("multiprocessing")
    for process in multiprocessing.active_children() if multiprocessing else ():
        if not process.daemon:
            raise Stop(f"the program ended with a process still running: {process.name}", last)


if __name__ == "__main__":
    gc.disable()
    main(Job(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
