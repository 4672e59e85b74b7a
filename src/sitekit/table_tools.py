"""What a table inside ``.table-tools`` can do: sort by its headings, show rows that fit. HTML only; js/table.js acts.

::

    <div class="table-tools" markdown data-filter="Verdict, Part" data-all="all" data-count="{shown} of {all} claims">

``data-filter`` names columns; their cells hold words, separated by commas. ``data-all`` is the choice that shows every
row, ``data-count`` what is said of the rows that are shown. With ``data-numbers="any"`` all numbers are alike in the
field; with ``data-search="rows"`` the site's search finds each row whose first cell begins with an anchor
(``sitekit.search``). Without script the buttons are off and the filters hidden.
"""

from __future__ import annotations

import re
from collections import Counter
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown

from sitekit.words import has_formula, words

_COMMA = re.compile(r"\s*,\s*")
_BUTTONS = 12  # choices; more of them stand in a list that opens


class TableToolsError(ValueError):
    """The attributes of a ``.table-tools`` element do not fit its table."""


def equip(tools: Element, table: Element, columns: list[str], find: str, md: Markdown) -> None:
    """Write buttons into a table's headings, and its filters above it.

    ``columns`` are the headings, ``find`` names the text field. Raises TableToolsError.
    """
    missing = [name for name in ("data-filter", "data-all", "data-count") if not tools.get(name)]
    if missing:
        raise TableToolsError(f"the table-tools around the table {columns} need {', '.join(missing)}")
    rows = [list(row) for row in table.iterfind("tbody/tr")]
    for head, cells in zip(table.iterfind("thead/tr/th"), zip(*rows, strict=True), strict=True):
        if not any(map(has_formula, cells)):
            _sortable(head)
    box = Element("div", {"class": "table-filter", "data-search-exclude": ""})
    for name in _COMMA.split(tools.attrib["data-filter"].strip()):
        if name not in columns:
            raise TableToolsError(f'data-filter: the table has no column "{name}", only {", ".join(columns)}')
        column = columns.index(name)
        found = Counter(word for row in rows for word in dict.fromkeys(_COMMA.split(words(row[column], md))))
        choices = _choices if len(found) <= _BUTTONS else _list
        choices(box, column, name, {tools.attrib["data-all"]: len(rows), **found})
    _field(box, find)
    count = SubElement(box, "p", {"role": "status"})
    count.text = tools.attrib["data-count"].replace("{shown}", str(len(rows))).replace("{all}", str(len(rows)))
    tools.insert(0, box)


def _sortable(head: Element) -> None:
    button = Element("button", {"type": "button", "class": "table-sort", "disabled": "disabled"})
    button.text, head.text = head.text, None
    button.extend(list(head))
    head[:] = [button]


def _choices(box: Element, column: int, name: str, found: dict[str, int]) -> None:
    group = SubElement(box, "fieldset")
    SubElement(group, "legend").text = name
    for place, (word, times) in enumerate(found.items()):
        label = SubElement(group, "label")
        # The first choice shows every row; the others say which word they ask for.
        radio = {
            "type": "radio",
            "name": f"table-filter-{column}",
            "value": word if place else "",
            "autocomplete": "off",
        }
        choice = SubElement(label, "input", radio if place else {**radio, "checked": "checked"})
        choice.tail = f"{word} "
        SubElement(label, "small").text = str(times)


def _list(box: Element, column: int, name: str, found: dict[str, int]) -> None:
    label = SubElement(box, "label", {"class": "table-pick"})
    label.text = f"{name} "
    select = SubElement(label, "select", {"name": f"table-filter-{column}", "autocomplete": "off"})
    every, *others = found
    for word in (every, *sorted(others, key=str.lower)):
        option = SubElement(select, "option", {"value": "" if word == every else word})
        option.text = f"{word} ({found[word]})"


def _field(box: Element, find: str) -> None:
    label = SubElement(box, "label", {"class": "table-find"})
    label.text = f"{find} "
    SubElement(label, "input", {"type": "search", "autocomplete": "off", "spellcheck": "false"})
