"""A session that lives for hours, as under ``mkdocs serve``: whatever changes, nothing out of date is kept."""

from __future__ import annotations

import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from docrun import Fault, Record, Session, tidy
from project import Project

pytestmark = pytest.mark.usefixtures("visible")

FIGURE = """
    import matplotlib.pyplot as plt
    plt.plot([1, 2])
"""


def record(session: Session, path: str) -> Record:
    outcome = session.outcome(path)
    assert isinstance(outcome, Record), outcome
    return outcome


def until(true: Any, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_an_edited_style_is_used_by_a_server_that_runs(project: Project) -> None:
    project.write("style", "lines.linewidth: 1\n")
    path = project.program("a", FIGURE)
    with project.session(style="style", preload=["matplotlib"]) as session:
        thin = record(session, path).sections["one"].drawings[0].body
        project.write("style", "lines.linewidth: 7\n")
        session.forget()
        thick = record(session, path).sections["one"].drawings[0].body
    with project.session(style="style") as session:
        assert record(session, path).sections["one"].drawings[0].body == thick != thin
        assert session.ran == 0


def test_a_style_may_come_and_name_other_colours(project: Project) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path style="stroke: #123456"/></svg>'
    assert "--docrun-fg" not in tidy(svg, "a", "text.color: 654321").body
    assert "--docrun-fg" in tidy(svg, "a", "text.color: 123456").body


def test_a_file_edited_while_its_program_runs_is_not_taken_for_what_it_read(project: Project, tmp_path: Path) -> None:
    started, go = tmp_path / "started", tmp_path / "go"
    project.write("snippets/data.csv", "old\n")
    text = f"""
        import pathlib, time
        print(pathlib.Path(__file__).with_name("data.csv").read_text())
        pathlib.Path({str(started)!r}).touch()
        while not pathlib.Path({str(go)!r}).exists(): time.sleep(0.01)
    """
    path = project.program("a", text)
    with project.session() as session:
        session.prefetch([path])
        until(started.exists)
        project.write("snippets/data.csv", "new\n")
        go.touch()
        assert record(session, path).sections["one"].text.strip() == "new"
    with project.session() as session:
        assert record(session, path).sections["one"].text.strip() == "new"


def test_the_run_of_an_old_text_ends_when_a_new_one_is_wanted(project: Project) -> None:
    path = project.program("a", "while True: pass")
    with project.session(timeout=60.0, jobs=1) as session:
        session.start([path])
        until(project.processes)
        project.program("a", "print('mended')")
        session.forget()
        began = time.monotonic()
        session.start([path])
        assert record(session, path).sections["one"].text == "mended\n"
        assert time.monotonic() - began < 30, "it does not wait for the time limit of the old one"
        until(lambda: len(session.runs) == 0)


def test_a_run_of_the_same_text_is_not_started_again(project: Project) -> None:
    path = project.program("a", "import time\ntime.sleep(0.5)\nprint(1)")
    with project.session() as session:
        session.start([path])
        session.forget()
        session.start([path])
        assert record(session, path)
        assert session.ran == 0


def test_eviction_before_any_run_keeps_what_pages_show(project: Project) -> None:
    project.write("style", "lines.linewidth: 3\n")
    path = project.program("a", "print(1)")
    project.page("a", "a.py:one")
    with project.session(style="style") as session:
        record(session, path)
    with project.session(style="style") as session:
        assert session.evict() == 0
        assert session.cached(path)


def test_a_new_file_in_a_folder_that_was_listed_runs_the_program_again(project: Project) -> None:
    project.write("snippets/data/a.csv", "1\n")
    listing = "import pathlib\nprint(sorted(p.name for p in pathlib.Path(__file__).with_name('data').iterdir()))"
    path = project.program("a", listing)
    with project.session() as session:
        record(session, path)
    project.write("snippets/data/b.csv", "2\n")
    with project.session() as session:
        assert record(session, path).sections["one"].text == "['a.csv', 'b.csv']\n"


@pytest.mark.parametrize(
    "question",
    [
        "pathlib.Path(__file__).with_name('x.csv').exists()",
        "os.path.isfile(os.path.join(os.path.dirname(__file__), 'x.csv'))",
        "bool(list(pathlib.Path(__file__).parent.glob('x.*')))",
    ],
)
def test_a_file_that_was_missing_and_comes_runs_the_program_again(project: Project, question: str) -> None:
    path = project.program("a", f"import os, pathlib\nprint({question})")
    with project.session() as session:
        assert record(session, path).sections["one"].text == "False\n"
    project.write("snippets/x.csv", "1\n")
    with project.session() as session:
        assert record(session, path).sections["one"].text == "True\n"


def test_a_module_that_comes_to_stand_before_an_imported_one_runs_the_program_again(project: Project) -> None:
    path = project.program("a", "import colorsys\nprint(hasattr(colorsys, 'ours'))")
    with project.session() as session:
        assert record(session, path).sections["one"].text == "False\n"
    project.write("snippets/colorsys.py", "ours = 1\n")
    with project.session() as session:
        assert record(session, path).sections["one"].text == "True\n"


def test_a_checkout_inside_an_environment_is_still_the_authors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "environment").mkdir()
    project = Project(tmp_path / "environment")
    project.write("snippets/_beside.py", "VALUE = 1\n")
    path = project.program("a", "from _beside import VALUE\nprint(VALUE)")
    writes = project.program("b", "import pathlib\npathlib.Path(__file__).with_name('new').touch()")
    start = subprocess.Popen

    def elsewhere(command: list[str], **options: Any) -> Any:
        prefix = f"import sys; sys.prefix = {str(tmp_path)!r}; from docrun.worker import server; server.main()"
        return start([*command[:-2], "-c", prefix], **options)

    monkeypatch.setattr("docrun.host.pool.subprocess.Popen", elsewhere)
    with project.session() as session:
        assert "snippets/_beside.py" in record(session, path).files
        assert "may not change the checkout" in str(session.outcome(writes))


def test_after_a_server_that_could_not_start_the_next_question_is_answered(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = project.program("a", "print(1)")

    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(11, "Resource temporarily unavailable")

    with project.session() as session:
        with monkeypatch.context() as broken:
            broken.setattr("docrun.host.pool.subprocess.Popen", refuse)
            for _ in range(2):
                assert "could not start its server" in str(session.outcome(path))
        assert record(session, path)
    project.nothing_left()


def test_an_idle_pool_of_threads_is_no_fault(project: Project) -> None:
    text = """
        from concurrent.futures import ThreadPoolExecutor
        pool = ThreadPoolExecutor(2)
        print(pool.submit(abs, -1).result())
    """
    with project.session() as session:
        assert record(session, project.program("a", text)).sections["one"].text == "1\n"


DAEMON = """
    import os, time
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(60)
        os._exit(0)
    os.wait()
    print("started")
"""


def test_a_daemon_that_a_program_leaves_is_a_fault_and_ends(project: Project) -> None:
    path, other = project.program("a", DAEMON), project.program("b", "import time\ntime.sleep(3)")
    with project.session() as session:
        session.prefetch([path, other])
        outcome = session.outcome(path)
        assert isinstance(outcome, Fault) and "a process still running" in outcome.cause
        assert session.cached(path) is None
        until(lambda: len(project.processes()) <= 2)  # the server and the other program
        assert record(session, other)


def test_a_killed_server_leaves_no_folder(project: Project) -> None:
    path = project.program("a", "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nimport time\ntime.sleep(9)")
    with project.session() as session:
        assert "signal 9" in str(session.outcome(path))
        project.nothing_left()


def test_a_program_gets_no_secret(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", "secret")
    monkeypatch.setenv("WANTED", "yes")
    path = project.program("a", "import os\nprint('API_TOKEN' in os.environ, os.environ.get('WANTED'))")
    with project.session() as session:
        assert record(session, path).sections["one"].text == "False None\n"
    with project.session(environment=["WANTED"]) as session:
        assert record(session, path).sections["one"].text == "False yes\n"
    monkeypatch.setenv("WANTED", "no")
    with project.session(environment=["WANTED"]) as session:
        assert record(session, path).sections["one"].text == "False no\n"


def test_a_file_may_not_grow_without_end(project: Project) -> None:
    path = project.program("a", "with open('big', 'wb') as file:\n    file.write(bytes(3 << 20))\nprint(1)")
    with project.session(written=2) as session:
        assert "File too large" in str(session.outcome(path))
    with project.session(written=4) as session:
        assert record(session, path)


@pytest.mark.parametrize(
    "draw", ["random.random()", "np.random.rand()", "np.random.default_rng().random()", "torch.rand(1).item()"]
)
def test_random_numbers_without_a_seed_are_a_fault(project: Project, draw: str) -> None:
    imports = {"ra": "import random", "np": "import numpy as np", "to": "import torch"}[draw[:2]]
    shown = project.program("shown", f"{imports}\nprint({draw})")
    hidden = project.program("hidden", f"{imports}\nprint({draw} < 2)")
    seeds = {"ra": "random.seed(1)", "np": "np.random.seed(1)", "to": "torch.manual_seed(1)"}[draw[:2]]
    seeded = project.program("seeded", f"{imports}\n{seeds}\nprint({draw.replace('rng()', 'rng(3)')})")
    with project.session() as session:
        fault = str(session.outcome(shown))
        assert fault.startswith("snippets/shown.py: a second run shows something else")
        assert "without a seed" in fault
        assert record(session, hidden)
        assert not record(session, seeded).unseeded


def test_a_figure_keeps_the_words_of_its_title(project: Project) -> None:
    title = 'svg:a ns0:b xmlns="http://www.w3.org/2000/svg"  two  blanks'
    text = f"import matplotlib.pyplot as plt\nplt.figure()\nplt.title({title!r})"
    with project.session() as session:
        body = record(session, project.program("a", text)).sections["one"].drawings[0].body
    assert title.replace("  ", " ") in body.replace("&quot;", '"').replace("  ", " ")
    assert "ns0:path" not in body and "svg:path" not in body


def test_what_is_printed_outside_the_sections_is_known(project: Project) -> None:
    path = project.program("a", "print(1)")
    file = project.root / path
    file.write_text(file.read_text() + "print('outside')\n")
    plain = project.write("snippets/plain.py", "print('no marks')\n")
    assert "outside" in project.run("run", str(file)).output
    result = project.run("run", str(plain))
    assert "no marks" in result.output and "has no section" in result.output


def test_the_command_finds_its_project_from_a_folder_below(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from docrun.cli import main

    project.program("a", "print(1)")
    project.page("a", "a.py:one")
    below = project.root / "docs"
    monkeypatch.chdir(below)
    for name, value in project.environment.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(main, ["check"])
    assert result.exit_code == 0 and result.stdout.startswith("1 pages")
    assert threading.active_count() < 20
