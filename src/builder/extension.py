"""The builder on a page. A Python-Markdown extension: a ``builder`` fence becomes what its own modules draw first.

Without script the page has the net of the first preset as nested lists, its picture, its shapes and its program.
"""

from __future__ import annotations

import functools
import hashlib
import html
import json
import logging
import re
from importlib import metadata
from pathlib import Path
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension

from builder.table import table
from docrun import Fence
from docrun.shards import Shards
from script import Deno
from sitekit import fences

log = logging.getLogger("builder")
_PAGE = re.compile(r"^\s*- (\w+): ((?:initialization|losses|optimizers|schedulers)/[\w-]+)\.md\s*$", re.MULTILINE)
_HERE = Path(__file__).parent


class First:
    """The first HTML, remembered by what it was made from: modules, words, torch, and the pages that it leads to."""

    def __init__(self, root: Path, modules: str, words: str, cache: str, navigation: str) -> None:
        self.modules, self.words, self.navigation = root / modules, root / words, root / navigation
        self._shards = Shards(root / cache, log)

    def html(self, language: str) -> str:
        """The figure. Raises ScriptError where a module fails."""
        files = [*sorted(self.modules.rglob("*.js")), self.words, self.navigation, *sorted(_HERE.glob("*.py"))]
        parts = [file.read_text(encoding="utf-8") for file in files]
        address = hashlib.sha256("\0".join([metadata.version("torch"), language, *parts]).encode()).hexdigest()[:40]
        try:
            return str(self._shards.get(address))
        except KeyError:
            made = self._make(language)
            self._shards.put(address, made)
            self._shards.flush()
            return made

    def _make(self, language: str) -> str:
        pages = {name: f"../{path}/" for name, path in _PAGE.findall(self.navigation.read_text(encoding="utf-8"))}
        every = json.loads(self.words.read_text(encoding="utf-8"))
        words = {**every["common"], **every["builder"]}
        offered = table(pages)
        with Deno(self.modules) as deno:
            first = deno.call("build/ui/first.js", "render", offered, words, language)
        data = {"words": words, "table": offered, "start": first["start"]}
        attributes = "".join(f" data-{name}='{attribute(value)}'" for name, value in data.items())
        return (
            '<link rel="stylesheet" href="../css/builder.css">'
            '<div class="builder explorer" id="builder" data-explorer="builder"'
            f"{attributes}>{first['html']}</div><!-- end of the builder -->"
        )


def attribute(value: Any) -> str:
    """JSON for an attribute in single quotes: double ones, of which there are thousands, stay one byte."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return html.escape(text, quote=False).replace("'", "&#39;")


@functools.cache
def shared(root: Path, modules: str, words: str, cache: str, navigation: str) -> First:
    """One for all pages of a build: MkDocs makes the extension anew for each."""
    return First(root, modules, words, cache, navigation)


class BuilderExtension(Extension):
    """``builder.extension`` in a list of Markdown extensions."""

    def __init__(self, **options: Any) -> None:
        """Take Python-Markdown's keyword options."""
        self.config = {
            "root": [".", "the folder that the paths below start from"],
            "modules": ["docs/theme/js", "the folder of the site's modules"],
            "words": ["docs/theme/words/en.json", "what the page says"],
            "cache": [".cache/builder", "the folder of what is made"],
            "navigation": ["mkdocs.yml", "where names of torch lead to pages"],
            "language": ["en", "of numbers and plural forms"],
        }
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        """Register the fence; what goes wrong with it is a fault with page and line."""
        fences.register(md, ("builder",), lambda: self._html)

    def _html(self, _fence: Fence) -> str:
        given = self.getConfigs()
        names = (given[name] for name in ("modules", "words", "cache", "navigation"))
        return shared(Path(given["root"]).resolve(), *names).html(given["language"])


def makeExtension(**options: Any) -> BuilderExtension:
    """Let a host name this module instead of the class."""
    return BuilderExtension(**options)
