"""What a child process makes its own before its program starts: session, folder, streams, look, limits.

This keeps programs apart from each other and from the checkout. It does not hold back a hostile program.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import io
import os
import signal
import sys
import tempfile
from pathlib import Path

from docrun.worker import processes
from docrun.worker.job import Job


def enter(job: Job) -> None:
    """Leave everything that is shared with the server or with another program."""
    processes.start_session(job.server)
    processes.become_subreaper()
    for number in (signal.SIGINT, signal.SIGTERM):  # the server has ways of its own with both
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    _folders(job)
    _streams(job)
    _style(job)
    stack = open(job.stack, "w")  # noqa: SIM115 - lives as long as the process
    faulthandler.enable(stack)
    faulthandler.dump_traceback_later(job.timeout, exit=True, file=stack)
    _limits(job)


_reserve = bytearray()


def lift_memory_limit() -> None:
    """End the memory limit: after a MemoryError, telling of it needs memory too."""
    _reserve.clear()
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))


def flush() -> None:
    """Hand on what Python and C extensions have printed and still hold back."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # the program may have put anything in their place
            stream.flush()
    _libc().fflush(None)


def _folders(job: Job) -> None:
    job.work.mkdir()
    temporary = Path(job.folder, "tmp")
    temporary.mkdir()
    os.chdir(job.work)
    os.environ["TMPDIR"] = tempfile.tempdir = str(temporary)
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # for workers, which import from the checkout too


def _streams(job: Job) -> None:
    """Nothing to read; one file for all that is written, by Python or by C, in the order of writing."""
    null = os.open(os.devnull, os.O_RDONLY)
    capture = os.open(job.capture, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for source, target in ((null, 0), (capture, 1), (capture, 2)):
        os.dup2(source, target, inheritable=True)
    os.close(null)
    os.close(capture)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = sys.__stdout__ = _unbuffered(1)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _unbuffered(2)  # type: ignore[misc]
    with contextlib.suppress(ValueError):  # the name is glibc's
        _libc().setvbuf(ctypes.c_void_p.in_dll(_libc(), "stdout"), None, 2, 0)  # 2: _IONBF


def _unbuffered(descriptor: int) -> io.TextIOWrapper:
    raw = io.FileIO(descriptor, "w", closefd=False)
    return io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", write_through=True)


def _style(job: Job) -> None:
    """Give matplotlib the job's style sheet: the one it has from the server's start may be out of date."""
    job.style_file.write_text(job.style, encoding="utf-8")
    os.environ["MATPLOTLIBRC"] = str(job.style_file)  # for an import to come, here or in a worker
    matplotlib = sys.modules.get("matplotlib")
    if matplotlib:
        matplotlib.rc_file(job.style_file)
        matplotlib.rcParamsOrig.update(matplotlib.rcParams)  # what rc_file_defaults goes back to


def _limits(job: Job) -> None:
    try:
        import resource
    except ImportError:  # not a Unix
        return
    _reserve.extend(bytes(8 << 20))  # given back before anything is told
    resource.setrlimit(resource.RLIMIT_DATA, (job.memory * 2**20, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (job.written * 2**20, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)
