"""Processes: a child leads a group of its own, and nothing that descends from it outlives its run."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from collections.abc import Callable, Container
from pathlib import Path

_SET_PDEATHSIG, _SET_CHILD_SUBREAPER = 1, 36  # prctl(2), Linux


def adopt() -> None:
    """Become the parent of every descendant whose own parent ends (Linux)."""
    _prctl(_SET_CHILD_SUBREAPER, 1)


def lead(parent: int) -> None:
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
    """Kill adopted descendants until there is none: those that left the group of the child that started them."""
    while strays := [pid for pid in _children() if pid not in known]:
        for pid in strays:
            kill(pid)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _children() -> list[int]:
    own = f"/proc/self/task/{os.getpid()}/children"
    with contextlib.suppress(OSError):
        return [int(pid) for pid in Path(own).read_text().split()]
    return []


def _signal(send: Callable[[int, int], None], pid: int) -> bool:
    try:
        send(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _prctl(option: int, value: int) -> None:
    with contextlib.suppress(AttributeError, TypeError, OSError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
