"""The thin MkDocs edge of sitekit: labs are run and published, search reads a lighter copy of each page."""

from __future__ import annotations

import json
import logging
import platform
from collections.abc import Iterator
from concurrent.futures import Future
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import nbformat
from jinja2 import Environment
from mkdocs.config import config_options
from mkdocs.config.base import Config
from mkdocs.config.config_options import ExtraScriptValue
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import BasePlugin, CombinedEvent, event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from nbformat import NotebookNode

import typeset
from docrun import Fault, Head, Output, Settings, edge, files, render, versions
from docrun.preview import Preview
from sitekit import fences, gallery, highlight, joined, publish
from sitekit.incremental import Incremental
from sitekit.lab import Lab, LabError, download, slots
from sitekit.material import bearable
from sitekit.names import named
from sitekit.runs import LabRuns
from sitekit.scripts import lighten
from sitekit.search import searchable

log = logging.getLogger("mkdocs.plugins.sitekit")
_COLD = 8  # programs without a record: from here on the first preview shows the home page before all others


class SitekitConfig(Config):
    """The plugin's options in ``mkdocs.yml``: the folder of the labs, that of their cache, the footer's words.

    ``shared`` are files and folders that every page depends on, ``words`` is the file of what scripts say, ``soon`` is
    what a page says that is not built yet.
    """

    labs = config_options.Type(str, default="labs/")
    cache = config_options.Type(str, default=".cache/labs")
    labels = config_options.Type(dict, default={})
    shared = config_options.Type(list, default=[])
    words = config_options.Type(str, default="")
    soon = config_options.Type(str, default="This page is being built. It reloads when it is ready.")


class SitekitPlugin(BasePlugin[SitekitConfig]):
    """Runs labs while other pages render; puts their pages together; spares the search index."""

    def __init__(self) -> None:
        self.serving = False
        self.labs: dict[str, Lab] = {}
        self.runs: LabRuns | None = None
        self.notebooks: dict[str, Future[NotebookNode]] = {}
        self.preview: Preview | None = None
        self.faults: dict[str, str] = {}
        self.page_faults: dict[str, list[Fault]] = {}
        self.unfinished: set[str] = set()
        self.incremental = Incremental([])
        self.builds = 0
        self.sheets: list[str] = []
        self.plain: list[str] = []
        self.stubs = False
        self.whole = ""
        self.indexed = 0

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        """Remember whether an author looks on."""
        self.serving = command == "serve"

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Under serve, the theme's templates are compiled once; a build publishes one style sheet and one script."""
        self.root = edge.root_of(config)
        if not self.serving:
            self._join(config)
        highlight.use(self.root / ".cache/highlight")
        if self.serving:
            self.incremental.prepare(config)
        return config

    def _join(self, config: MkDocsConfig) -> None:
        """Let pages ask for one sheet and for one plain script; both are put together once they are published."""
        if config.extra_css:
            self.sheets, config.extra_css = config.extra_css, [joined.SHEET]
        plain = [each for each in config.extra_javascript if isinstance(each, ExtraScriptValue) and each.defer]
        if plain:
            self.plain, one = [each.path for each in plain], ExtraScriptValue(joined.SCRIPT)
            one.defer = True
            config.extra_javascript = [one, *(each for each in config.extra_javascript if each not in plain)]

    @event_priority(50)  # before mkdocs-jupyter wraps the files
    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Start every lab; one at a time, in the background."""
        self.style = Settings.load(self.root).style_text()
        self.labs = {}
        for file in files:
            if file.src_uri.startswith(self.config.labs) and file.src_uri.endswith(".py"):
                self.labs[file.src_uri] = Lab(edge.name_of(file, self.root), file.content_string)
        if self.runs is None:
            self.runs = LabRuns(self.root / self.config.cache, nice=self.serving)
        self.notebooks = self.runs.start(self.labs, self.style)
        self.incremental.watched = [self.root / name for name in self.config.shared]
        return files

    @event_priority(100)
    def on_page_markdown(self, markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Give a lab's prose to the site's own Markdown; in a first preview, say of most pages that they follow."""
        gallery.HOST.uri = page.file.src_uri
        fences.HOST.path, fences.HOST.offset = edge.name_of(page.file, self.root), edge.offset_of(page.file)
        fences.HOST.report = self.page_faults.setdefault(fences.HOST.path, []).append
        self.page_faults[fences.HOST.path].clear()
        if self.stubs and not page.is_homepage:
            return f"# {page.meta.get('title', page.title)}\n\n*{self.config.soon}*\n"
        lab = self.labs.get(page.file.src_uri)
        if lab is None:
            return markdown
        self.faults.pop(page.file.src_uri, None)
        self.unfinished.discard(page.file.src_uri)
        page.meta.update(lab.meta)
        return lab.markdown()

    @event_priority(-50)  # after mkdocs-jupyter has put its own method in the place of page.render
    def on_pre_page(self, page: Page, *, config: MkDocsConfig, files: Files) -> Page:
        """Render a lab ourselves; of mkdocs-jupyter's page only what it publishes beside it is used."""
        lab = self.labs.get(page.file.src_uri)
        if lab and not self.stubs:

            def ours(config: MkDocsConfig, files: Files) -> None:
                self._render(lab, page, config, files)

            page.render = ours  # type: ignore[method-assign]
        return page

    def _render(self, lab: Lab, page: Page, config: MkDocsConfig, files: Files) -> None:
        Page.render(page, config, files)
        content = page.content or ""
        running = self.notebooks[page.file.src_uri]
        words = {**render.LABELS, **self.config.labels}
        try:
            if self.serving and not running.done():
                self.unfinished.add(page.file.src_uri)
                code = publish.code_cells(lab.notebook())
                page.content = slots(content, [render.placeholder(Output(0, 0), words), *code[1:]])
                return
            cells = publish.cells(lab, running.result(), self.style)
            page.content = named(slots(content, cells)) + self._footer(page, lab, words)
        except LabError as error:
            self.faults[page.file.src_uri] = f"sitekit: {error}"
            page.content = render.error([Fault(str(error))]) + content

    def _footer(self, page: Page, lab: Lab, words: dict[str, str]) -> str:
        name = page.file.name
        size = max(1, round(len(lab.text.encode()) / 1000))
        program, notebook = f"{name}.py", f"{name}.ipynb"
        files = [(program, words["program"].format(file=program, size=size))]
        files.append((notebook, words["notebook"].format(file=notebook)))
        return render.footer(files, _versions(lab), words)

    @event_priority(-200)
    def on_nav(self, nav: Navigation, *, config: MkDocsConfig, files: Files) -> Navigation:
        """Tell of all pages; under serve, find out which have to be rendered."""
        texts = {page.file.src_uri: page.file.content_string for page in nav.pages if page.file.src_uri.endswith(".md")}
        gallery.HOST.pages, gallery.HOST.parts = texts, _parts(nav)
        if self.serving:
            self.nav = nav
            self.incremental.on_nav(nav, config, files)
            self.stubs = self.builds == 0 and sum(_asked(config, "waiting")) > _COLD
        return nav

    @event_priority(-200)
    def on_page_content(self, html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Spare Material's scripts what they cannot bear."""
        html = bearable(html)
        if self.serving:
            self.incremental.on_page_content(html, page)
        return html

    # Every page is rendered, none is written: the last moment to stop a build. What is wrong is told before another
    # plugin stops it, and it is stopped after every plugin that may still refuse.

    @event_priority(100)
    def _tell(self, env: Environment, *, config: MkDocsConfig, files: Files) -> None:
        self.faults = {name: fault for name, fault in self.faults.items() if name in self.labs}
        present = {edge.name_of(file, self.root) for file in files.documentation_pages()}
        self.page_faults = {name: found for name, found in self.page_faults.items() if name in present}
        edge.tell(log, self._messages(), stop=False)

    @event_priority(-200)
    def _finish(self, env: Environment, *, config: MkDocsConfig, files: Files) -> Environment:
        env.globals["site_version"] = metadata.version("init-loss-step")
        env.globals["site_words"] = self._words()
        self.unfinished &= set(self.labs)
        if self.serving:
            self.incremental.on_env(self.nav, files)
        else:
            edge.refuse(log, len(self._messages()))
        return env

    on_env = CombinedEvent(_tell, _finish)

    def _messages(self) -> list[str]:
        found = [f"sitekit: {fault.report}" for faults in self.page_faults.values() for fault in faults]
        return [*self.faults.values(), *found]

    def _words(self) -> dict[str, str]:
        """What the scripts of every page say, by name."""
        if not self.config.words:
            return {}
        said: dict[str, dict[str, str]] = json.loads((self.root / self.config.words).read_text(encoding="utf-8"))
        return said["page"]

    def on_post_page(self, output: str, *, page: Page, config: MkDocsConfig) -> str:
        """Write the executed notebook beside a lab's page; the page itself without its templates' indentation."""
        run = self.notebooks.get(page.file.src_uri)
        if run and run.done() and not run.exception():
            target = Path(page.file.abs_dest_path).parent / f"{page.file.name}.ipynb"
            target.parent.mkdir(parents=True, exist_ok=True)
            lab, macros = self.labs[page.file.src_uri], config.mdx_configs.get("typeset", {}).get("macros")
            head = Head(str(page.title), page.canonical_url or "", config.copyright or "", _versions(lab))
            made = download(run.result(), head, typeset.writer(self.root / macros if macros else None))
            target.write_text(nbformat.writes(made) + "\n", encoding="utf-8")
        return joined.tight(output)

    @event_priority(-200)  # all that is watched is known
    def on_serve(self, server: LiveReloadServer, *, config: MkDocsConfig, builder: Any) -> LiveReloadServer:
        """Rebuild when a lab that a page waits for has run."""
        runs = self.runs
        if runs:
            self.preview = Preview(lambda: runs.busy and not self.stubs, lambda: self.stubs or bool(self.unfinished))
            runs.on_idle = self.preview.look
            self.preview.start(server)
        self.incremental.serve(server, builder)
        return server

    def on_shutdown(self) -> None:
        """End what runs."""
        if self.preview:
            self.preview.stop()
        if self.runs:
            self.runs.stop()

    def digest(self, file: Any) -> str:
        """What decides how a page looks beside its text: of a lab its run, of a gallery all pages."""
        if file.src_uri.endswith(".md") and gallery.asks(file.content_string):
            return files.digest(*gallery.HOST.pages.values())
        run = self.notebooks.get(file.src_uri)
        if run is None:
            return ""
        return repr(run.exception() or run.result()) if run.done() else "running"

    # The search plugin reads page.content in its on_page_context: ours stands on both sides of it.

    @event_priority(100)
    def _lighten(self, context: Any, *, page: Page, config: MkDocsConfig, nav: Navigation) -> None:
        self.whole = page.content or ""
        page.content = searchable(self.whole)
        self.indexed = len(_entries(config))

    @event_priority(-100)
    def _restore(self, context: Any, *, page: Page, config: MkDocsConfig, nav: Navigation) -> None:
        page.content = self.whole
        if self.serving:
            self.incremental.entries_of(page, _entries(config)[self.indexed :])

    on_page_context = CombinedEvent(_lighten, _restore)

    @event_priority(100)  # before the search plugin writes its index
    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Lighten scripts and styles. Under serve, give the index what it had of the pages that were not rendered."""
        highlight.flush()
        self.builds += 1
        if not self.serving:
            folder = Path(config.site_dir)
            joined.sheets(folder, self.sheets)
            joined.scripts(folder, self.plain)
            lighten(folder / "js")
        if self.serving:
            _entries(config)[:] = self.incremental.all_entries()
            if self.stubs:
                self.incremental.forget()


def _parts(nav: Navigation) -> dict[str, str]:
    """The folders of the navigation's sections, with their titles."""
    found = {}
    for section in nav.items:
        pages = [child for child in section.children or [] if isinstance(child, Page)]
        if pages and "/" in pages[0].file.src_uri:
            found[pages[0].file.src_uri.partition("/")[0]] = str(section.title)
    return found


def _versions(lab: Lab) -> dict[str, str]:
    """Python's version, and those of the distributions that a lab imports by name."""
    return {"Python": platform.python_version(), **{each: versions.version(each) for each in lab.imports()}}


def _asked(config: MkDocsConfig, name: str) -> Iterator[Any]:
    """What other plugins say of themselves under this name."""
    return (getattr(plugin, name) for plugin in config.plugins.values() if hasattr(plugin, name))


def _entries(config: MkDocsConfig) -> list[Any]:
    """The search index's entries, whichever plugin of that name the theme brings."""
    search: Any = next((config.plugins[name] for name in ("material/search", "search") if name in config.plugins), None)
    index = getattr(search, "search_index", None)
    found = getattr(index, "entries", getattr(index, "_entries", None))
    return found if isinstance(found, list) else []
