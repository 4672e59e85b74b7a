"""The thin MkDocs edge of sitekit: labs are run and published, search reads a lighter copy of each page."""

from __future__ import annotations

import logging
import platform
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import nbformat
from mkdocs.config import config_options
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.plugins import BasePlugin, CombinedEvent, event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from nbformat import NotebookNode

from docrun import render
from docrun.errors import Fault
from docrun.settings import Settings
from docrun.versions import version
from sitekit import publish
from sitekit.execute import Executor
from sitekit.lab import Lab, LabError, plain_prose, slots
from sitekit.material import bearable
from sitekit.search import searchable

log = logging.getLogger("mkdocs.plugins.sitekit")


class SitekitConfig(Config):
    """The plugin's options in ``mkdocs.yml``: the folder of the labs, that of their cache, the footer's words."""

    labs = config_options.Type(str, default="labs/")
    cache = config_options.Type(str, default=".cache/labs")
    labels = config_options.Type(dict, default={})


class SitekitPlugin(BasePlugin[SitekitConfig]):
    """Runs labs while other pages render; puts their pages together; spares the search index."""

    def __init__(self) -> None:
        self.serving = False
        self.labs: dict[str, Lab] = {}
        self.runs: dict[str, Future[NotebookNode]] = {}
        self.faults: list[str] = []
        self.whole = ""

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        """Remember whether an author looks on."""
        self.serving = command == "serve"

    @event_priority(50)  # before mkdocs-jupyter wraps the files
    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Start every lab; one at a time, in the background."""
        self.root = Path(config.config_file_path or ".").resolve().parent
        self.style = Settings.load(self.root).style_path
        style = self.style.read_text(encoding="utf-8") if self.style else ""
        executor = Executor(self.root / self.config.cache, style)
        self.labs, self.runs, self.faults = {}, {}, []
        pool = ThreadPoolExecutor(1)
        for file in files:
            if file.src_uri.startswith(self.config.labs) and file.src_uri.endswith(".py"):
                lab = Lab(self._name(file.abs_src_path or file.src_uri), file.content_string)
                self.labs[file.src_uri] = lab
                self.runs[file.src_uri] = pool.submit(executor.run, lab)
        pool.shutdown(wait=False)
        return files

    @event_priority(100)
    def on_page_markdown(self, markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Give a lab's prose to the site's own Markdown."""
        lab = self.labs.get(page.file.src_uri)
        if lab is None:
            return markdown
        page.meta.update(lab.meta)
        return lab.markdown()

    @event_priority(-50)  # after mkdocs-jupyter has put its own method in the place of page.render
    def on_pre_page(self, page: Page, *, config: MkDocsConfig, files: Files) -> Page:
        """Put our step behind mkdocs-jupyter's."""
        lab = self.labs.get(page.file.src_uri)
        if lab:
            published: Callable[[MkDocsConfig, Files], None] = page.render

            def both(config: MkDocsConfig, files: Files) -> None:
                published(config, files)
                self._render(lab, page, config, files)

            page.render = both  # type: ignore[method-assign]
        return page

    def _render(self, lab: Lab, page: Page, config: MkDocsConfig, files: Files) -> None:
        theirs = page.content or ""
        Page.render(page, config, files)
        content = page.content or ""
        try:
            notebook = self.runs[page.file.src_uri].result()
            cells = publish.cells(lab, notebook, theirs, str(self.style or ""))
            page.content = slots(content, cells) + self._footer(page, lab)
        except LabError as error:
            self.faults.append(str(error))
            page.content = render.error([Fault(str(error))]) + content

    def _footer(self, page: Page, lab: Lab) -> str:
        name = page.file.name
        versions = {"Python": platform.python_version(), **{each: version(each) for each in lab.imports()}}
        words = {**render.LABELS, **self.config.labels}
        files = [(f"{name}.py", words["program"]), (f"{name}.ipynb", words["notebook"])]
        return render.footer(files, versions, words)

    def on_page_content(self, html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Spare Material's scripts what they cannot bear."""
        return bearable(html)

    def on_env(self, env: Any, *, config: MkDocsConfig, files: Files) -> None:
        """Every page is rendered, none is written: the last moment to stop a build."""
        for fault in self.faults:
            log.error("sitekit: %s", fault)
        if self.faults and not self.serving:
            raise Abort(f"sitekit: {len(self.faults)} of {len(self.labs)} labs failed; nothing was published")

    def on_post_page(self, output: str, *, page: Page, config: MkDocsConfig) -> str:
        """Write the executed notebook beside a lab's page."""
        run = self.runs.get(page.file.src_uri)
        if run and not run.exception():
            target = Path(page.file.abs_dest_path).parent / f"{page.file.name}.ipynb"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(nbformat.writes(plain_prose(run.result())) + "\n", encoding="utf-8")
        return output

    def _name(self, source: str) -> str:
        path = Path(source)
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.as_posix()

    # The search plugin reads page.content in its on_page_context: ours stands on both sides of it.

    @event_priority(100)
    def _lighten(self, context: Any, *, page: Page, config: MkDocsConfig, nav: Navigation) -> None:
        self.whole = page.content or ""
        page.content = searchable(self.whole)

    @event_priority(-100)
    def _restore(self, context: Any, *, page: Page, config: MkDocsConfig, nav: Navigation) -> None:
        page.content = self.whole

    on_page_context = CombinedEvent(_lighten, _restore)
