"""A line on each page of a loss, an optimizer, a schedule or an init: open the builder with it. A Markdown extension.

A page belongs to the name of torch that is its first heading. The line stands before the first heading of the second
level.
"""

from __future__ import annotations

import functools
import html
import json
import re
from pathlib import Path
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from builder.made import made
from builder.table import table
from script import Deno

_TITLE = re.compile(r"^# ([A-Za-z]\w*)(?: \{.*\})?\s*$")


def links(root: Path, modules: str, cache: str) -> dict[str, str]:
    """The builder's hash for each name of torch. Raises ScriptError where a module fails."""
    changed = max(file.stat().st_mtime_ns for file in (root / modules).rglob("*.js"))
    return _links(root, modules, cache, changed)


@functools.lru_cache(1)
def _links(root: Path, modules: str, cache: str, changed: int) -> dict[str, str]:
    """Read once for the pages of a build; ``changed``, when a module was last written, makes it read again."""

    def make() -> dict[str, str]:
        with Deno(root / modules) as deno:
            return dict(deno.call("build/ui/links.js", "links", table()))

    return dict(made(root, modules, [], cache, "links", make))


class UsesExtension(Extension):
    """``builder.uses`` in a list of Markdown extensions."""

    def __init__(self, **options: Any) -> None:
        """Take Python-Markdown's keyword options."""
        self.config = {
            "root": [".", "the folder that the paths below start from"],
            "modules": ["docs/theme/js", "the folder of the site's modules"],
            "words": ["docs/theme/words/en.json", "what the line says"],
            "cache": [".cache/gallery", "the folder of what is made"],
            "builder": ["../../build/", "the builder's address, seen from such a page"],
        }
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        """Register behind docrun, which counts lines, and before fences become code."""
        md.preprocessors.register(_Line(md, self.getConfigs()), "builder-uses", 27)


class _Line(Preprocessor):
    def __init__(self, md: Markdown, options: dict[str, str]) -> None:
        super().__init__(md)
        self.options = options

    def run(self, lines: list[str]) -> list[str]:
        title = next((found[1] for line in lines if (found := _TITLE.match(line))), "")
        second = next((at for at, line in enumerate(lines) if line.startswith("## ")), None)
        if not title or second is None:
            return lines
        given = self.options
        root = Path(given["root"]).resolve()
        hashes = links(root, given["modules"], given["cache"])
        if title not in hashes:
            return lines
        words = json.loads((root / given["words"]).read_text(encoding="utf-8"))["gallery"]
        text = html.escape(words["gallery.use"].replace("{name}", title), quote=False)
        line = f'<p class="build-use"><a href="{html.escape(given["builder"] + hashes[title])}">{text}</a></p>'
        return [*lines[:second], "", self.md.htmlStash.store(line), "", *lines[second:]]


def makeExtension(**options: Any) -> UsesExtension:
    """Let a host name this module instead of the class."""
    return UsesExtension(**options)
