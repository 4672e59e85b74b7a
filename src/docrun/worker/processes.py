"""Processes: a child leads a group of its own, and nothing that descends from it outlives its run."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from collections.abc import Callable, Container
from pathlib import Path

_SET_PDEATHSIG, _SET_CHILD_SUBREAPER = 1, 36  # prctl(2), Linux


def become_subreaper() -> None:
    """Become the parent of every descendant whose own parent ends (Linux)."""
    _prctl(_SET_CHILD_SUBREAPER, 1)


def start_session(parent: int) -> None:
    """Lead a session of one's own, and die with the parent (Linux); leave at once if it is dead already."""
    if hasattr(os, "setsid"):
        with contextlib.suppress(PermissionError):  # already a leader: started as a process, not forked
            os.setsid()
    _prctl(_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def kill(pid: int) -> None:
    """Kill a child that was not reaped yet, and its whole group; before it leads one, the child alone."""
    if not kill_group(pid):
        _signal(os.kill, pid)


def kill_group(pid: int) -> bool:
    """Kill what is left of the group that a child leads; false where there is no such group."""
    return hasattr(os, "killpg") and _signal(os.killpg, pid)


def ended(pid: int) -> bool:
    """Whether a child ended; it stays unreaped, so that its number is not given to another."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def kill_strays(known: Container[int]) -> None:
    """Kill adopted descendants until there is none: those that outlived the child that started them."""
    while strays := [pid for pid in children() if pid not in known]:
        for pid in strays:
            kill(pid)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def children() -> list[int]:
    """The children of this process, adopted ones included (Linux; elsewhere none is seen)."""
    found: list[int] = []
    for thread in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, thread.read_text().split())
    return found


def alive(pid: int) -> bool:
    """Whether a process runs: it exists and is not one that only waits to be reaped (Linux)."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def _signal(send: Callable[[int, int], None], pid: int) -> bool:
    try:
        send(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _prctl(option: int, value: int) -> None:
    with contextlib.suppress(AttributeError, TypeError, OSError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
