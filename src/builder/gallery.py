"""Nets that trained at build, on pages. A Markdown extension: a ``nets`` fence becomes a row for each preset of the
builder, a ``toy`` fence a trained net that runs in the page.

Each row has the net's picture, its counts, the curve of a real run of its program, and a link that opens it in the
builder. The runs are made when the site is built and remembered (``runs.py``).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension

from builder import toy
from builder.extension import attribute
from builder.made import made
from builder.runs import Runs
from builder.table import table
from docrun import Fence
from script import Deno
from sitekit import fences

_MODULE = "build/ui/gallery.js"
FENCES = ("nets", "toy")
_SHEETS = '<link rel="stylesheet" href="../css/builder.css"><link rel="stylesheet" href="../css/nets.css">'


def html(root: Path, modules: str, words: str, cache: str, language: str, builder: str) -> str:
    """The rows, made again only when what they are made from changes.

    Raises ScriptError where a module fails, RunError where a program does.
    """

    def make() -> str:
        every = json.loads((root / words).read_text(encoding="utf-8"))
        said = {**every["common"], **every["builder"], **every["gallery"]}
        offered = table()
        with Deno(root / modules) as deno:
            programs = deno.call(_MODULE, "programs", offered, said, language)
            runs = Runs(root / cache).of(programs)
            return str(deno.call(_MODULE, "render", offered, said, language, runs, builder))

    return str(made(root, modules, [root / words], cache, f"gallery {language} {builder}", make))


def toy_html(root: Path, modules: str, words: str, cache: str, language: str) -> str:
    """The trained net with its weights, made again only when it would change. Raises ScriptError and RunError."""

    def make() -> str:
        said = json.loads((root / words).read_text(encoding="utf-8"))
        entries = {key: text for key, text in said["gallery"].items() if key.startswith("see.")}
        with Deno(root / modules) as deno:
            programs = deno.call(_MODULE, "programs", table(), {**said["builder"], **said["gallery"]}, language)
            found = toy.trained(programs["unet"], Runs(root / cache))
            shown = deno.call("build/ui/see.js", "render", entries, language, found)
            shown += deno.call("build/ui/see.js", "augmentations", entries, language)
        data = {"words": entries, "weights": found["weights"]}
        attributes = "".join(f" data-{name}='{attribute(value)}'" for name, value in data.items())
        return f'<div class="toy explorer" data-explorer="toy"{attributes}>{shown}</div>'

    return str(made(root, modules, [root / words], cache, f"toy {language}", make))


class GalleryExtension(Extension):
    """``builder.gallery`` in a list of Markdown extensions."""

    def __init__(self, **options: Any) -> None:
        """Take Python-Markdown's keyword options."""
        self.config = {
            "root": [".", "the folder that the paths below start from"],
            "modules": ["docs/theme/js", "the folder of the site's modules"],
            "words": ["docs/theme/words/en.json", "what the page says"],
            "cache": [".cache/gallery", "the folder of what programs gave"],
            "language": ["en", "of numbers and plural forms"],
            "builder": ["../build/", "the builder's address, seen from the page"],
        }
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        """Register the fences; what goes wrong with one, a program that fails too, is a fault with page and line."""
        fences.register(md, FENCES, lambda: self._html)

    def _html(self, fence: Fence) -> str:
        given = self.getConfigs()
        root = Path(given["root"]).resolve()
        modules, words, cache, language = (given[name] for name in ("modules", "words", "cache", "language"))
        if fence.language == "toy":
            return _SHEETS + toy_html(root, modules, words, cache, language)
        return f'{_SHEETS}<div class="nets">{html(root, modules, words, cache, language, given["builder"])}</div>'


def makeExtension(**options: Any) -> GalleryExtension:
    """Let a host name this module instead of the class."""
    return GalleryExtension(**options)
