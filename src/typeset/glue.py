"""Keep the punctuation that touches a formula on the formula's line: browsers break around any drawing."""

from __future__ import annotations

import re
import xml.etree.ElementTree as etree

_AFTER = re.compile(r"[,.;:!?)\]’”»]+")
_BEFORE = re.compile(r"[(\[‘“«]+$")


def glue(root: etree.Element) -> None:
    """Wrap each formula of a line with the punctuation before and after it; one that may scroll stays as it is."""
    for parent in list(root.iter()):
        for position, child in enumerate(list(parent)):
            if child.get("class") == "typeset" and child.tag == "span":
                _wrap(parent, position, child)


def _wrap(parent: etree.Element, position: int, formula: etree.Element) -> None:
    tail = formula.tail or ""
    after = _AFTER.match(tail)
    previous = parent[position - 1] if position else None
    text = (parent.text if previous is None else previous.tail) or ""
    before = _BEFORE.search(text)
    if not after and not before:
        return
    line = etree.Element("span", {"class": "typeset-line"})
    line.text = before[0] if before else None
    line.tail = tail[after.end() :] if after else tail
    formula.tail = after[0] if after else None
    line.append(formula)
    parent[position] = line
    if before and previous is None:
        parent.text = text[: before.start()]
    elif before and previous is not None:
        previous.tail = text[: before.start()]
