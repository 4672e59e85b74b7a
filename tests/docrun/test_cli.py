"""The shell command: what it says and how it ends."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from docrun import Settings
from docrun.errors import SettingsError
from project import Project

COMMAND = ("-c", "from docrun.cli import main; main()")


@pytest.fixture
def good(project: Project) -> Project:
    project.program("a", "print('hello')", "x = 1")
    project.page("a", "a.py:one")
    return project


def test_check_of_a_good_project(good: Project) -> None:
    result = good.run("check")
    assert result.exit_code == 0
    assert result.stdout == "1 pages, 1 examples, 1 programs, 1 of them ran, 0 faults\n"
    assert result.stderr == "programs 1/1\n"
    result = good.run("check")
    assert result.stdout == "1 pages, 1 examples, 1 programs, 0 of them ran, 0 faults\n"
    assert result.stderr == ""


def test_check_of_an_empty_project(project: Project) -> None:
    result = project.run("check")
    assert result.exit_code == 1
    assert "has no pages below docs" in result.output


def test_run_shows_what_each_section_said(good: Project) -> None:
    good.program("b", "print('one', end='')", "import warnings\nwarnings.warn('odd')")
    result = good.run("run", str(good.root / "snippets/b.py"))
    assert result.exit_code == 0
    assert result.stdout == "── snippets/b.py:one\none\n── snippets/b.py:two\n"
    assert "snippets/b.py:7: UserWarning: odd" in result.stderr


def test_run_of_a_program_that_fails(good: Project) -> None:
    good.program("b", "1 / 0")
    result = good.run("run", str(good.root / "snippets/b.py"), str(good.root / "snippets/a.py"))
    assert result.exit_code == 1
    assert "── snippets/a.py:one\nhello\n" in result.stdout
    assert "snippets/b.py:2: ZeroDivisionError: division by zero" in result.stderr


def test_run_of_a_program_that_is_not_there(good: Project) -> None:
    result = good.run("run", str(good.root / "snippets/no.py"))
    assert result.exit_code == 1
    assert "snippets/no.py: no such program" in result.stderr
    result = good.run("run", "/elsewhere/no.py")
    assert result.exit_code == 2
    assert "stands outside" in result.stderr


def test_run_writes_figures_that_open_alone(good: Project) -> None:
    good.program("b", "import matplotlib.pyplot as plt\nplt.plot([1, 2])")
    folder = good.root.parent / "figures"
    result = good.run("run", "--figures", str(folder), str(good.root / "snippets/b.py"))
    assert re.search(r"\[figure, [\d.]+ × [\d.]+ px\]", result.stdout)
    assert ElementTree.parse(folder / "b-one.svg").getroot().tag.endswith("svg")


def test_status_runs_nothing(good: Project) -> None:
    good.program("broken", "x = (")
    good.page("b", "broken.py:one")
    said = good.run("status").stdout
    assert "will run  snippets/a.py" in said
    assert "fault  snippets/broken.py:2: SyntaxError" in said
    good.run("check")
    result = good.run("status")
    assert re.search(r"\d\.\d\d s  snippets/a\.py", result.stdout)
    assert result.exit_code == 0


def test_clean_removes_the_cache(good: Project) -> None:
    good.run("check")
    assert (good.root / ".cache/docrun").exists()
    assert good.run("clean").exit_code == 0
    assert not (good.root / ".cache/docrun").exists()
    assert good.run("clean").exit_code == 0


def test_a_terminal_gets_a_progress_bar(good: Project) -> None:
    master, slave = pty.openpty()

    process = subprocess.Popen(
        [sys.executable, *COMMAND, "check"],
        cwd=good.root,
        stderr=slave,
        stdout=subprocess.PIPE,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(slave)
    process.communicate(timeout=30)
    said = os.read(master, 10_000).decode()
    os.close(master)
    assert "\r\x1b[Kprograms 1/1\r\n" in said, "one line that is renewed"
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("tiemout = 3", "has no setting 'tiemout'; it knows docs, programs"),
        ("timeout = 0", "timeout must be a number above 0, not 0"),
        ("timeout = true", "timeout must be a number above 0, not True"),
        ("timeout = inf", "timeout must be a number above 0, not inf"),
        ("timeout = nan", "timeout must be a number above 0, not nan"),
        ("memory = 0", "memory must be a whole number from 1, not 0"),
        ("output = 1.5", "output must be a whole number from 1, not 1.5"),
        ("jobs = -1", "jobs must be a whole number from 0, not -1"),
        ('docs = "docs"', "docs must be a list of strings, not 'docs'"),
        ("docs = [1]", "docs must be a list of strings"),
        ("cache = 1", "cache must be a string"),
        ('style = "no.mplstyle"', "style: there is no file 'no.mplstyle'"),
        ("x = [", "pyproject.toml: "),
    ],
)
def test_a_wrong_setting_is_named(project: Project, toml: str, said: str) -> None:
    project.write("pyproject.toml", f"[tool.docrun]\n{toml}\n")
    result = project.run("check")
    assert result.exit_code == 1
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_settings_that_are_no_table(project: Project) -> None:
    project.write("pyproject.toml", "[tool]\ndocrun = 3\n")
    with pytest.raises(SettingsError, match="must be a table"):
        Settings.load(project.root)
    project.write("pyproject.toml", b"\xff")
    with pytest.raises(SettingsError, match=r"pyproject\.toml"):
        Settings.load(project.root)


def test_no_settings_are_the_defaults(project: Project) -> None:
    (project.root / "pyproject.toml").unlink()
    settings = Settings.load(project.root, jobs=3)
    assert (settings.timeout, settings.parallel, settings.docs) == (30.0, 3, ("docs",))
