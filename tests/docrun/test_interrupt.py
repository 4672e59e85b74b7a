"""An author presses Ctrl-C, a machine kills, a program vanishes under ``serve``: nothing is left, nothing breaks."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from project import Project

CHECK = ("-c", "from docrun.cli import main; main()", "check")
BUILD = ("-m", "mkdocs", "build")


def until(true: Callable[[], object], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("command", [CHECK, BUILD], ids=["check", "build"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=["INT", "TERM", "KILL"])
def test_an_interrupted_run_leaves_nothing(tmp_path: Path, command: tuple[str, ...], number: signal.Signals) -> None:
    project = Project(tmp_path, timeout=60.0, jobs=2)
    project.site()
    started = tmp_path / "started"
    text = f"""
        import pathlib, subprocess, time
        subprocess.Popen(["sleep", "70"])
        subprocess.Popen(["sleep", "71"], start_new_session=True)
        pathlib.Path({str(started)!r}).touch()
        time.sleep(60)
    """
    project.program("a", text)
    project.program("b", "import time\nwhile True: time.sleep(0.01)")
    project.page("a", "a.py:one", "b.py:one")
    process = project.start(*command)
    until(started.exists)
    process.send_signal(number)
    process.communicate(timeout=15)
    assert process.returncode != 0
    project.nothing_left(10)
    assert not list((project.root / "site").rglob("a/index.html"))


class Serving:
    """A running ``mkdocs serve``."""

    def __init__(self, project: Project) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.log = project.root.parent / "serve.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mkdocs", "serve", "-a", f"127.0.0.1:{port}", "--livereload"],
                cwd=project.root,
                env=project.all_environment,
                stdout=log,
                stderr=log,
            )

    def page(self) -> str:
        try:
            with urllib.request.urlopen(f"{self.address}/tiny/a/", timeout=5) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return ""

    def ran(self) -> list[str]:
        """What each build said of the programs that ran."""
        lines = self.log.read_text().splitlines()
        return [line.partition("docrun: ")[2].partition(" programs")[0] for line in lines if "programs ran" in line]


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[tuple[Project, Serving]]:
    project = Project(tmp_path, timeout=10.0)
    project.site()
    project.program("a", "print('shown')")
    project.page("a", "a.py:one")
    server = Serving(project)
    try:
        until(lambda: "<code>shown</code>" in server.page())
        yield project, server
    finally:
        server.process.send_signal(signal.SIGINT)
        server.process.wait(15)
    project.nothing_left(10)


def test_a_program_that_vanishes_while_serving(serving: tuple[Project, Serving]) -> None:
    project, server = serving
    file = project.root / "snippets/a.py"
    text = file.read_text()
    file.unlink()
    until(lambda: "docs/a.md:3 → snippets/a.py: no such program" in server.page())
    assert 'class="docrun-error"' in server.page()
    assert server.process.poll() is None
    file.write_text(text)
    until(lambda: "<code>shown</code>" in server.page())
    assert "docrun-error" not in server.page()
    file.write_text(text.replace("'shown'", "1 / 0"))
    until(lambda: "ZeroDivisionError: division by zero" in server.page())
    file.write_text(text)
    until(lambda: "<code>shown</code>" in server.page())
    assert server.ran()[-1] == "0", "the first run is still in the cache"


def test_prose_edited_while_serving_runs_no_program(serving: tuple[Project, Serving]) -> None:
    project, server = serving
    assert server.ran() == ["1", "0"], "a placeholder first, then what it did"
    page = project.root / "docs/a.md"
    page.write_text(page.read_text() + "\nMore prose.\n")
    until(lambda: "More prose." in server.page())
    assert server.ran()[2:] == ["0"]


def test_a_newcomer_sees_the_home_page_before_all_programs_have_run(tmp_path: Path) -> None:
    project = Project(tmp_path, timeout=60.0)
    project.site()
    config = (project.root / "mkdocs.yml").read_text()
    project.write("mkdocs.yml", config.replace("plugins:\n", "plugins:\n  - sitekit\n"))
    for number in range(10):
        project.program(f"p{number}", f"import time\ntime.sleep({5 * (number == 9)})\nprint('said {number}')")
    project.page("a", *(f"p{number}.py:one" for number in range(10)))
    server = Serving(project)
    try:
        until(lambda: server.page())
        assert "is being built" in server.page() or "docrun-pending" in server.page()
        until(lambda: "<code>said 9</code>" in server.page(), 40)
        assert "docrun-pending" not in server.page()
        assert server.ran()[0] == "10" and set(server.ran()[1:]) == {"0"}, "each program ran once"
        builds = len(server.ran())
        time.sleep(3)
        assert len(server.ran()) <= builds + 1, "and then it is quiet: to read a file is no change"
    finally:
        server.process.send_signal(signal.SIGINT)
        server.process.wait(15)
    project.nothing_left(10)
