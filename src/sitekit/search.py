"""What the search index gets to read: a page's words, without highlighting and without pictures.

Most of the index's time goes into parsing the spans of highlighted code, and the tick labels of figures are not
what anybody searches for.
"""

from __future__ import annotations

import re

_CODE = re.compile(r"(<pre\b[^>]*>)(.*?)(</pre>)", re.S)
_INLINE = re.compile(r"</?(?:span|a)\b[^>]*>")
_PICTURE = re.compile(r"<svg\b.*?</svg>", re.S)
_PERMALINK = re.compile(r'<a class="headerlink".*?</a>', re.S)


def searchable(html: str) -> str:
    """The page without pictures, permalink marks and the spans and anchors inside ``pre``; text is kept as it is."""
    html = _PERMALINK.sub("", _PICTURE.sub("", html))
    return _CODE.sub(lambda code: code[1] + _INLINE.sub("", code[2]) + code[3], html)
