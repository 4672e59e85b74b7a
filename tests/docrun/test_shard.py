"""Several machines share the programs: each runs its part, and their caches merge by copying."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from project import Project

PARTS = range(1, 5)


@pytest.fixture
def site(project: Project) -> Project:
    """Six programs on four pages; two pages show the same ones, and one program imports a module beside it."""
    for name in "abcde":
        project.program(name, f"print({name!r})")
    project.program("f", "from _beside import VALUE\nprint(VALUE)")
    project.write("snippets/_beside.py", "VALUE = 'beside'\n")
    project.page("one", "a.py:one", "b.py:one")
    project.page("two", "b.py:one", "c.py:one", "d.py:one")
    project.page("four", "e.py:one", "f.py:one")
    project.page("three", "a.py:one")
    return project


def another_machine(project: Project, name: str) -> Path:
    """Go on in a fresh checkout in another folder; give its cache's folder."""
    project.root = shutil.copytree(project.root, project.root.parent / name, copy_function=shutil.copy)
    shutil.rmtree(project.root / ".cache", ignore_errors=True)
    return project.root / ".cache/docrun"


def ran(said: str) -> int:
    """How many programs a check ran, by its last line."""
    found = re.search(r"(\d+) of them ran, 0 faults$", said.strip())
    assert found, said
    return int(found[1])


def test_four_parts_run_each_program_once_and_their_caches_make_a_whole(site: Project) -> None:
    counts, caches = [], []
    for part in PARTS:
        caches.append(another_machine(site, f"machine{part}"))
        result = site.run("check", "--shard", f"{part}/4")
        assert result.exit_code == 0, result.output
        counts.append(ran(result.stdout))
    assert sorted(counts) == [1, 1, 2, 2], "as even as six programs can be"
    names = [file.name for cache in caches for file in cache.iterdir()]
    assert len(names) == len(set(names)) == 6
    whole = another_machine(site, "whole")
    for cache in caches:
        shutil.copytree(cache, whole, dirs_exist_ok=True)
    result = site.run("check")
    assert result.stdout == "4 pages, 8 examples, 6 programs, 0 of them ran, 0 faults\n"
    assert result.exit_code == 0


def test_a_fault_is_told_by_the_part_that_runs_the_program(site: Project) -> None:
    site.program("c", "1 / 0")
    results = [site.run("check", "--shard", f"{part}/4") for part in PARTS]
    assert sorted(result.exit_code for result in results) == [0, 0, 0, 1]
    told = [result for result in results if "docs/two.md:9 → snippets/c.py:2: ZeroDivisionError" in result.stderr]
    assert [result.exit_code for result in told] == [1]


def test_more_parts_than_programs(site: Project) -> None:
    results = [site.run("check", "--shard", f"{part}/9") for part in range(1, 10)]
    assert [result.exit_code for result in results] == [0] * 9
    assert sum(ran(result.stdout) for result in results) == 6


def test_one_part_of_one_runs_all(site: Project) -> None:
    assert ran(site.run("check", "--shard", "1/1").stdout) == 6


@pytest.mark.parametrize("wrong", ["0/4", "5/4", "1/0", "-1/4", "1", "/4", "1/", "1/4/2", "a/b", "1.5/4", "", " 1/4"])
def test_a_wrong_part_is_refused(site: Project, wrong: str) -> None:
    result = site.run("check", f"--shard={wrong}")
    assert result.exit_code == 2
    assert f"--shard takes I/N with 1 ≤ I ≤ N, as in 1/4, not {wrong!r}" in result.stderr
    assert not (site.root / ".cache").exists(), "nothing ran"
