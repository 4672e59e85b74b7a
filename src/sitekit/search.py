"""What the search index gets to read: a page's words, without highlighting and without pictures.

Most of the index's time goes into parsing the spans of highlighted code, and neither the tick labels of figures nor
the numbers of printouts are what anybody searches for. The numbers do harm, too: lunr takes some sets of words with
digits for one another (it writes a node as label and number, one after the other), and then answers nothing at all.
"""

from __future__ import annotations

import re

_CODE = re.compile(r"(<pre\b[^>]*>)(.*?)(</pre>)", re.S)
_INLINE = re.compile(r"</?(?:span|a)\b[^>]*>")
_EXPLORER = re.compile(r'<figure [^>]*\bclass="explorer".*?</figure>', re.S)
_BUILDER = re.compile(r'<div class="builder .*?<!-- end of the builder -->', re.S)
_PICTURE = re.compile(r"<svg\b.*?</svg>", re.S)
_NUMBER = re.compile(r"(?<![\w.])[-+−]?\d[\d.,]*(?:e[-+]?\d+)?%?(?![\w.])")
_PERMALINK = re.compile(r'<a class="headerlink".*?</a>', re.S)


def searchable(html: str) -> str:
    """The page without pictures, explorers, builder and permalink marks; in ``pre`` no spans, links or bare numbers."""
    html = _PERMALINK.sub("", _PICTURE.sub("", _EXPLORER.sub("", _BUILDER.sub("", html))))
    return _CODE.sub(lambda code: code[1] + _NUMBER.sub("", _INLINE.sub("", code[2])) + code[3], html)
