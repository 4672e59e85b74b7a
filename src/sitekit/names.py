"""Names for what programs printed: a box that the keyboard reaches must say what it is. A Python-Markdown extension.

The name is the caption, or the heading above. docrun itself does not know the page around an output.
"""

from __future__ import annotations

import re
from collections import Counter
from html import escape, unescape
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor

LABEL = "Output"
_AFTER_HTML = 20  # raw HTML comes back at 30
_PART = re.compile(r'<h(?P<level>[1-6])\b.*?</h(?P=level)>|<figure class="docrun\b.*?</figure>', re.S)
_CAPTION = re.compile(r"<figcaption\b.*?</figcaption>", re.S)
_OUTPUT = re.compile(r'<(?P<tag>pre|div)(?P<rest> class="(?:docrun-text|table-scroll)[^>]*)>')
# A heading's formula is there three times: drawn, as MathML and, hidden, as the words that we want.
_SILENT = re.compile(r'<a class="headerlink".*?</a>|<svg\b.*?</svg>|<span class="typeset-math">.*?</math></span>', re.S)
_TAG = re.compile(r"<[^>]*>")


def named(html: str, label: str = LABEL) -> str:
    """The page with a name on every printed text and table of an output. Twice is the same as once."""
    heading, names = "", Counter[str]()

    def part(found: re.Match[str]) -> str:
        nonlocal heading
        if found["level"]:
            heading = _words(found[0])
            return found[0]
        caption = _CAPTION.search(found[0])
        return _OUTPUT.sub(lambda output: name(output, _words(caption[0]) if caption else heading), found[0])

    def name(output: re.Match[str], about: str) -> str:
        if "aria-label" in output["rest"]:
            return output[0]
        names[about] += 1
        words = f"{label}: {about}" if about else label
        words += f" ({names[about]})" if names[about] > 1 else ""
        return f'<{output["tag"]}{output["rest"]} role="group" aria-label="{escape(words)}">'

    return _PART.sub(part, html)


def _words(html: str) -> str:
    return " ".join(unescape(_TAG.sub("", _SILENT.sub("", html))).split())


class NamesExtension(Extension):
    """``sitekit.names`` in a list of Markdown extensions. Option ``label``: the word for an output."""

    def __init__(self, **options: Any) -> None:
        """Take Python-Markdown's keyword options."""
        self.config = {"label": [LABEL, "what a screen reader says before the caption or heading"]}
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:
        """Register behind the return of raw HTML."""
        md.postprocessors.register(_Names(self.getConfig("label")), "sitekit-names", _AFTER_HTML)


class _Names(Postprocessor):
    def __init__(self, label: str) -> None:
        super().__init__()
        self.label = label

    def run(self, text: str) -> str:
        return named(text, self.label)


def makeExtension(**options: Any) -> NamesExtension:
    """Let a host name this module instead of the class."""
    return NamesExtension(**options)
