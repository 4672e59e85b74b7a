"""Figures that a reader can move. A Python-Markdown extension: an ``explorer`` fence becomes a figure's first picture.

```` ```explorer name="schedules" choose="step_lr,cosine_annealing_lr" ```` names a module of ``docs/theme/js`` and the
fields that this page sets otherwise. ``id`` names the figure where a page has several of one explorer. The module
itself draws the picture, in deno, so the page's script finds what it would have drawn. Without script the figure is a
picture with a table and a program.
"""

from __future__ import annotations

import functools
import hashlib
import html
import json
import logging
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension

from docrun import Fence
from docrun.shards import Shards
from script import Deno, ScriptError
from sitekit import fences
from sitekit.fences import FenceError

log = logging.getLogger("sitekit.explorers")
_ATTRIBUTE = re.compile(r'([\w.]+)="([^"]*)"\s*')
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_SAID = re.compile(r" failed: Error: (.*)")  # what a module refuses


class ExplorerError(FenceError):
    """There is no such explorer, field or value."""


class Explorers:
    """Draws first pictures, and remembers them by what they were made from: all modules, the words, the fields."""

    def __init__(self, root: Path, modules: str, words: str, cache: str) -> None:
        self.modules, self.words = root / modules, root / words
        self._deno = Deno(self.modules)
        self._shards = Shards(root / cache, log)
        self._digest = ""

    def look(self) -> None:
        """Read modules and words again, once per page: under serve they change."""
        files = [*sorted(self.modules.rglob("*.js")), self.words]
        parts = [f"{file.name}\0{file.read_text(encoding='utf-8')}" for file in files]
        digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
        if digest != self._digest:
            self._deno.close()
            self._digest = digest

    def figure(self, name: str, key: str, given: dict[str, str], language: str) -> str:
        """The figure's HTML. Raises ExplorerError where there is no such explorer, field or value."""
        if not _NAME.fullmatch(name) or not (self.modules / f"{name}.js").is_file():
            raise ExplorerError(f"there is no explorer {name!r} in {self.modules.name}/")
        every = json.loads(self.words.read_text(encoding="utf-8"))
        words = {**every["common"], **every.get(name, {})}
        request = json.dumps([self._digest, name, key, given, language], sort_keys=True)
        address = hashlib.sha256(request.encode()).hexdigest()[:40]
        identity = f"explorer-{key}"
        try:
            inside = str(self._shards.get(address))
        except KeyError:
            try:
                inside = self._deno.call("ui/build.js", "figure", name, identity, given, words, language)
            except ScriptError as error:
                said = _SAID.search(str(error))  # any other error is a module's own, and its stack is wanted
                raise ExplorerError(said[1] if said else str(error)) from error
            self._shards.put(address, inside)
        own = ";".join(["a", *(f"{field}:{text}" for field, text in given.items())])
        attributes = {"id": identity, "class": "explorer", "data-explorer": name, "data-key": key, "data-own": own}
        attributes["data-words"] = json.dumps(words, ensure_ascii=False, separators=(",", ":"))
        opening = " ".join(f'{attribute}="{html.escape(text)}"' for attribute, text in attributes.items())
        return f"<figure {opening}>{inside}</figure>"

    def flush(self) -> None:
        """Write what is new to the cache."""
        self._shards.flush()


@functools.cache
def shared(root: Path, modules: str, words: str, cache: str) -> Explorers:
    """One deno process for all pages of a build: MkDocs makes the extension anew for each."""
    return Explorers(root, modules, words, cache)


class ExplorersExtension(Extension):
    """``sitekit.explorers`` in a list of Markdown extensions."""

    def __init__(self, **options: Any) -> None:
        """Take Python-Markdown's keyword options."""
        self.config = {
            "root": [".", "the folder that the paths below start from"],
            "modules": ["docs/theme/js", "the folder of the explorers' modules"],
            "words": ["docs/theme/words/en.json", "what the explorers say"],
            "cache": [".cache/explorers", "the folder of the pictures that are done"],
            "language": ["en", "of numbers and plural forms"],
        }
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        """Register the fence."""
        fences.register(md, ("explorer",), lambda: _Page(self.getConfigs()).figure)


class _Page:
    """The explorers of one page; each needs an id of its own."""

    def __init__(self, options: dict[str, str]) -> None:
        self.language = options["language"]
        root = Path(options["root"]).resolve()
        self.explorers = shared(root, options["modules"], options["words"], options["cache"])
        self.explorers.look()
        self.keys = set[str]()

    def figure(self, fence: Fence) -> str:
        """The HTML of a fence. Raises ExplorerError."""
        fields = _fields(fence.info, fence.body)
        name = fields.pop("name", "")
        key = fields.pop("id", name)
        if key in self.keys or not _NAME.fullmatch(key):
            raise ExplorerError(f"the page needs one plain id for each explorer, not {key!r}")
        self.keys.add(key)
        figure = self.explorers.figure(name, key, fields, self.language)
        self.explorers.flush()
        return figure


def _fields(info: str, body: Iterable[str]) -> dict[str, str]:
    """The attributes of a fence. Raises ExplorerError for anything else."""
    rest = _ATTRIBUTE.sub("", info).strip()
    if rest or any(line.strip() for line in body):
        raise ExplorerError(f'an explorer takes attributes such as name="…" and an empty body, not {rest or "text"!r}')
    found = _ATTRIBUTE.findall(info)
    if len({name for name, _ in found}) != len(found):
        raise ExplorerError("an attribute is given twice")
    return dict(found)


def makeExtension(**options: Any) -> ExplorersExtension:
    """Let a host name this module instead of the class."""
    return ExplorersExtension(**options)
