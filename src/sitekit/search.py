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
_ROWS = re.compile(r'<div class="table-tools[^>]*\bdata-search="rows".*?</table>', re.S)
_ROW = re.compile(
    r'<tr[^>]*>\s*<td[^>]*>\s*<a [^>]*\bid="(?P<id>[^"]+)"[^>]*>[^<]*</a>(?P<title>.*?)</td>(?P<rest>.*?)</tr>', re.S
)
_PERMALINK = re.compile(r'<a class="headerlink".*?</a>', re.S)


def searchable(html: str) -> str:
    """The page without pictures, explorers, builder and permalink marks; in ``pre`` no spans, links or bare numbers.

    Rows of a table that asks for it (``data-search="rows"``) become sections with a heading: the index keeps one entry
    for each, the first cell whole as its title, so that a search opens at the row.
    """
    html = _ROWS.sub(lambda table: _ROW.sub(r'<h2 id="\g<id>">\g<title></h2><p>\g<rest></p>', table[0]), html)
    html = _PERMALINK.sub("", _PICTURE.sub("", _EXPLORER.sub("", _BUILDER.sub("", html))))
    return _CODE.sub(lambda code: code[1] + _NUMBER.sub("", _INLINE.sub("", code[2])) + code[3], html)
