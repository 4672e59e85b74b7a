"""The builder on a page. A Python-Markdown extension: a ``builder`` fence becomes what its own modules draw first.

Without script the page has the net of the first preset as nested lists, its picture, its shapes and its program.
"""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension

from builder.made import made
from builder.table import table
from docrun import Fence
from script import Deno
from sitekit import fences

_PAGE = re.compile(r"^\s*- (\w+): ((?:initialization|losses|optimizers|schedulers)/[\w-]+)\.md\s*$", re.MULTILINE)


def first(root: Path, modules: str, words: str, cache: str, navigation: str, language: str) -> str:
    """The first HTML, made again only when modules, words, torch or the pages that it leads to change.

    Raises ScriptError where a module fails.
    """

    def make() -> str:
        pages = {name: f"../{path}/" for name, path in _PAGE.findall((root / navigation).read_text(encoding="utf-8"))}
        every = json.loads((root / words).read_text(encoding="utf-8"))
        said = {**every["common"], **every["builder"]}
        offered = table(pages)
        with Deno(root / modules) as deno:
            shown = deno.call("build/ui/first.js", "render", offered, said, language)
        data = {"words": said, "table": offered, "start": shown["start"]}
        attributes = "".join(f" data-{name}='{attribute(value)}'" for name, value in data.items())
        return (
            '<link rel="stylesheet" href="../css/builder.css">'
            '<div class="builder explorer" id="builder" data-explorer="builder"'
            f"{attributes}>{shown['html']}</div><!-- end of the builder -->"
        )

    return str(made(root, modules, [root / words, root / navigation], cache, f"builder {language}", make))


def attribute(value: Any) -> str:
    """JSON for an attribute in single quotes: double ones, of which there are thousands, stay one byte."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return html.escape(text, quote=False).replace("'", "&#39;")


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
        names = (given[name] for name in ("modules", "words", "cache", "navigation", "language"))
        return first(Path(given["root"]).resolve(), *names)


def makeExtension(**options: Any) -> BuilderExtension:
    """Let a host name this module instead of the class."""
    return BuilderExtension(**options)
