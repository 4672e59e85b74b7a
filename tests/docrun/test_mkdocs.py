"""A small site, built as authors build theirs: nothing wrong is published, and what is published is the same twice."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from pathlib import Path

import nbformat
import pytest

from docrun import files
from project import Project

FRONT = "---\ntitle: Title\ndescription: d\n---\n"


@pytest.fixture
def site(tmp_path: Path) -> Project:
    project = Project(tmp_path, timeout=10.0)
    project.site()
    project.write("docs/index.md", "# Home\n")
    project.write("snippets/_beside.py", "VALUE = 'beside'\n")
    project.program("b/local", "from _beside import VALUE\nprint(VALUE)")
    shutil.move(project.root / "snippets/_beside.py", project.root / "snippets/b/_beside.py")
    project.program("a", "print('first said')\nx = 2", "assert x == 2\nprint('second said')")
    project.page("a", "a.py:one", "a.py:two")
    project.page("b/local", "b/local.py:one")
    return project


def build(project: Project, *options: str) -> tuple[int, str]:
    """Build the site in a process of its own; give its exit status and what it said."""
    process = project.start("-m", "mkdocs", "build", *options)
    said, _ = process.communicate(timeout=60)
    project.nothing_left()
    return process.returncode, said


def published(project: Project) -> dict[str, bytes]:
    """The site's files, the sitemap's date aside."""
    folder = project.root / "site"
    files = (file for file in folder.rglob("*") if file.is_file() and not file.name.startswith("sitemap"))
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def test_two_cold_builds_are_identical_and_a_warm_one_too(site: Project) -> None:
    builds = []
    for warm in (False, False, True):
        if not warm:
            shutil.rmtree(site.root / ".cache", ignore_errors=True)
        shutil.rmtree(site.root / "site", ignore_errors=True)
        status, said = build(site, "--strict")
        assert status == 0, said
        assert f"docrun: {0 if warm else 2} programs ran, 2 in all" in said
        builds.append(published(site))
    assert builds[0] == builds[1] == builds[2]
    page = builds[0]["a/index.html"].decode()
    assert page.count('<figure class="docrun"') == 2
    assert "<code>second said</code>" in page
    assert '<a href="a.py" download>a.py, 1 kB</a>' in page
    program = builds[0]["a/a.py"].decode()
    assert program.startswith("# Title\n# https://example.org/tiny/a/\n# Ran with Python ")
    assert "8<--" not in program and "print('first said')\nx = 2\n" in program
    assert not [name for name in builds[0] if "cache" in name or (name.endswith(".json") and "docrun" in name)]


def test_a_program_with_modules_beside_it_is_a_zip(site: Project, tmp_path: Path) -> None:
    assert build(site)[0] == 0
    files = published(site)
    assert '<a href="local.zip" download>local.zip, 1 kB</a>' in files["b/local/index.html"].decode()
    with zipfile.ZipFile(io.BytesIO(files["b/local/local.zip"])) as archive:
        assert sorted(archive.namelist()) == ["_beside.py", "local.py"]
        archive.extractall(tmp_path / "out")
    process = site.start(str(tmp_path / "out/local.py"))
    assert process.communicate(timeout=20)[0] == "beside\n"


def test_a_part_is_one_zip_of_its_pages_downloads(site: Project, tmp_path: Path) -> None:
    site.program("b/other", "print('other')")
    site.page("b/other", "b/other.py:one", "b/other.py:one", output="text")
    assert build(site)[0] == 0
    files = published(site)
    assert [name for name in files if name.startswith("downloads/")] == ["downloads/b.zip"], "a is in no part"
    with zipfile.ZipFile(io.BytesIO(files["downloads/b.zip"])) as archive:
        assert archive.namelist() == ["b/local.ipynb", "b/local.zip", "b/other.ipynb", "b/other.py"]
        assert archive.read("b/other.py") == files["b/other/other.py"]
        archive.extractall(tmp_path / "out")
    process = site.start(str(tmp_path / "out/b/other.py"))
    assert process.communicate(timeout=20)[0] == "other\n"


def test_the_notebook_opens_and_runs_from_top_to_bottom(site: Project) -> None:
    nbclient = pytest.importorskip("nbclient")
    site.program("a", "print('first said')", "assert x == 2\nprint('second said')")
    text = (site.root / "snippets/a.py").read_text().replace("# --8<-- [start:two]", "x = 2\n# --8<-- [start:two]")
    site.write("snippets/a.py", text)
    page = (site.root / "docs/a.md").read_text()
    site.write("docs/a.md", FRONT + page + '\n!!! note "Mind"\n    See [b](b/local.md#title) and [c](#title).\n')
    assert build(site)[0] == 0
    source = published(site)["a/a.ipynb"].decode()
    notebook = nbformat.reads(source, as_version=4)
    nbformat.validate(notebook)
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds == ["markdown", "code", "code", "code", "markdown"]
    assert notebook.metadata.title == "Title"
    assert notebook.cells[2].source == "x = 2"
    assert notebook.cells[2].metadata.jupyter.source_hidden
    assert "> **Mind**" in source
    assert "(https://example.org/tiny/b/local/#title)" in source
    assert "8<--" not in source
    for opened in (True, False):
        said = [output.text for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
        assert said == ["first said\n", "second said\n"], "as it is opened" if opened else "as it runs"
        nbclient.NotebookClient(notebook, timeout=60).execute()


def test_all_faults_stop_the_build_and_nothing_is_published(site: Project) -> None:
    site.program("raises", "x = 1\n1 / 0", "y = 1")
    site.program("prints", "print(1)")
    site.program("slow", "while True: pass")
    site.write("snippets/open.py", "# --8<-- [start:one]\n")
    site.page("raises", "raises.py:one", "raises.py:two", output='output caption="c"')
    site.page("marks", "open.py:one", "missing.py:one", "prints.py:missing")
    site.page("slow", "slow.py:one")
    site.page("options", "prints.py:one", output='output size="3"')
    site.write("docs/typed.md", "# T\n\n```output\n```\n\n```python\nprint(1)\n```\n")
    site.write("pyproject.toml", "[tool.docrun]\ntimeout = 0.5\n")
    for options in ((), ("-q", "--strict")):
        status, said = build(site, *options)
        assert status != 0
        for message in (
            "docs/raises.md:3 → snippets/raises.py:3: ZeroDivisionError: division by zero",
            "docs/marks.md:3 → snippets/open.py:1: section 'one' is never closed",
            "docs/marks.md:9 → snippets/missing.py: no such program",
            "docs/marks.md:15: snippets/prints.py has no section 'missing'; its sections: one",
            "docs/slow.md:3 → snippets/slow.py:2: the program ran longer than its limit of 0.5 s",
            "docs/options.md:6: unknown fence option 'size'",
            "docs/typed.md:3: an output fence needs a python fence of its own above it",
            "docs/typed.md:6: a python fence holds exactly one reference",
            "docrun: 8 faults; nothing was published",
        ):
            assert message in said, said
        assert not [name for name in published(site) if name.endswith((".html", ".py", ".ipynb"))]


def test_a_program_that_tells_secrets_of_a_failure_is_not_published(site: Project) -> None:
    site.program(
        "a", "import traceback\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n    traceback.print_exc()", "x = 1"
    )
    status, said = build(site)
    assert status != 0
    assert "a traceback was printed" in said
    assert not [name for name in published(site) if name.endswith(".html")]


def test_a_warning_is_told_and_stops_a_strict_build(site: Project) -> None:
    site.program("a", "import warnings\nwarnings.warn('odd')\nprint(1)", "print(2)")
    status, said = build(site)
    assert status == 0
    assert "WARNING -  docrun: docs/a.md:3 → snippets/a.py:3: UserWarning: odd" in said
    status, said = build(site, "--strict")
    assert status != 0
    assert "snippets/a.py:3: UserWarning: odd" in said, "a cached record warns too"


FRONTS = {
    "nothing": ("", 3),
    "front_matter": (FRONT, 7),
    "blank_lines_below_it": (FRONT + "\n\n", 9),
    "blank_lines_only": ("\n\n\n", 6),
    "multimarkdown": ("title: T\ndescription: d\n\n", 6),
    "byte_order_mark": ("\ufeff" + FRONT, 7),
    "crlf": ("---\r\ntitle: T\r\n---\r\n\r\n", 7),
}


def test_faults_count_lines_from_the_top_of_the_file(site: Project) -> None:
    for name, (front, _) in FRONTS.items():
        text = f'{front}# T\n\n```python\n--8<-- "snippets/no.py:one"\n```\n'
        site.write(f"docs/{name}.md", text.encode())
    said = build(site)[1]
    for name, (_, line) in FRONTS.items():
        assert f"docs/{name}.md:{line} → snippets/no.py: no such program" in said


def test_a_page_whose_text_stands_in_its_front_matter_too(site: Project) -> None:
    text = '```python\n--8<-- "snippets/no.py:one"\n```\n'
    front = "---\nsample: |\n" + "".join(f"  {line}\n" for line in text.splitlines()) + "---\n"
    site.write("docs/a.md", front + text)
    assert "docs/a.md:7 → snippets/no.py: no such program" in build(site)[1]


def test_a_wrong_setting_stops_the_build(site: Project) -> None:
    site.write("pyproject.toml", "[tool.docrun]\ntiemout = 3\n")
    status, said = build(site)
    assert status != 0
    assert "docrun: [tool.docrun] has no setting 'tiemout'" in said
    assert "Traceback" not in said


def test_two_builds_at_once(site: Project) -> None:
    builds = [site.start("-m", "mkdocs", "build", "-d", f"site{number}") for number in range(2)]
    said = [process.communicate(timeout=60)[0] for process in builds]
    assert [process.returncode for process in builds] == [0, 0], said
    one, two = (
        {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*.html")}
        for folder in (site.root / "site0", site.root / "site1")
    )
    assert one == two
    site.nothing_left()


def test_a_build_evicts_what_no_page_shows(site: Project) -> None:
    assert build(site)[0] == 0
    cache = site.root / ".cache/docrun"
    before = {file.name for file in cache.iterdir()}
    site.program("a", "print('other')", "print(2)")
    assert build(site)[0] == 0
    after = {file.name for file in cache.iterdir()}
    assert len(after) == len(before)
    assert after != before
    entries = [json.loads(files.unseal(file.read_text()))["record"]["sections"] for file in cache.glob("*.json")]
    assert len(entries) == 2
    assert not re.search("first said", str(entries))


def test_a_build_waits_for_slow_programs_and_never_leaves_a_placeholder(site: Project) -> None:
    site.program("a", "import time\ntime.sleep(2)\nprint('late')", "print(2)")
    assert build(site)[0] == 0
    page = (site.root / "site/a/index.html").read_text()
    assert "late" in page and "docrun-pending" not in page
