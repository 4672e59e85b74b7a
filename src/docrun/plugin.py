"""The thin MkDocs edge: start everything early, tell pages their names, fail before anything is published."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from mkdocs.config import config_options
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import BasePlugin, event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page as MkDocsPage

from docrun import edge, progress, publish
from docrun.author import page
from docrun.author.page import Page
from docrun.errors import Fault, SettingsError
from docrun.extension import Host
from docrun.host import check
from docrun.host.session import Session
from docrun.preview import Preview
from docrun.publish import Edition
from docrun.settings import Settings
from docrun.show import render

log = logging.getLogger("mkdocs.plugins.docrun")


class DocrunConfig(Config):
    """The plugin's options in ``mkdocs.yml``: the words on pages, and the file of TeX macros that notebooks need."""

    labels = config_options.Type(dict, default={})
    macros = config_options.Type(str, default="")


class DocrunPlugin(BasePlugin[DocrunConfig]):
    """Prefetch, watch, downloads, summary. The work itself is the Markdown extension's."""

    def __init__(self) -> None:
        self.session: Session | None = None
        self.preview: Preview | None = None
        self.serving = False
        self.host = Host()
        self.faults: dict[str, tuple[Fault, ...]] = {}
        self.pages: dict[str, Page] = {}
        self.unfinished: dict[str, Page] = {}
        self.written: dict[str, list[Path]] = {}
        self.sources: dict[str, PurePosixPath] = {}

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        """Remember whether an author looks on."""
        self.serving = command == "serve"

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Share one session with the extension; start every program that a page shows and the cache does not hold."""
        self.root = edge.root_of(config)
        if self.session and self.session.settings.root != self.root:
            self.session.close()  # MkDocs keeps plugins for a process, whichever project it builds next
            self.session = None
        if self.session is None:
            try:
                self.session = Session(Settings.load(self.root))
            except SettingsError as error:
                raise Abort(f"docrun: {error}") from error
            self.session.runs.pool.nice = self.serving
            progress.follow(self.session)
        self.session.forget()
        self.host.waits = not self.serving
        self.host.report, self.host.rendered = self._report, self._rendered
        self.host.unfinished = self._unfinished
        options = {"session": self.session, "host": self.host, "labels": self.config.labels, "links": True}
        config.mdx_configs["docrun"] = {**config.mdx_configs.get("docrun", {}), **options}
        if "docrun" not in config.markdown_extensions:
            config.markdown_extensions.append("docrun")
        return config

    @event_priority(-100)
    def on_nav(self, nav: Navigation, *, config: MkDocsConfig, files: Files) -> Navigation:
        """Start the programs: those of the first page first, then in the order of the navigation."""
        ordered = [page.file for page in nav.pages]
        rest = [file for file in files.documentation_pages() if file not in ordered]
        self._session.start(self._programs([*ordered, *rest]))
        return nav

    @event_priority(-100)
    def on_page_markdown(self, markdown: str, *, page: MkDocsPage, config: MkDocsConfig, files: Files) -> str:
        """Tell the extension which page comes, and how many lines of front matter were cut off."""
        name = self.host.path = edge.name_of(page.file, self.root)
        for known in (self.faults, self.pages, self.unfinished):
            known.pop(name, None)
        self.host.offset = edge.offset_of(page.file)
        return markdown

    def on_page_content(self, html: str, *, page: MkDocsPage, config: MkDocsConfig, files: Files) -> str:
        """Let links find the page's figures, whose HTML MkDocs has not looked into."""
        read = self.pages.get(edge.name_of(page.file, self.root))
        if read and page.present_anchor_ids is not None:
            page.present_anchor_ids |= {figure.anchor for figure in render.number(read).values()}
        return html

    def on_env(self, env: Any, *, config: MkDocsConfig, files: Files) -> None:
        """Every page is rendered, none is written: the last moment to stop a build."""
        present = {edge.name_of(file, self.root) for file in files.documentation_pages()}
        for known in (self.faults, self.pages, self.unfinished):
            for name in set(known) - present:
                known.pop(name)
        for read in self.pages.values():
            for warned in check.warnings(read, self._session):
                log.warning("docrun: %s", warned)
        log.info("docrun: %d programs ran, %d in all", self._session.ran, self._session.total)
        faults = [f"docrun: {fault.report}" for found in self.faults.values() for fault in found]
        edge.tell(log, faults, stop=not self.serving)

    def on_post_page(self, output: str, *, page: MkDocsPage, config: MkDocsConfig) -> str:
        """Write a page's downloads beside it."""
        name = edge.name_of(page.file, self.root)
        read = self.pages.get(name)
        before, now = self.written.pop(name, []), []
        if read:
            folder = Path(page.file.abs_dest_path).parent
            edition = Edition(config.copyright or "", self.config.macros)
            text, url = page.file.content_string, page.canonical_url or ""
            now = self.written[name] = publish.page(self._session, read, text, folder, edition, url)
            self.sources[name] = PurePosixPath(page.file.src_uri)
        for file in set(before) - set(now):  # under serve, what the page offered before
            file.unlink(missing_ok=True)
        return output

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """After a full build, pack each part's downloads, and drop cache entries that no page uses."""
        if not self.serving:
            written = ((self.sources[name], files) for name, files in self.written.items())
            publish.parts(Path(config.site_dir), written)
            self._session.evict()

    def on_serve(self, server: LiveReloadServer, *, config: MkDocsConfig, builder: Any) -> LiveReloadServer:
        """Rebuild when a program or the look of figures changes, and when what a page waits for has run."""
        settings = self._session.settings
        for watched in (settings.root / settings.programs, settings.style_path):
            if watched and watched.exists():
                server.watch(str(watched))
        session = self._session
        self.preview = Preview(lambda: len(session.runs) > 0, lambda: bool(self.unfinished))
        session.runs.on_idle = self.preview.look
        self.preview.start(server)
        return server

    def on_shutdown(self) -> None:
        """End the server process."""
        if self.preview:
            self.preview.stop()
        if self.session:
            self.session.close()

    @property
    def waiting(self) -> int:
        """How many programs pages wait for."""
        return len(self._session.runs)

    def digest(self, file: Any) -> str:
        """What decides how a page looks beside its own text: its programs and what they did."""
        read = page.parse("", file.content_string)
        return self._session.fingerprint(read.programs)

    @property
    def _session(self) -> Session:
        assert self.session, "on_config comes first"
        return self.session

    @staticmethod
    def _programs(files: list[Any]) -> Iterator[str]:
        for file in files:
            if file.src_uri.endswith(".md"):
                yield from page.parse("", file.content_string).programs

    def _report(self, faults: tuple[Fault, ...]) -> None:
        self.faults[self.host.path] = faults

    def _rendered(self, read: Page) -> None:
        self.pages[read.path] = read

    def _unfinished(self, read: Page) -> None:
        self.unfinished[read.path] = read
