"""One small site under two hosts: MkDocs with the plugin, and a host of ten lines that knows Python-Markdown alone."""

from __future__ import annotations

import importlib
import shutil
import time
from pathlib import Path

import pytest
from markdown import Markdown

from docrun.host.session import close_shared
from project import Project

HOST = """
import pathlib, markdown

for page in sorted(pathlib.Path("docs").rglob("*.md")):
    extensions = ["docrun", "pymdownx.snippets", "pymdownx.superfences", "attr_list"]
    snippets = {"base_path": ["."], "check_paths": True}
    configs = {"docrun": {"page": str(page), "links": True}, "pymdownx.snippets": snippets}
    html = markdown.Markdown(extensions=extensions, extension_configs=configs).convert(page.read_text(encoding="utf-8"))
    name = page.relative_to("docs").with_suffix("")
    file = pathlib.Path("public", name if name.name == "index" else name / "index").with_suffix(".html")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(html, encoding="utf-8")
"""
CURVES = ("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint('a < b')", "plt.plot([2, 1])\nprint('second said')")


@pytest.fixture
def site(tmp_path: Path) -> Project:
    project = Project(tmp_path, timeout=30.0, jobs=2)
    project.site()
    project.write("docs/index.md", "# Home { #home }\n")  # a host without the extension toc makes no ids
    project.program("a", *CURVES)
    project.program("b/local", "from _beside import VALUE\nprint(VALUE)")
    project.write("snippets/b/_beside.py", "VALUE = 'beside'\n")
    project.page("a", "a.py:one", "a.py:two", output='output alt="A line." caption="Up."')
    project.page("b/local", "b/local.py:one")
    return project


def called(project: Project, *command: str) -> str:
    """What a command that succeeds says."""
    process = project.start(*command)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    project.nothing_left()
    return said


def published(folder: Path) -> dict[str, bytes]:
    """What readers get of docrun: pages, programs and notebooks."""
    kept = (".html", ".py", ".zip", ".ipynb")
    files = (file for file in sorted(folder.rglob("*")) if file.suffix in kept and file.name != "404.html")
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def test_a_host_of_ten_lines_publishes_what_mkdocs_does(site: Project) -> None:
    called(site, "-m", "mkdocs", "build", "--strict")
    shutil.rmtree(site.root / ".cache")  # or the second host would only show what the first one's programs did
    called(site, str(site.write("host.py", HOST)))
    result = site.run("publish", str(site.root / "public"), "--url", "https://example.org/tiny/")
    assert (result.exit_code, result.stdout) == (0, "downloads of 2 pages\n")
    mkdocs, alone = published(site.root / "site"), published(site.root / "public")
    downloads = ["a/a.ipynb", "a/a.py", "b/local/local.ipynb", "b/local/local.zip", "downloads/b.zip"]
    assert sorted(alone) == sorted(["a/index.html", "b/local/index.html", "index.html", *downloads])
    for name, content in alone.items():
        if name in downloads:
            assert content == mkdocs[name], name
        else:  # the theme stands around it
            assert content in mkdocs[name], name
    page = alone["a/index.html"].decode()
    assert page.count('<figure class="docrun"') == 2
    assert page.count('aria-label="A line."') == 4, "two figures, each for a desk and for a phone"
    assert '<a href="a.ipynb" download>' in page


def test_the_first_page_starts_the_programs_of_all(site: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in site.environment.items():
        monkeypatch.setenv(name, value)
    began = site.root.parent / "began"
    site.program("last", f"import pathlib\npathlib.Path({str(began)!r}).touch()")
    site.page("last", "last.py:one")
    snippets = {"pymdownx.snippets": {"base_path": [str(site.root)]}, "docrun": {"root": str(site.root)}}
    md = Markdown(extensions=["docrun", "pymdownx.snippets", "pymdownx.superfences"], extension_configs=snippets)
    assert "second said" in md.convert((site.root / "docs/a.md").read_text(encoding="utf-8"))
    end = time.monotonic() + 20
    while not began.exists() and time.monotonic() < end:
        time.sleep(0.02)
    assert began.exists(), "no page that shows the program has been rendered"
    close_shared()
    site.nothing_left()


def test_publishing_evicts_what_no_page_uses(site: Project) -> None:
    host = str(site.write("host.py", HOST))
    called(site, host)
    assert site.run("publish", str(site.root / "public")).exit_code == 0
    cache = site.root / ".cache/docrun"
    before = {file.name for file in cache.iterdir()}
    site.program("b/local", "print('other')")
    called(site, host)
    assert site.run("publish", str(site.root / "public")).exit_code == 0
    after = {file.name for file in cache.iterdir()}
    assert len(after) == len(before) == 4, "two programs and two notebooks"
    assert len(after & before) == 2, "those of the page that did not change"
    assert site.run("check").stdout == "3 pages, 3 examples, 2 programs, 0 of them ran, 0 faults\n"


def test_publishing_where_no_page_was_published(site: Project) -> None:
    folder = site.root / "public"
    folder.mkdir()
    result = site.run("publish", str(folder))
    assert result.exit_code == 1
    assert f"Error: no page of the project was published below {folder}: build the site first\n" in result.stderr
    assert not list(folder.iterdir())


def test_properdocs_publishes_what_mkdocs_does(site: Project) -> None:
    """The small site; ``make properdocs`` compares the whole one."""
    try:
        importlib.import_module("properdocs")
    except ImportError:
        pytest.skip("no properdocs here: make properdocs installs it and compares the whole site")
    config = (site.root / "mkdocs.yml").read_text().replace("name: mkdocs", "name: material")  # it ships no theme
    site.write("mkdocs.yml", config)
    sites = []
    for host, shown in (("mkdocs", "content='mkdocs-1."), ("properdocs", "content='mkdocs-ProperDocs")):
        called(site, "-m", host, "build", "--strict", "-f", "mkdocs.yml", "-d", host)
        sites.append({name: _without_generator(content) for name, content in published(site.root / host).items()})
        assert shown.replace("'", '"') in (site.root / host / "index.html").read_text(encoding="utf-8")
    assert sites[0] == sites[1]


def _without_generator(content: bytes) -> bytes:
    return b"\n".join(line for line in content.split(b"\n") if b'<meta name="generator"' not in line)


def test_publishing_a_site_whose_program_fails_by_now(site: Project) -> None:
    called(site, str(site.write("host.py", HOST)))
    site.program("a", "1 / 0", "print(2)")
    result = site.run("publish", str(site.root / "public"))
    assert result.exit_code == 1
    assert "docs/a.md:3 → snippets/a.py:2: ZeroDivisionError: division by zero" in result.stderr
    assert not list((site.root / "public").rglob("*.ipynb"))


def test_links_in_notebooks(site: Project) -> None:
    site.write("docs/a.md", (site.root / "docs/a.md").read_text() + "\nSee [the other](b/local.md#title).\n")
    called(site, "-m", "mkdocs", "build")
    called(site, str(site.write("host.py", HOST)))
    assert site.run("publish", str(site.root / "public"), "--url", "https://example.org/tiny/").exit_code == 0
    assert published(site.root / "site")["a/a.ipynb"] == published(site.root / "public")["a/a.ipynb"]
