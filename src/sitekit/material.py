"""What Material's scripts cannot bear in a page."""

from __future__ import annotations

import re

_USE = re.compile(r"(<(?:use|image)\b[^>]*?\s)href=")


def bearable(html: str) -> str:
    """The page with the older spelling of references inside drawings.

    With instant navigation, Material assigns to the ``href`` property of every element that has the attribute. For
    SVG's ``use`` and ``image`` that property is read only: the script dies, and instant navigation and all that mounts
    after it with it. ``xlink:href`` means the same to a browser, and the script does not see it.
    """
    return _USE.sub(r"\1xlink:href=", html)
