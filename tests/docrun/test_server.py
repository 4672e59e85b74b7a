"""The server process and the host's end of it: whatever happens there, every program gets an answer."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from docrun import Fault, Record, Session
from project import Project

pytestmark = pytest.mark.usefixtures("visible")

Change = Callable[[str], None]


@pytest.fixture
def changed_server(monkeypatch: pytest.MonkeyPatch) -> Change:
    """Start servers that first run a line of code of the test's."""
    start = subprocess.Popen

    def change(code: str) -> None:
        def popen(command: list[str], **options: Any) -> Any:
            before = f"from docrun.worker import server, processes, child, sandbox\nimport os\n{code}\nserver.main()"
            return start([*command[:-2], "-c", before], **options)

        monkeypatch.setattr("docrun.host.pool.subprocess.Popen", popen)

    return change


def _server(session: Session) -> int:
    server = session.runs.pool._server
    assert server
    return server._process.pid


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _until(true: Callable[[], Any], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_killed_server_is_told_and_replaced(project: Project) -> None:
    slow = project.program("slow", "import time\ntime.sleep(60)")
    quick = project.program("quick", "print(1)")
    with project.session() as session:
        session.prefetch([slow])
        server = _server(session)
        _until(lambda: _children(server))
        (child,) = _children(server)
        os.kill(server, signal.SIGKILL)
        assert str(session.outcome(slow)) == f"{slow}: the server process of docrun ended: signal 9 (Killed)"
        assert isinstance(session.outcome(quick), Record)
        _until(lambda: child not in project.processes())
    assert not project.processes()


def test_a_terminated_server_cleans_up(project: Project) -> None:
    slow = project.program("slow", "import time\ntime.sleep(60)")
    with project.session() as session:
        session.prefetch([slow])
        _until(lambda: _children(_server(session)))
        os.kill(_server(session), signal.SIGTERM)
        assert "the server process of docrun ended: status 1" in str(session.outcome(slow))
    project.nothing_left()


def test_programs_given_to_a_dying_server_get_an_answer(project: Project, changed_server: Change) -> None:
    changed_server("os._exit(7)")
    paths = [project.program(f"p{number}", f"x = {number}\n" + "# long\n" * 20_000) for number in range(5)]
    with project.session() as session:
        session.prefetch(paths)
        for path in paths:
            assert str(session.outcome(path)) == f"{path}: the server process of docrun ended: status 7"


def test_a_library_that_cannot_be_preloaded_is_named(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    path = project.program("a", "print(1)")
    with project.session(preload=["no_such_library"]) as session:
        fault = str(session.outcome(path))
    assert fault.endswith("docrun ended: ModuleNotFoundError: No module named 'no_such_library'")
    assert "Traceback" not in capfd.readouterr().err
    project.nothing_left()


def test_what_a_preloaded_library_prints_harms_nobody(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("lib/noisy.py", "import os\nprint('hello')\nos.write(1, b'world\\n')\n")
    monkeypatch.setenv("PYTHONPATH", str(project.root / "lib"))
    path = project.program("a", "print(1)")
    with project.session(preload=["noisy"]) as session:
        assert isinstance(session.outcome(path), Record)


@pytest.mark.parametrize(
    "said", [b"garbage\n", b"[]\n", b"3\n", b'{"id": 77}\n', b'{"id": []}\n', b"\xff\xfe\n", b"\n", b"{}\n"]
)
def test_garbage_from_the_server_harms_nobody(
    project: Project, changed_server: Change, said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    changed_server(f"os.write(1, {said!r})")
    path = project.program("a", "print(1)")
    with project.session() as session:
        assert isinstance(session.outcome(path), Record)
    assert ("cannot be understood" in caplog.text) == (said != b"{}\n")


def test_a_garbled_result_is_a_fault(project: Project, changed_server: Change) -> None:
    changed_server("from docrun.worker import job\njob._text = lambda *_: '{'")
    with project.session() as session:
        assert "docrun does not understand its server" in str(session.outcome(project.program("a", "x = 1")))


def test_a_job_that_cannot_start_is_a_fault_and_the_next_one_runs(project: Project, changed_server: Change) -> None:
    changed_server(
        "make = os.makedirs\n"
        "def makedirs(path):\n"
        "    if path.endswith('/1'): raise OSError(28, 'No space left on device')\n"
        "    make(path)\n"
        "os.makedirs = makedirs"
    )
    one, two = (project.program(name, "print(1)") for name in "ab")
    with project.session() as session:
        assert "docrun could not start the program: [Errno 28] No space left" in str(session.outcome(one))
        assert isinstance(session.outcome(two), Record)


def test_no_process_left_to_fork_is_a_fault(project: Project, changed_server: Change) -> None:
    changed_server("def fork(): raise BlockingIOError(11, 'Resource temporarily unavailable')\nos.fork = fork")
    with project.session() as session:
        assert "Resource temporarily unavailable" in str(session.outcome(project.program("a", "x = 1")))


def test_a_child_that_cannot_settle_says_why(project: Project) -> None:
    with project.session(memory=10**15) as session:
        fault = session.outcome(project.program("a", "x = 1"))
    assert isinstance(fault, Fault)
    assert "docrun could not start the program: OverflowError" in fault.cause


def test_a_disk_that_fills_up_at_the_end_is_told(project: Project, changed_server: Change) -> None:
    changed_server(
        "import pathlib\n"
        "def full(*_, **__): raise OSError(28, 'No space left on device')\n"
        "pathlib.Path.write_text = full"
    )
    with project.session() as session:
        fault = session.outcome(project.program("a", "x = 1"))
    assert isinstance(fault, Fault)
    assert "No space left on device" in fault.report


def test_a_vanished_temporary_folder_is_made_again(project: Project) -> None:
    import shutil

    one, two = (project.program(name, "print(1)") for name in "ab")
    with project.session() as session:
        assert isinstance(session.outcome(one), Record)
        for folder in project.temporary.iterdir():
            shutil.rmtree(folder)
        assert isinstance(session.outcome(two), Record)
    project.nothing_left()


def test_a_reaped_childs_number_is_never_killed(project: Project, changed_server: Change) -> None:
    log = project.root / "kills"
    changed_server(
        f"log = open({str(log)!r}, 'a', buffering=1)\n"
        "reaped = set()\n"
        "wait, kill = os.waitpid, os.kill\n"
        "def waitpid(pid, flags):\n"
        "    got = wait(pid, flags)\n"
        "    reaped.add(got[0])\n"
        "    return got\n"
        "def watched(name, send):\n"
        "    def send_it(pid, number):\n"
        "        print(name, pid in reaped, file=log)\n"
        "        send(pid, number)\n"
        "    return send_it\n"
        "os.waitpid, os.kill, os.killpg = waitpid, watched('kill', os.kill), watched('killpg', os.killpg)"
    )
    with project.session(timeout=0.3) as session:
        session.outcome(project.program("a", "import subprocess\nsubprocess.Popen(['sleep', '60'])"))
        session.outcome(project.program("b", "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)"))
    lines = log.read_text().splitlines()
    assert lines
    assert not [line for line in lines if line.endswith("True")]
    project.nothing_left()


def test_a_host_that_only_imports_the_runner_starts_nothing(project: Project) -> None:
    with project.session() as session:
        session.prefetch([])
        assert session.runs.pool._server is None
        assert not project.processes()


def test_a_session_can_be_closed_twice_and_used_again(project: Project) -> None:
    session = project.session()
    session.outcome(project.program("a", "x = 1"))
    session.close()
    session.close()
    assert isinstance(session.outcome(project.program("b", "x = 2")), Record)
    session.close()
    project.nothing_left()


def test_closing_while_programs_run_ends_them(project: Project) -> None:
    paths = [project.program(f"p{number}", f"import time\ntime.sleep({60 + number})") for number in range(4)]
    session = project.session()
    session.prefetch(paths)
    _until(lambda: _children(_server(session)))
    session.close()
    assert all(isinstance(session.outcome(path), Fault) for path in paths)
    project.nothing_left()


HOST = """
import sys
from docrun import Record, Session, Settings

print("host starts")
session = Session(Settings.load({root!r}))
outcome = session.outcome("snippets/a.py")
assert isinstance(outcome, Record), outcome
print(outcome.sections["one"].text, end="")
"""


def test_an_unguarded_host_is_never_imported_again(project: Project) -> None:
    project.program("a", "import multiprocessing\nprint('program', __name__)")
    host = project.write("host.py", HOST.format(root=str(project.root)))
    process = project.start("-W", "error", str(host))
    said, _ = process.communicate(timeout=30)
    assert said == "host starts\nprogram __main__\n"
    assert process.returncode == 0
    project.nothing_left()
