"""What runs again, and what does not."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from docrun import Fault, Record
from docrun.host import versions
from project import Project

METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"


@pytest.fixture
def ran(project: Project) -> Callable[..., int]:
    """Ask for programs in a new session; tell how many of them ran."""

    def ask(*paths: str, **changes: Any) -> int:
        with project.session(**changes) as session:
            session.prefetch(paths)
            session.wait()
            return session.ran

    return ask


def test_a_second_session_runs_nothing(project: Project, ran: Callable[..., int]) -> None:
    paths = [project.program(name, f"print({name!r})") for name in "ab"]
    assert ran(*paths) == 2
    assert ran(*paths) == 0
    with project.session() as session:
        assert isinstance(outcome := session.outcome(paths[0]), Record)
        assert outcome.sections["one"].text == "a\n"
        assert session.runs.pool._server is None


def test_a_failure_is_never_cached(project: Project, ran: Callable[..., int]) -> None:
    path = project.program("a", "1 / 0")
    assert [ran(path), ran(path)] == [1, 1]
    assert not (project.root / ".cache").exists()


def test_a_changed_program_runs_again(project: Project, ran: Callable[..., int]) -> None:
    paths = [project.program(name, "print(1)") for name in "ab"]
    ran(*paths)
    project.program("b", "print(2)")
    assert ran(*paths) == 1


def test_a_changed_local_module_runs_its_programs_again(project: Project, ran: Callable[..., int]) -> None:
    project.write("snippets/_deep.py", "VALUE = 1\n")
    project.write("snippets/_beside.py", "from _deep import VALUE\n")
    paths = [project.program("a", "from _beside import VALUE\nprint(VALUE)"), project.program("b", "print(1)")]
    assert [ran(*paths), ran(*paths)] == [2, 0]
    project.write("snippets/_deep.py", "VALUE = 2\n")
    assert ran(*paths) == 1
    with project.session() as session:
        record = session.outcome(paths[0])
        assert isinstance(record, Record)
        assert record.sections["one"].text == "2\n"


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Install a made-up distribution in some version."""
    folder = tmp_path / "site"
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("PYTHONPATH", str(folder))

    def install(name: str, version: str) -> None:
        shutil.rmtree(folder / f"{name}.dist-info", ignore_errors=True)
        for file, text in (
            (f"{name}.py", "x = 1\n"),
            (f"{name}.dist-info/METADATA", METADATA.format(name=name, version=version)),
            (f"{name}.dist-info/top_level.txt", name + "\n"),
        ):
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text)
        for known in (versions.version, versions.providers, versions._needs):
            known.cache_clear()

    return install


def test_another_version_of_an_imported_distribution_runs_its_programs_again(
    project: Project, library: Callable[[str, str], None], ran: Callable[..., int]
) -> None:
    library("mylib", "1.0")
    library("otherlib", "1.0")
    paths = [project.program("a", "import mylib"), project.program("b", "import otherlib"), project.program("c", "x=1")]
    for preload in ([], ["mylib", "otherlib"]):
        settings = {"preload": preload, "cache": f".cache/{len(preload)}"}
        assert [ran(*paths, **settings), ran(*paths, **settings)] == [3, 0]
        library("mylib", f"2.{len(preload)}")
        assert ran(*paths, **settings) == 1


def test_versions_are_of_what_a_program_imports(
    project: Project, library: Callable[[str, str], None], ran: Callable[..., int]
) -> None:
    library("mylib", "1.0")
    library("otherlib", "1.0")
    project.write("snippets/_beside.py", "import mylib\n")
    paths = [project.program("a", "import _beside"), project.program("b", "import json")]
    with project.session(preload=["mylib", "otherlib"]) as session:
        one, two = map(session.outcome, paths)
    assert isinstance(one, Record) and isinstance(two, Record)
    assert one.versions == {"mylib": "1.0"}
    assert two.versions == {}


def test_versions_are_also_of_what_a_program_imports_by_function(
    project: Project, library: Callable[[str, str], None]
) -> None:
    library("mylib", "1.0")
    path = project.program("a", "import importlib\nimportlib.import_module('mylib')")
    with project.session(preload=["mylib"]) as session:
        record = session.outcome(path)
    assert isinstance(record, Record) and record.versions == {"mylib": "1.0"}


def test_prose_does_not_run_programs(project: Project) -> None:
    project.program("a", "print(1)")
    project.page("a", "a.py:one")
    assert "1 of them ran" in project.run("check").stdout
    page = project.root / "docs/a.md"
    page.write_text(page.read_text().replace("```output", '```output caption="New words"') + "\nMore prose.\n")
    assert "0 of them ran" in project.run("check").stdout


def test_forget_looks_again(project: Project) -> None:
    path = project.program("a", "print(1)")
    with project.session() as session:
        first = session.outcome(path)
        (project.root / path).unlink()
        assert session.outcome(path) is first
        session.forget()
        assert "no such program" in str(session.outcome(path))
        project.program("a", "print(1)")
        session.forget()
        assert session.outcome(path) == first
        assert session.ran == 0


def test_a_cache_that_cannot_be_written_stops_nothing(
    project: Project, ran: Callable[..., int], caplog: pytest.LogCaptureFixture
) -> None:
    project.write(".cache", "a file in the folder's place")
    paths = [project.program(name, "print(1)") for name in "ab"]
    assert [ran(*paths), ran(*paths)] == [2, 2]
    assert caplog.text.count("cannot write the cache") == 2


def test_two_sessions_on_one_project_at_once(project: Project) -> None:
    paths = [project.program(f"p{number}", f"print({number})") for number in range(8)]
    with project.session() as one, project.session() as two:
        for session in (one, two):
            session.prefetch(paths)
        for path in paths:
            first, second = one.outcome(path), two.outcome(path)
            assert isinstance(first, Record) and isinstance(second, Record)
            assert first.sections == second.sections
        one.evict()
    with project.session() as three:
        three.prefetch(paths)
        assert three.ran == 0


def test_evict_keeps_the_programs_of_every_language(project: Project, ran: Callable[..., int]) -> None:
    paths = [project.program(name, f"print({name!r})") for name in "abc"]
    project.page("en/a", "a.py:one")
    project.page("zh/b", "b.py:one", "missing.py:one")
    ran(*paths)
    with project.session() as session:
        session.prefetch(paths[:1])
        assert session.evict() == 1
    assert [ran(path) for path in paths] == [0, 0, 1]


def test_nothing_is_written_into_the_project_but_the_cache(project: Project, ran: Callable[..., int]) -> None:
    path = project.program("a", "import _beside\nopen('mine.txt', 'w').write('x')")
    project.write("snippets/_beside.py", "")
    before = {file for file in project.root.rglob("*") if file.is_file()}
    ran(path)
    after = {file for file in project.root.rglob("*") if file.is_file()}
    assert {file.parent.name for file in after - before} == {"docrun"}


def test_progress_counts_to_the_end(project: Project) -> None:
    paths = [project.program(name, "print(1)") for name in "abc"]
    heard: list[tuple[int, int]] = []
    with project.session() as session:
        session.prefetch(paths)
        session.wait(lambda done, total: heard.append((done, total)))
    assert heard == [(1, 3), (2, 3), (3, 3)]


def test_a_damaged_entry_runs_the_program_again(
    project: Project, ran: Callable[..., int], caplog: pytest.LogCaptureFixture
) -> None:
    path = project.program("a", "print(1)")
    ran(path)
    (entry,) = (project.root / ".cache/docrun").iterdir()
    entry.write_bytes(entry.read_bytes()[:100])
    assert ran(path) == 1
    assert caplog.records[0].levelno == logging.WARNING
    assert ran(path) == 0


def test_a_fault_can_be_told_on_several_pages(project: Project) -> None:
    path = project.program("a", "1 / 0")
    with project.session() as session:
        fault = session.outcome(path)
        assert isinstance(fault, Fault)
        assert session.outcome(path) is fault
        assert session.ran == 1
