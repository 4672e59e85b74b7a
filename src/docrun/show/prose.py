"""A page's prose as plain Markdown: what Jupyter shows as it is meant, without the site's extensions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

# What no rule may touch: fenced blocks, code spans, formulas.
_KEPT = re.compile(
    r"^(?P<lead>[ \t>]*)(?P<fence>`{3,}|~{3,}).*?^[ \t>]*(?P=fence)[`~]*[ \t]*$"
    r"|(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)"
    r"|(?<!\\)\$\$.+?\$\$"
    r"|(?<![\\$])\$(?!\s)(?:\\.|[^\\$])+?(?<!\s)\$",
    re.M | re.S,
)
_PUT_BACK = re.compile("\ue000(\\d+)\ue001")
_ATTRIBUTES = re.compile(r"[ \t]*\{:?[ \t]*[#.][^}\n]*\}")
_DRAWING = re.compile(r"<(?P<tag>svg|script|style)\b.*?</(?P=tag)>|<!--.*?-->", re.S)
_TAG = re.compile(r"</?(?!(?:br|sub|sup|kbd|em|strong|code|b|i)\b)[a-zA-Z][\w-]*(?:\s[^<>]*)?/?>")
_LINK = re.compile(r"(?P<image>!?)\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])+|)\]\((?P<target>[^)\s]+)(?:\s+\"[^\"]*\")?\)")
_NOTE = re.compile(r"^\[\^(?P<name>[\w-]+)\]:\s*", re.M)
_NOTED = re.compile(r"\[\^(?P<name>[\w-]+)\]")
_BLOCK = re.compile(r"^/{3,}\s*(?P<kind>[\w-]*)\s*(?:\|\s*(?P<title>.*?))?\s*$")
_BLOCK_OPTION = re.compile(r"^ {4}[\w-]+:")
_ADMONITION = re.compile(r'^(?P<indent> *)(?:!!!|\?\?\?\+?|===!?)\s+(?P<kind>[\w-]*)[^"\n]*(?:"(?P<title>.*)")?\s*$')
_OPENING_TAG = re.compile(r"^\s*<(?:div|section)\b[^>]*>\s*$", re.M)


@dataclass(frozen=True)
class Place:
    """Where a page is published: ``url`` is its address or empty, ``index`` says that it is its folder's own page."""

    url: str = ""
    index: bool = False

    def link(self, target: str) -> str:
        """The absolute address of a link's target, or nothing where it is not known."""
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            return target
        if not self.url:
            return ""
        path, hash_, anchor = target.partition("#")
        if not path:
            return self.url + hash_ + anchor
        page = re.fullmatch(r"(?P<stem>.*?)(?P<name>[^/]+)\.(?:md|py|ipynb)", path)
        if page and self.url.endswith(".html"):
            path = f"{page['stem']}{page['name']}.html"
        elif page:
            path = page["stem"] + ("" if page["name"] in ("index", "README") else f"{page['name']}/")
        beside = "" if self.index or self.url.endswith(".html") else "../"  # the page has a folder of its own
        return urljoin(self.url, beside + path) + hash_ + anchor


def plain(lines: list[str], place: Place) -> str:
    """Some lines of a page, none of them inside an example's fences, as Markdown that needs no extension."""
    kept: list[str] = []
    text = _KEPT.sub(lambda part: _keep(part[0], kept), "\n".join(lines))
    text = "\n".join(_blocks(text.split("\n")))
    text = _TAG.sub("", _OPENING_TAG.sub("", _DRAWING.sub("", text)))
    text = _LINK.sub(_linked(place), _ATTRIBUTES.sub("", text))
    text = _NOTED.sub(r"<sup>\g<name></sup>", _NOTE.sub(r"<sup>\g<name></sup> ", text))
    text = _PUT_BACK.sub(lambda mark: kept[int(mark[1])], text)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+$", "", text, flags=re.M)).strip()


def _keep(part: str, kept: list[str]) -> str:
    kept.append(part)
    return f"\ue000{len(kept) - 1}\ue001"


def _linked(place: Place) -> Callable[[re.Match[str]], str]:
    def put(link: re.Match[str]) -> str:
        address = "" if link["target"].startswith("#spark-") else place.link(link["target"])
        return f"{link['image']}[{link['text']}]({address})" if address else link["text"]

    return put


def _blocks(lines: list[str]) -> Iterator[str]:
    """Admonitions as block quotes with a bold title; blocks between slashes as a bold title and what they hold."""
    depth: int | None = None
    options = False  # of the block that has just begun
    for line in lines:
        options = options and bool(_BLOCK_OPTION.match(line))
        if block := _BLOCK.match(line):
            options = bool(block["kind"])
            yield from (f"**{title}**", "") if (title := block["title"] or "") else ("",)
        elif options:
            continue
        elif opening := _ADMONITION.match(line):
            depth = len(opening["indent"]) + 4
            title = opening["title"] if opening["title"] is not None else opening["kind"].capitalize()
            yield from (f"> **{title}**", ">") if title else ()
        elif depth is not None and (line.startswith(" " * depth) or not line.strip()):
            yield f"> {line[depth:]}".rstrip()
        else:
            if depth is not None:
                depth = None
                yield ""
            yield line


def folded(lines: list[str]) -> set[int]:
    """The numbers, from 1, of the lines inside a block between slashes that is folded on the page."""
    inside: set[int] = set()
    opened: list[tuple[int, bool]] = []
    fence = ""
    for number, line in enumerate(lines, 1):
        mark = re.match(r"^(`{3,}|~{3,})", line)
        if mark and not fence:
            fence = mark[1]
        elif mark and line.strip() == fence:
            fence = ""
        block = None if fence else _BLOCK.match(line)
        if block and block["kind"]:
            opened.append((number, block["kind"] == "details"))
        elif block and opened:
            start, hidden = opened.pop()
            inside |= set(range(start, number + 1)) if hidden else set()
    return inside
