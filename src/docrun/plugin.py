"""The thin MkDocs edge: start everything early, tell pages their names, fail before anything is published."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from mkdocs.config import config_options
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import BasePlugin, event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page as MkDocsPage
from mkdocs.utils.meta import get_data

from docrun import check, downloads, page
from docrun.errors import Fault, SettingsError
from docrun.extension import Host
from docrun.page import Page
from docrun.session import Session
from docrun.settings import Settings

log = logging.getLogger("mkdocs.plugins.docrun")


class DocrunConfig(Config):
    """The plugin's options in ``mkdocs.yml``."""

    labels = config_options.Type(dict, default={})
    preamble = config_options.Type(str, default="")


class DocrunPlugin(BasePlugin[DocrunConfig]):
    """Prefetch, watch, downloads, summary. The work itself is the Markdown extension's."""

    def __init__(self) -> None:
        self.session: Session | None = None
        self.serving = False
        self.host = Host()
        self.faults: list[Fault] = []
        self.pages: dict[str, Page] = {}

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        """Remember whether an author looks on."""
        self.serving = command == "serve"

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Share one session with the extension; start every program that a page shows and the cache does not hold."""
        self.root = Path(config.config_file_path or ".").resolve().parent
        if self.session is None:
            try:
                self.session = Session(Settings.load(self.root))
            except SettingsError as error:
                raise Abort(f"docrun: {error}") from error
        self.session.forget()
        self.faults, self.pages = [], {}
        self.host.report, self.host.rendered = self.faults.extend, self._rendered
        options = {"session": self.session, "host": self.host, "labels": self.config.labels, "links": True}
        config.mdx_configs["docrun"] = {**config.mdx_configs.get("docrun", {}), **options}
        if "docrun" not in config.markdown_extensions:
            config.markdown_extensions.append("docrun")
        self.session.prefetch(self._programs(Path(config.docs_dir)))
        return config

    @event_priority(-100)
    def on_page_markdown(self, markdown: str, *, page: MkDocsPage, config: MkDocsConfig, files: Files) -> str:
        """Tell the extension which page comes, and how many lines of front matter were cut off."""
        source = page.file.content_string.replace("\r\n", "\n").replace("\r", "\n")
        body, _ = get_data(source)  # as MkDocs cut it, whatever other plugins made of it since
        self.host.path = self._name(page)
        self.host.offset = source.removesuffix(body).count("\n")
        return markdown

    def on_env(self, env: Any, *, config: MkDocsConfig, files: Files) -> None:
        """Every page is rendered, none is written: the last moment to stop a build."""
        for fault in self.faults:
            log.error("docrun: %s", fault.report)
        for read in self.pages.values():
            for warned in check.warnings(read, self._session):
                log.warning("docrun: %s", warned)
        log.info("docrun: %d programs ran, %d in all", self._session.ran, self._session.total)
        if self.faults and not self.serving:
            count = len(self.faults)
            raise Abort(f"docrun: {count} fault{'s' if count > 1 else ''}; nothing was published")

    def on_post_page(self, output: str, *, page: MkDocsPage, config: MkDocsConfig) -> str:
        """Write a page's downloads beside it."""
        read = self.pages.get(self._name(page))
        if read:
            folder = Path(page.file.abs_dest_path).parent
            folder.mkdir(parents=True, exist_ok=True)
            for path in read.programs:
                file = folder / downloads.program_name(path, self._session)
                file.write_bytes(downloads.program_bytes(path, self._session))
            notebook = self._notebook(page, read)
            (folder / downloads.notebook_name(read)).write_text(notebook, encoding="utf-8")
        return output

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """After a full build, drop cache entries that no page uses."""
        if not self.serving:
            self._session.evict()

    def on_serve(self, server: LiveReloadServer, *, config: MkDocsConfig, builder: Any) -> LiveReloadServer:
        """Rebuild when a program or the look of figures changes."""
        settings = self._session.settings
        for watched in (settings.root / settings.programs, settings.style_path):
            if watched and watched.exists():
                server.watch(str(watched))
        return server

    def on_shutdown(self) -> None:
        """End the server process."""
        if self.session:
            self.session.close()

    @property
    def _session(self) -> Session:
        assert self.session, "on_config comes first"
        return self.session

    @staticmethod
    def _programs(docs: Path) -> Iterator[str]:
        for file in sorted(docs.rglob("*.md")):
            yield from page.parse("", file.read_text(encoding="utf-8-sig", errors="replace")).programs

    def _name(self, page: MkDocsPage) -> str:
        source = Path(page.file.abs_src_path or page.file.src_uri)
        return source.relative_to(self.root).as_posix() if source.is_relative_to(self.root) else source.as_posix()

    def _rendered(self, read: Page) -> None:
        self.pages[read.path] = read

    def _notebook(self, page: MkDocsPage, read: Page) -> str:
        preamble = (self.root / self.config.preamble).read_text(encoding="utf-8") if self.config.preamble else ""
        cell = f"$$\n{preamble.strip()}\n$$" if preamble else ""
        text, url = page.file.content_string, page.canonical_url or ""
        programs = (self._session.program(path).text for path in read.programs)

        def make() -> str:
            from docrun import notebook  # nbformat is slow to import

            return notebook.build(text, read.path, self._session, cell, url)

        return self._session.cache.text(read.path, [text, cell, url, *programs], make)
