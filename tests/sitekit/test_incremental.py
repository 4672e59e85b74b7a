"""Under serve only what changed is rendered; after any sequence of edits the site is that of a clean full build."""

from __future__ import annotations

import errno
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from mkdocs.commands.build import build
from mkdocs.config.base import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.livereload import LiveReloadServer
from mkdocs.theme import Theme

from docrun import Session, Settings
from docrun.host.pool import Pool
from docrun.plugin import DocrunPlugin
from project import Project
from sample import WHOLE
from sitekit import incremental
from typeset import engine

SEQUENCES = 200 if WHOLE else 3
EDITS = 8  # in each sequence
CONFIG = """
site_name: Tiny
docs_dir: docs
theme: {{name: {theme}, custom_dir: theme}}
watch: [theme]
validation: {{links: {{anchors: warn}}}}
markdown_extensions:
  - attr_list
  - toc: {{permalink: true}}
  - sitekit.highlight
  - pymdownx.snippets: {{base_path: ["."], check_paths: true, restrict_base_path: true}}
  - pymdownx.superfences
  - pymdownx.arithmatex: {{generic: true}}
  - typeset: {{macros: macros.tex}}
  - docrun
plugins: [search, docrun, /typeset, sitekit: {{shared: [theme, macros.tex]}}]
nav:
{nav}
"""
PROGRAM = """
import _beside
print("{word}", _beside.VALUE)
import matplotlib.pyplot as plt
plt.figure(figsize=(2, 1))
plt.plot([1, {number}])
"""


class Author:
    """Somebody who edits a small project, at random but the same on every run."""

    def __init__(self, project: Project, chance: random.Random) -> None:
        self.project, self.chance = project, chance
        self.pages = ["one", "two", "index"]
        self.theme = "mkdocs"
        project.settings["style"] = "style"
        for name in "ab":
            project.program(name, PROGRAM.format(word="first", number=3))
        for name in ("module", "macro", "style", "template"):
            self.edit(name)
        project.write("pyproject.toml", '[tool.docrun]\nstyle = "style"\npreload = ["matplotlib"]\n')
        for page in self.pages:
            self.page(page)
        self.nav()

    def word(self) -> str:
        return "".join(self.chance.choices("abcdefg", k=6))

    def edit(self, what: str) -> str:
        """One edit; tell what it was."""
        number = self.chance.randint(2, 9)
        if what == "prose":
            self.page(self.chance.choice(self.pages))
        elif what == "program":
            name = self.chance.choice("ab")
            self.project.program(name, PROGRAM.format(word=self.word(), number=number))
        elif what == "module":
            self.project.write("snippets/_beside.py", f"VALUE = {number}\n")
        elif what == "macro":
            self.project.write("macros.tex", f"\\newcommand{{\\R}}{{\\mathbb{{{self.chance.choice('RST')}}}}}\n")
        elif what == "style":
            self.project.write("style", f"lines.linewidth: {number}\n")
        elif what == "template":
            text = f'{{% extends "base.html" %}}{{% block content %}}<i>{number}</i>{{{{ super() }}}}{{% endblock %}}'
            self.project.write("theme/main.html", text)
        elif what == "css":
            self.project.write("theme/site.css", f"p {{ margin: {number}px }}\n")
        elif what == "nav":
            self.chance.shuffle(self.pages)
            self.nav()
        elif what == "added":
            self.pages.append(f"new-{self.word()}")
            self.page(self.pages[-1])
            self.nav()
        elif what == "deleted" and len(self.pages) > 2:
            name = self.chance.choice([page for page in self.pages if page != "index"])
            self.pages.remove(name)
            (self.project.root / f"docs/{name}.md").unlink()
            self.nav()
        elif what == "renamed":
            name = self.chance.choice([page for page in self.pages if page != "index"])
            new = f"moved-{self.word()}"
            (self.project.root / f"docs/{name}.md").rename(self.project.root / f"docs/{new}.md")
            self.pages[self.pages.index(name)] = new
            self.nav()
        elif what == "fault":
            self.project.program("a", "1 / 0")
        elif what == "formula":
            file = self.project.root / f"docs/{self.chance.choice(self.pages)}.md"
            file.write_text(file.read_text() + "\nWrong: $\\nope$\n")
        return what

    def page(self, name: str) -> None:
        title = f"---\ntitle: {self.word()}\n---\n" if self.chance.random() < 0.5 else ""
        shown = self.chance.choice("ab")
        other = self.chance.choice(self.pages)
        link = f"[there]({other}.md#part)" if (self.project.root / f"docs/{other}.md").exists() else "there"
        text = f"{title}# {self.word()} {{ #title }}\n\n{self.word()} $x \\in \\R$, {link}.\n\n## Part {{ #part }}\n\n"
        fence = f'```python\n--8<-- "snippets/{shown}.py:one"\n```\n\n```output alt="a line"\n```\n'
        self.project.write(f"docs/{name}.md", text + fence)

    def nav(self) -> None:
        names = [f"  - {name}.md" if n % 2 else f"  - Named {name}: {name}.md" for n, name in enumerate(self.pages)]
        self.project.write("mkdocs.yml", CONFIG.format(theme=self.theme, nav="\n".join(names)))


EDIT = ("prose", "prose", "prose", "program", "program", "module", "macro", "style", "template", "css", "nav")
EDIT += ("added", "deleted", "renamed", "fault", "formula")


class Compiled(BytecodeCache):
    """Templates compiled in this process, found again by their text."""

    kept: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Called by Jinja, which compares the text's checksum."""
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Called by Jinja after it compiled."""
        self.kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(autouse=True)
def warm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start once per process what keeps nothing of a site: deno with MathJax, compiled templates."""
    engine.render([engine.Source("x", display=False)])  # before a project marks what it starts
    monkeypatch.setattr(engine, "close", lambda: None)
    get_env = Theme.get_env

    def with_compiled(theme: Theme) -> Environment:
        env = get_env(theme)
        env.bytecode_cache = Compiled()
        return env

    monkeypatch.setattr(Theme, "get_env", with_compiled)


def settle(builder: Callable[[], None], config: MkDocsConfig) -> None:
    """Build as the server does: again when what pages wait for has run."""
    builder()
    docrun = config.plugins["docrun"]
    while docrun.unfinished:
        docrun.session.wait()
        builder()


def files(site: Path) -> dict[str, bytes]:
    """The site's files; what tells the hour, and a preview's own marks, aside."""
    found = {}
    for file in sorted(site.rglob("*")):
        if file.is_file() and "sitemap" not in file.name:
            content = file.read_bytes()
            content = re.sub(rb"Build Date UTC : .*", b"", content)
            found[file.relative_to(site).as_posix()] = content
    return found


def clean(project: Project, target: Path, pool: Pool) -> dict[str, bytes]:
    """A preview of the project as it is, built from nothing, by plugins of its own.

    Only ``pool`` is shared: its server process forks for each program, and knows nothing of the programs before.
    """
    plugins = dict(MkDocsConfig._schema)["plugins"].plugin_cache
    others = dict(plugins)
    plugins.clear()
    config = load_config(str(project.root / "mkdocs.yml"), site_dir=str(target))
    config.site_url = "http://x/"
    config.plugins.on_startup(command="serve", dirty=False)
    docrun = config.plugins["docrun"]
    assert isinstance(docrun, DocrunPlugin)
    docrun.session = Session(Settings.load(project.root))
    docrun.session.runs.pool = pool
    try:
        settle(lambda: build(config, serve_url="http://x/"), config)
    finally:
        docrun.session.runs.pool = Pool(docrun.session.settings)  # the other's is not closed with this session
        config.plugins.on_shutdown()
        plugins.clear()
        plugins.update(others)
    return files(target)


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_after_any_sequence_of_edits_the_site_is_that_of_a_full_build(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    project = Project(tmp_path)
    for name, value in project.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    monkeypatch.chdir(project.root)
    author = Author(project, chance)
    site = tmp_path / "site"
    config = load_config(str(project.root / "mkdocs.yml"), site_dir=str(site))
    config.site_url = "http://x/"
    config.plugins.on_startup(command="serve", dirty=False)
    server = LiveReloadServer(builder=lambda: None, host="127.0.0.1", port=0, root=str(site))
    server.url = "http://x/"
    try:
        settle(lambda: build(config, serve_url="http://x/"), config)

        def full() -> None:
            nonlocal config
            config = load_config(str(project.root / "mkdocs.yml"), site_dir=str(site))
            config.site_url = "http://x/"
            build(config, serve_url="http://x/")

        config.plugins["sitekit"].incremental.serve(server, full)
        done = []
        for step in range(EDITS):
            done.append(author.edit(chance.choice(EDIT)))
            settle(server.builder, config)
            target = tmp_path / f"clean-{step}"
            wanted = clean(project, target, config.plugins["docrun"].session.runs.pool)
            served = files(site)
            assert list(served) == list(wanted), done
            assert not [name for name in wanted if served[name] != wanted[name]], done
            shutil.rmtree(target)
            if chance.random() < 0.3:  # what was broken is mended
                author.edit("program")
                author.page(chance.choice(author.pages))
                settle(server.builder, config)
    finally:
        config.plugins.on_shutdown()
        dict(MkDocsConfig._schema)["plugins"].plugin_cache.clear()
        server.observer.stop()  # a system has few of them
        server.server_close()
    project.nothing_left()


def test_without_a_watcher_of_the_system_mkdocs_own_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def none_left() -> None:
        raise OSError(errno.EMFILE, "inotify instance limit reached")

    monkeypatch.setattr(incremental, "Observer", none_left)
    server = LiveReloadServer(builder=lambda: None, host="127.0.0.1", port=0, root=str(tmp_path))
    server.url = "http://x/"
    server.watch(str(tmp_path))
    own = server.observer
    try:
        incremental.Incremental([]).serve(server, lambda: None)
    finally:
        server.server_close()
    assert server.observer is own
