"""The MkDocs edge: pages and lines for messages, one list of mistakes, an engine that ends with the build."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, PluginError
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import BasePlugin, event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from docrun import edge
from typeset import engine
from typeset.errors import Report
from typeset.typesetter import flush_all

log = logging.getLogger("mkdocs.plugins.typeset")


class TypesetConfig(Config):
    """No options: they are the Markdown extension's, so that every host has them."""


class TypesetPlugin(BasePlugin[TypesetConfig]):
    """Collects mistakes and ends a build before anything is published; a preview shows them and goes on."""

    def __init__(self) -> None:
        self.report = Report()
        self._serving = False

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        """Remember whether this is a preview."""
        self._serving = command == "serve"

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Hand the Markdown extension the report and the folder its paths start from."""
        if "typeset" not in config.markdown_extensions:
            raise PluginError("typeset: add `typeset` to markdown_extensions, after pymdownx.arithmatex")
        options = config.mdx_configs.setdefault("typeset", {})
        options.setdefault("root", self._root(config))
        options["report"] = self.report
        return config

    @event_priority(100)  # before other plugins change the text: lines are those of the file
    def on_page_markdown(self, markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Say which page comes, and how many lines of front matter were cut off."""
        self.report.begin(edge.name_of(page.file, edge.root_of(config)), edge.offset_of(page.file))
        return markdown

    def on_env(self, env: Environment, *, config: MkDocsConfig, files: Files) -> Environment:
        """All pages are converted, none is written: the place to stop."""
        flush_all()
        root = edge.root_of(config)
        present = {edge.name_of(file, root) for file in files.documentation_pages()}
        self.report.problems[:] = [problem for problem in self.report.problems if problem.page in present]
        edge.tell(log, self._messages(), stop=not self._serving)
        return env

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """A preview keeps its engine for the next edit."""
        if not self._serving:
            engine.close()

    def on_build_error(self, *, error: Exception) -> None:
        """Keep what is typeset, and do not lose our list if something else ended the build."""
        flush_all()
        if not isinstance(error, Abort):
            edge.tell(log, self._messages(), stop=False)
        engine.close()

    def on_shutdown(self) -> None:
        """End the engine of a preview."""
        engine.close()

    def on_serve(
        self, server: LiveReloadServer, *, config: MkDocsConfig, builder: Callable[..., Any]
    ) -> LiveReloadServer:
        """Build again when the macros change."""
        options = config.mdx_configs.get("typeset", {})
        if options.get("macros"):
            server.watch(str(Path(options["root"]) / options["macros"]))
        return server

    def _root(self, config: MkDocsConfig) -> str:
        return str(Path(config.config_file_path).parent) if config.config_file_path else "."

    def _messages(self) -> list[str]:
        return [f"typeset: {problem}" for problem in self.report.problems]
