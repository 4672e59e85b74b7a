"""What a program may not leave behind when it ends: threads and processes that still do something."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from docrun.author.program import Program
from docrun.worker import processes
from docrun.worker.trace import Stop

_GRACE = 1.0  # seconds for what is about to end by itself


def refuse(program: Program) -> None:
    """Raise Stop where a thread or a process of the program goes on."""
    last = max((statement.end_lineno or 1 for statement in program.tree.body), default=None)
    _end_idle_pools()
    for kind, left in (("thread", _threads), ("process", _processes)):
        if names := _still_there(left):
            raise Stop(f"the program ended with a {kind} still running: {names[0]}", last)


def _still_there(left: Callable[[], list[str]]) -> list[str]:
    end = time.monotonic() + _GRACE
    while (names := left()) and time.monotonic() < end:
        time.sleep(0.01)
    return names


def _end_idle_pools() -> None:
    """Tell the threads of pools that nothing more will come, as Python itself does at its end, but wait for none."""
    pools: Any = sys.modules.get("concurrent.futures.thread")
    if pools:
        pools._shutdown = True
        for queue in list(pools._threads_queues.values()):
            queue.put(None)


def _threads() -> list[str]:
    main = threading.main_thread()
    return [thread.name for thread in threading.enumerate() if thread is not main and not thread.daemon]


def _processes() -> list[str]:
    """The processes that Python knows and, on Linux, those that have been left to us by their parents."""
    multiprocessing: Any = sys.modules.get("multiprocessing")
    known = multiprocessing.active_children() if multiprocessing else []
    names = [process.name for process in known if not process.daemon]
    spared = {process.pid for process in known} | _helpers()
    return names + [f"number {pid}" for pid in processes.children() if pid not in spared and processes.alive(pid)]


def _helpers() -> set[int | None]:
    """Processes that multiprocessing keeps for itself; they end when this one does."""
    tracker: Any = sys.modules.get("multiprocessing.resource_tracker")
    server: Any = sys.modules.get("multiprocessing.forkserver")
    own = {tracker._resource_tracker._pid} if tracker else set()
    return own | ({server._forkserver._forkserver_pid} if server else set())
