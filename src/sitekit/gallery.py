"""Pages that show other pages: cards of guides, and a wall of all figures. A Python-Markdown extension.

A fence ``cards`` holds the paths of pages, one a line; a fence ``figures`` is empty. What is shown comes from a page's
front matter, its length, and the figures that its outputs name, so nothing has to run.
"""

from __future__ import annotations

import math
import posixpath
import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from mkdocs.utils.meta import get_data

from docrun import Fence, page, render
from sitekit import fences
from sitekit.fences import FenceError

FENCES = ("cards", "figures")
_SENTENCE = re.compile(r"(.+?[.?!])(?:\s|$)", re.S)
_WORDS_A_MINUTE, _MINUTES_AN_EXAMPLE = 220, 0.3


class Host:
    """What the plugin tells the extension: the page that is rendered, and all texts in the navigation's order."""

    def __init__(self) -> None:
        self.uri = ""
        self.pages: Mapping[str, str] = {}
        self.parts: Mapping[str, str] = {}


HOST = Host()


def asks(text: str) -> bool:
    """Whether a page shows others, and so changes with them."""
    return any(fence.language in FENCES for fence in page.fences(text))


def minutes(text: str) -> int:
    """How long a page takes to read: its words, and a look at each program and its output."""
    words = sum(len(line.split()) for _, line in page.prose(text))
    return max(2, math.ceil(words / _WORDS_A_MINUTE + _MINUTES_AN_EXAMPLE * len(page.parse("", text).examples)))


def cards(here: str, names: Iterable[str], pages: Mapping[str, str]) -> str:
    """HTML of one card for each page: its first figure, its title, a sentence, the minutes. Raises KeyError."""
    return f'<ul class="guides">{"".join(_card(here, name, pages[name]) for name in names)}</ul>'


def wall(here: str, pages: Mapping[str, str], parts: Mapping[str, str]) -> str:
    """HTML of every figure of every page, with its links, and a choice of parts."""
    items = [item for name, text in pages.items() for item in _figures(here, name, text)]
    named = {part: title for part, title in parts.items() if any(f'data-part="{part}"' in item for item in items)}
    choices = "".join(_choice(part, title) for part, title in {"": "all", **named}.items())
    search = '<label class="wall__search">Find <input type="search" name="wall-words" autocomplete="off"/></label>'
    count = f'<p role="status" data-count="{{shown}} of {len(items)} figures">{len(items)} figures</p>'
    tools = (
        f'<form class="wall__tools" hidden=""><fieldset><legend>Part</legend>{choices}</fieldset>{search}{count}</form>'
    )
    return f'<div class="wall" data-search-exclude="">{tools}<ul class="wall__figures">{"".join(items)}</ul></div>'


def _card(here: str, name: str, text: str) -> str:
    _, meta = get_data(text)
    figures = render.number(page.parse("", text))
    image = _image(here, name, next(iter(figures.values())).anchor) if figures else ""
    sentence = _SENTENCE.match(str(meta.get("description", "")))
    title = escape(str(meta.get("title", name)), quote=False)
    said = escape(sentence[1], quote=False) if sentence else ""
    return (
        f'<li class="guide"><a href="{_url(here, name)}">{image}<strong>{title}</strong></a>'
        f"<p>{said}</p><small>{minutes(text)} min</small></li>"
    )


def _figures(here: str, name: str, text: str) -> Iterable[str]:
    _, meta = get_data(text)
    title = escape(str(meta.get("title", name)), quote=False)
    for example, figure in render.number(page.parse("", text)).items():
        place = _url(here, name)
        link = f"{place}#{figure.anchor}"
        assert example.output
        caption = escape(example.output.caption, quote=False)
        files = "".join(
            f' <a href="{place}{figure.anchor}{ending}.svg" download="">{label}</a>'
            for ending, label in (("", "SVG"), ("-dark", "SVG, dark"))
        )
        image, alt = _image(here, name, figure.anchor), escape(example.output.alt)
        part = name.partition("/")[0]
        yield (
            f'<li class="wall__figure" data-part="{part}"><a href="{link}" aria-label="{alt}">{image}</a>'
            f'<p><a href="{link}">{title}, figure {figure.number}</a> {caption}</p>'
            f'<p class="wall__files">{files}</p></li>'
        )


def _image(here: str, name: str, anchor: str) -> str:
    """A picture for each palette; the one that is not shown is not loaded."""
    place = _url(here, name)
    made = (
        f'<img src="{place}{anchor}{ending}.svg#only-{palette}" alt="" loading="lazy" width="240" height="160"/>'
        for ending, palette in (("", "light"), ("-dark", "dark"))
    )
    return "".join(made)


def _choice(part: str, title: str) -> str:
    checked = "" if part else ' checked=""'
    return f'<label><input type="radio" name="wall-part" value="{part}"{checked}/>{escape(title)}</label>'


def _url(here: str, name: str) -> str:
    """The address of a page's folder, seen from another page's."""
    return posixpath.relpath(_folder(name), _folder(here)) + "/"


def _folder(name: str) -> str:
    stem = name.rpartition(".")[0]
    return "/" + (stem.removesuffix("index").rstrip("/") if posixpath.basename(stem) == "index" else stem)


class GalleryExtension(Extension):
    """``sitekit.gallery`` in a list of Markdown extensions; the plugin fills HOST."""

    def extendMarkdown(self, md: Markdown) -> None:
        """Register both fences."""
        fences.register(md, FENCES, lambda: _html)


def _html(fence: Fence) -> str:
    """What a fence shows. Raises FenceError."""
    names = [line.strip() for line in fence.body if line.strip()]
    if fence.info:
        raise FenceError(f"a fence of {fence.language} takes no option, but has {fence.info!r}")
    if fence.language == "figures":
        if names:
            raise FenceError("a fence of figures is empty")
        return wall(HOST.uri, HOST.pages, HOST.parts)
    if not names:
        raise FenceError("a fence of cards holds the paths of pages, one a line")
    try:
        return cards(HOST.uri, names, HOST.pages)
    except KeyError as missing:
        raise FenceError(f"the navigation has no page {missing}") from None


def makeExtension(**options: Any) -> GalleryExtension:
    """Let a host name this module instead of the class."""
    return GalleryExtension(**options)
