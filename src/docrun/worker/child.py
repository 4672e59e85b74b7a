"""Run one program as ``__main__`` in this process, which is its own, and write down what it did.

The process never returns to its caller: it leaves by ``os._exit``, so nothing of it reaches another program.
``python -m docrun.worker.child JOB.json`` is the way in where processes cannot be forked.
"""

from __future__ import annotations
import __future__

import ast
import contextlib
import faulthandler
import json
import os
import sys
import time
import types
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from docrun.author.program import Program, cut, parse
from docrun.errors import ProgramError
from docrun.record import Drawing, Shown
from docrun.worker import figures, leftovers, sandbox
from docrun.worker.job import Job
from docrun.worker.trace import Stop, Trace, explain
from docrun.worker.watch import Watch


def main(job: Job) -> NoReturn:
    """Do the job, write its result, leave."""
    own, status = os.getpid(), 1
    try:
        result = _result(job)
        if os.getpid() == own:  # or the program forked, and this copy of it ended too
            faulthandler.cancel_dump_traceback_later()
            part = job.result.with_suffix(".part")
            part.write_text(json.dumps(result), encoding="utf-8")
            part.replace(job.result)
        status = int("fault" in result)
    except BaseException as error:
        os.write(2, f"docrun: {type(error).__name__}: {error}\n".encode("utf-8", "backslashreplace"))
    finally:
        os._exit(status)


def _result(job: Job) -> dict[str, Any]:
    began = time.perf_counter()
    try:
        sandbox.enter(job)
        watch = Watch(job)
        program = cut(job.path, job.text)
        parse(job.path, job.text)  # below the watch: what Python warns of here is the program's
        _ = program.tree  # the marks may not fit
    except ProgramError as error:
        place = error.fault.program
        return {"fault": asdict(Trace(error.fault.cause, place.line if place else None)), **watch.findings()}
    except Exception as error:
        cause = f"docrun could not start the program: {type(error).__name__}: {error}"
        return {"fault": asdict(Trace(cause, None))}
    try:
        run = _Run(job, program, watch)
        shown = run.all()
        leftovers.refuse(program)
    except Stop as stop:
        return {"fault": asdict(stop.trace), **watch.findings()}
    sections = {name: asdict(section) for name, section in shown.items()}
    seconds = time.perf_counter() - began
    return {"sections": sections, "outside": run.outside, **watch.findings(), "seconds": seconds}


class _Run:
    """The statements of a program, one after the other, and what each section showed."""

    def __init__(self, job: Job, program: Program, watch: Watch) -> None:
        self.job = job
        self.watch = watch
        self.program = program
        self.file = str(Path(job.root, job.path))
        self.line = os.open(job.progress, os.O_WRONLY | os.O_CREAT)
        self.module = types.ModuleType("__main__")
        self.module.__dict__.update(__file__=self.file, __builtins__=__builtins__, __spec__=None)
        sys.modules["__main__"] = self.module
        sys.argv = [self.file]
        sys.path.insert(0, str(Path(self.file).parent))
        self.flags = 0
        self.shown: dict[str, Shown] = {}
        self.outside = ""  # printed by code that no section shows
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
        self.watch.line = statement.lineno
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            for alias in statement.names:
                self.flags |= getattr(__future__, alias.name).compiler_flag
        with _errors_end_the_run(self.job, statement.lineno):
            module = ast.Module([statement], [])
            exec(compile(module, self.file, "exec", self.flags, dont_inherit=True), self.module.__dict__)

    def _collect(self, name: str | None, line: int) -> None:
        self.watch.line = line
        with _errors_end_the_run(self.job, line):
            sandbox.flush()
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
        if name is None:
            self.outside += text
        else:
            self.shown[name] = Shown(text, _one_or_named(drawings, name, line))


@contextlib.contextmanager
def _errors_end_the_run(job: Job, line: int) -> Iterator[None]:
    """Any exception ends the run, told for the author; ``line`` is the statement's."""
    try:
        yield
    except BaseException as error:
        sandbox.lift_memory_limit()
        sandbox.flush()
        trace = explain(error, job, line)
        raise Stop(trace.cause, trace.line, trace.detail) from None


def _one_or_named(drawings: tuple[Drawing, ...], name: str, line: int) -> tuple[Drawing, ...]:
    if len({drawing.name for drawing in drawings if drawing.name}) < len(drawings) > 1:
        raise Stop(f"section {name!r} leaves {len(drawings)} figures open; several need names of their own", line)
    return drawings


if __name__ == "__main__":
    main(Job(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
