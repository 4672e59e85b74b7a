"""pymdownx.highlight that remembers on disk what Pygments made of a text: a third of a build's time goes there.

What it gives is lighter than Pygments' own HTML (``sitekit.code``).
"""

from __future__ import annotations

import contextlib
import json
import logging
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from markdown import Markdown
from pymdownx.highlight import Highlight, HighlightExtension

from docrun import files
from docrun.shards import Shards
from sitekit import code

log = logging.getLogger("mkdocs.plugins.sitekit")


class RememberingExtension(HighlightExtension):  # type: ignore[misc]
    """``sitekit.highlight`` in the place of ``pymdownx.highlight``, with its options; it looks the same."""

    def get_pymdownx_highlighter(self) -> type[Highlight]:
        """What SuperFences and InlineHilite ask for."""
        return _Remembering


class _Remembering(Highlight):  # type: ignore[misc]
    def highlight(self, src: str, language: str, *arguments: Any, **named: Any) -> Any:
        own = {name: repr(value) for name, value in vars(self).items() if name != "md"}
        about = dict(named)
        if not (self.linenums or self.line_spans or self.line_anchors):
            about.pop("code_block_count", None)  # it only names lines
        asked = json.dumps([src, language, arguments, about, own], sort_keys=True, default=repr)
        name = files.digest(asked, *_versions())[:40]
        with contextlib.suppress(KeyError):
            if isinstance(known := _shards().get(name), str):
                return known
        made = super().highlight(src, language, *arguments, **named)
        if not isinstance(made, str):  # inside a line it is an element
            return made
        _shards().put(name, light := code.lighten(made))
        return light


def python(source: str) -> str:
    """Python code as the site shows it in a page's fence: HTML."""
    return str(_Remembering(md=Markdown()).highlight(source.rstrip("\n"), "python"))


@cache
def _versions() -> tuple[str, ...]:
    ours = Path(code.__file__).read_text(encoding="utf-8")
    return *(metadata.version(name) for name in ("pygments", "pymdown-extensions")), ours


_memory: dict[Path, Shards] = {}
_folder = Path(".cache/highlight")


def use(folder: Path) -> None:
    """Say where to remember; without this, below the working folder."""
    global _folder
    _folder = folder


def _shards() -> Shards:
    if _folder not in _memory:
        _memory[_folder] = Shards(_folder, log)
    return _memory[_folder]


def flush() -> None:
    """Write what is new."""
    _shards().flush()


def makeExtension(**options: Any) -> RememberingExtension:
    """Let a host name this module instead of the class."""
    return RememberingExtension(**options)
