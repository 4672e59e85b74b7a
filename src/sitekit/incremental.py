"""Under ``mkdocs serve``: render only the pages whose text, programs or surroundings changed.

It is MkDocs' own dirty mode, which skips the files that are not modified; but what counts as modified is decided by
digests, and of the pages that are skipped everything is put back that others look at. Whatever all pages share (the
configuration, the theme, the extensions, the list of files) is one digest: when it changes, everything is built.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from mkdocs.commands.build import build
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.livereload import LiveReloadServer
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from watchdog.events import FileCreatedEvent, FileDeletedEvent, FileModifiedEvent, FileMovedEvent
from watchdog.observers import Observer

from docrun import files as texts

_SOURCES = Path(__file__).parent.parent
_FIELDS = ("markdown", "meta", "content", "toc", "_title_from_render", "present_anchor_ids", "links_to_anchors")
_CHANGES = [FileCreatedEvent, FileModifiedEvent, FileMovedEvent, FileDeletedEvent]  # to open a file is none
_QUIET = 0.05  # seconds without another change before a build begins


@dataclass
class _Kept:
    """A page as it was rendered last: the digest of what made it, what other pages ask of it, its search entries."""

    digest: str
    fields: dict[str, Any] = field(default_factory=dict)
    entries: list[Any] = field(default_factory=list)


class Incremental:
    """Knows the pages of the last build. ``watched`` are files and folders that all pages depend on."""

    def __init__(self, watched: list[Path]) -> None:
        self.active = False  # a full build until told otherwise
        self.watched = watched
        self._config: MkDocsConfig | None = None
        self._pages: dict[str, _Kept] = {}
        self._shared = self._around = ""
        self._changed: set[str] = set()

    def forget(self) -> None:
        """Render everything next time."""
        self._pages = {}

    def on_nav(self, nav: Navigation, config: MkDocsConfig, files: Files) -> None:
        """Decide which pages are rendered; put the others back."""
        pages = files.documentation_pages()
        digests = {file.src_uri: _digest(file, config) for file in pages}
        kept = {uri: page for uri, page in self._pages.items() if self.active and digests.get(uri) == page.digest}
        self._changed = set(digests) - set(kept)
        self._pages = {uri: kept.get(uri, _Kept(digest)) for uri, digest in digests.items()}
        for file in pages:
            file.is_modified = self._question(file)  # type: ignore[method-assign]
            if file.src_uri in kept:
                _put_back(file.page or Page(None, file, config), kept[file.src_uri], files)

    def on_page_content(self, html: str, page: Page) -> None:
        """Remember a page that has just been rendered."""
        kept = self._pages[page.file.src_uri]
        kept.fields = {name: getattr(page, name) for name in _FIELDS} | {"content": html}

    def on_env(self, nav: Navigation, files: Files) -> None:
        """When the titles around the pages changed, all are put into the template again."""
        pages = [file.page for file in files.documentation_pages() if file.page]
        around = texts.digest(*(f"{page.url}\n{page.title}" for page in pages), *_outline(nav.items))
        if around != self._around:
            self._changed |= set(self._pages)
        self._around = around

    def entries_of(self, page: Page, entries: list[Any]) -> None:
        """Remember what the search index got of a page."""
        self._pages[page.file.src_uri].entries = entries

    def all_entries(self) -> Iterator[Any]:
        """The search entries of all pages, in the order of a full build."""
        for kept in self._pages.values():
            yield from kept.entries

    def prepare(self, config: MkDocsConfig) -> None:
        """Take a configuration that has just been read; the theme's templates are compiled once for it."""
        if config is not self._config:
            self._config = config
            _keep_templates(config)

    def serve(self, server: LiveReloadServer, full: Callable[[], None]) -> None:
        """Let the server build as little as it can, and hear of changes at once; ``full`` builds everything."""
        self._shared = self._state()

        def builder() -> None:
            shared = self._state()
            self.active, self._shared = shared == self._shared, shared
            try:
                if self.active and self._config:
                    with _without_the_dirty_warning():
                        build(self._config, serve_url=server.url, dirty=True)
                else:
                    full()
                    self._shared = self._state()
            except BaseException:
                self._shared = ""  # nothing of a build that broke off is kept
                raise

        server.builder = builder
        server.build_delay = _QUIET
        _hear_at_once(server)

    def _question(self, file: File) -> Callable[[], bool]:
        return lambda: file.src_uri in self._changed

    def _state(self) -> str:
        """A digest of what all pages share."""
        config = self._config
        if config is None:
            return ""
        docs = Path(config.docs_dir)
        names = sorted(path.relative_to(docs).as_posix() for path in docs.rglob("*"))
        pages = {".md", ".py", ".ipynb"}  # each decides by its own digest
        shared = [Path(config.config_file_path or ""), *self.watched, *_SOURCES.rglob("*.py"), *_SOURCES.rglob("*.js")]
        shared += [path for path in docs.rglob("*") if path.is_file() and path.suffix not in pages]
        found = sorted(file for path in shared for file in ([path] if path.is_file() else path.rglob("*")))
        return texts.digest(*names, *(f"{file}\n{_content(file)}" for file in found))


def _digest(file: File, config: MkDocsConfig) -> str:
    """What decides how a page looks: its text, and what plugins with a method ``digest`` say of it."""
    asked = [plugin for plugin in config.plugins.values() if hasattr(plugin, "digest")]
    return texts.digest(file.content_string, *(plugin.digest(file) for plugin in asked))


def _outline(items: list[Any], depth: int = 0) -> Iterator[str]:
    """The navigation as a text."""
    for item in items:
        yield f"{depth} {item.title} {getattr(item, 'url', '')}"
        yield from _outline(item.children or [], depth + 1)


def _keep_templates(config: MkDocsConfig) -> None:
    """Compile the theme's templates once, and look once which there are: ten thousand icons stand beside them."""
    env = config.theme.get_env()
    names = [name for name in env.list_templates() if not name.startswith(".")]  # MkDocs leaves these out too
    env.list_templates = lambda *_, filter_func=lambda name: True, **__: [*filter(filter_func, names)]  # type: ignore
    config.theme.get_env = lambda: env  # type: ignore[method-assign]


def _put_back(page: Page, kept: _Kept, files: Files) -> None:
    for name, value in kept.fields.items():
        setattr(page, name, value)
    links = kept.fields.get("links_to_anchors") or {}
    now = {files.get_file_from_path(file.src_uri): anchors for file, anchors in links.items()}
    page.links_to_anchors = {file: anchors for file, anchors in now.items() if file}


def _content(file: Path) -> str:
    try:
        return file.read_bytes().hex()
    except OSError:  # a folder, or gone
        return ""


class _without_the_dirty_warning:
    """MkDocs warns that links may be wrong in this mode; here they are put right."""

    def __enter__(self) -> None:
        logging.getLogger(build.__module__).addFilter(self._filter)

    def __exit__(self, *_: object) -> None:
        logging.getLogger(build.__module__).removeFilter(self._filter)

    @staticmethod
    def _filter(record: logging.LogRecord) -> bool:
        return "'dirty' build" not in record.getMessage()


def _hear_at_once(server: LiveReloadServer) -> None:
    """Watch with the system's own events; MkDocs looks twice a second, whatever the system can do.

    Where the system has no watcher left to give, MkDocs' own stays.
    """
    try:
        observer = Observer()
    except OSError as error:
        logging.getLogger("mkdocs.plugins.sitekit").info("an edit is seen within half a second: %s", error.strerror)
        return
    paths = list(server._watched_paths)
    counts = dict(server._watched_paths)
    server.observer = observer  # type: ignore[assignment]
    schedule = observer.schedule
    observer.schedule = partial(schedule, event_filter=_CHANGES)  # type: ignore[method-assign]
    server._watched_paths.clear()
    server._watch_refs.clear()
    for path in paths:
        server.watch(path)
        server._watched_paths[path] = counts[path]
