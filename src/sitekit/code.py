"""Boxes of code for the page: fewer elements than Pygments writes, and their size, which a browser can then skip.

A page of code has thousands of spans, and every one is styled before anything is seen. Names and spaces look like the
text around them, operators like punctuation, parts of a string like the string (css/site.css), neighbours like each
other: one span does, or none.
"""

from __future__ import annotations

import re
from html import unescape

_PLAIN = ("n", "w", "kc", "sa", "vm", "fm")  # token classes that look like text
_SAME = {"o": "p", "ow": "p", "s1": "s2", "si": "s2", "mf": "mi"}  # that look like another
_SPAN = re.compile(r'<span class="(?P<kind>[\w-]+)">(?P<text>[^<]*)</span>')
_NEIGHBOURS = re.compile(r'<span class="(?P<kind>[\w-]+)">(?P<text>[^<]*)</span>(?P<space>\s*)<span class="(?P=kind)">')
_BOX = re.compile(r'<div class="highlight"><pre><span></span><code>(?P<code>.*?)</code></pre></div>', re.S)
_TAG = re.compile(r"<[^>]*>")


def lighten(html: str) -> str:
    """A highlighted box with the same text in the same colors, its lines and columns as variables of its style."""
    return _BOX.sub(_box, html)


def _box(found: re.Match[str]) -> str:
    code = _SPAN.sub(_span, found["code"])
    while (joined := _NEIGHBOURS.sub(r'<span class="\g<kind>">\g<text>\g<space>', code)) != code:
        code = joined
    lines = unescape(_TAG.sub("", code)).rstrip("\n").split("\n")
    size = f"--lines:{len(lines)};--columns:{max(map(len, lines))}"
    return f'<div class="highlight" style="{size}"><pre><code>{code}</code></pre></div>'


def _span(found: re.Match[str]) -> str:
    if (kind := _SAME.get(found["kind"], found["kind"])) in _PLAIN:
        return found["text"]
    return f'<span class="{kind}">{found["text"]}</span>'
