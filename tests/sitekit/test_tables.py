"""Tables as readers get them on a phone, by keyboard and by ear; and names for what programs printed."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import markdown
import pytest

from sitekit.names import named
from sitekit.table_tools import TableToolsError

TABLE = "| a | b |\n| --- | --: |\n| 1 | 2 |\n"
WIDE = "| Name | Kind | `mean` of $x^2$ |\n|---|---|---|\n| p\\|q | red, blue | $x$ |\n| r | red | 2 |\n"
TOOLS = '<div class="table-tools" markdown {}>\n\n{}\n</div>'
GIVEN = 'data-filter="Kind" data-all="all" data-count="{shown} of {all} rows"'
FORMULAS = {"pymdownx.arithmatex": {"generic": True}, "typeset": {"cache": ""}}


def tree(text: str, **options: object) -> Element:
    """A page's tree, as this site's extensions make it."""
    extensions = ["tables", "attr_list", "md_in_html", "toc", *FORMULAS, "sitekit.tables"]
    settings = {**FORMULAS, "toc": {"permalink": True}, "sitekit.tables": options}
    html = markdown.markdown(text, extensions=extensions, extension_configs=settings)
    return ElementTree.fromstring(f"<body>{html}</body>".replace("&para;", "¶").replace(' markdown=""', ""))


def found(root: Element, kind: str) -> list[Element]:
    """The elements of a class."""
    return [part for part in root.iter() if kind in part.get("class", "").split()]


def test_a_table_stands_in_a_box_that_takes_the_focus() -> None:
    root = tree(f"before\n\n{TABLE}\nafter")
    assert [child.tag for child in root] == ["p", "div", "p"]
    assert root[1].attrib == {"class": "table-scroll", "role": "group", "aria-label": "Table", "tabindex": "0"}
    assert root[1][0].attrib["class"] == "grid-table"


def test_a_table_is_named_by_the_heading_above_it() -> None:
    text = f"# Page\n\n{TABLE}\n## Of $x^2$\n\n{TABLE}\n\n- item\n\n{TABLE}"
    names = [box.get("aria-label") for box in found(tree(text), "table-scroll")]
    assert names == ["Page", "Of x²", "Of x² (2)"]


def test_tables_inside_other_blocks_are_boxed_once_and_named_in_any_language() -> None:
    text = "!!! note\n\n" + "".join(f"    {line}\n" for line in TABLE.splitlines())
    options = {"sitekit.tables": {"label": "表"}}
    html = markdown.markdown(text, extensions=["tables", "admonition", "sitekit.tables"], extension_configs=options)
    assert html.count("table-scroll") == 1 and 'aria-label="表"' in html


def test_three_columns_become_cards_whose_cells_know_their_column() -> None:
    root = tree(WIDE)
    assert found(root, "table-cards")
    cells = list(root.iter("td"))
    assert [cell.get("data-label") for cell in cells[:3]] == ["Name", "Kind", "mean of x²"]
    assert [
        part.get("role") for part in found(root, "grid-table")[0].iter() if part.tag in ("table", "tr", "th", "td")
    ] == [
        *("table", "row", *["columnheader"] * 3),
        *("row", *["cell"] * 3) * 2,
    ]


def test_two_columns_stay_a_table() -> None:
    root = tree(TABLE)
    assert not found(root, "table-cards") and all("role" not in cell.attrib for cell in root.iter("td"))


def test_a_head_without_words_is_taken_away() -> None:
    root = tree("| | |\n|---|---|\n| a | b |\n")
    assert [part.tag for part in found(root, "grid-table")[0]] == ["tbody"]


def test_tools_are_written_at_build() -> None:
    root = tree(TOOLS.format(GIVEN, WIDE))
    assert [head.find("button") is not None for head in root.iter("th")] == [True, True, False]  # no order of formulas
    assert all(button.get("disabled") is not None for button in root.iter("button"))
    choices = [label for label in root.iter("label") if label.find("small") is not None]
    assert ["".join(label.itertext()) for label in choices] == ["all 2", "red 2", "blue 1"]
    assert [choice.find("input").get("value") for choice in choices] == ["", "red", "blue"]
    assert ["".join(part.itertext()) for part in root.iter("p") if part.get("role") == "status"] == ["2 of 2 rows"]
    assert found(root, "table-filter")[0].get("data-search-exclude") is not None


def test_the_text_field_is_named_in_any_language() -> None:
    label = found(tree(TOOLS.format(GIVEN, WIDE), find="查找"), "table-find")[0]
    assert label.text.strip() == "查找"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (GIVEN.replace("Kind", "Sort"), 'no column "Sort", only Name, Kind, mean of x²'),
        ('data-filter="Kind"', "need data-all, data-count"),
    ],
)
def test_tools_that_do_not_fit_are_refused(given: str, message: str) -> None:
    with pytest.raises(TableToolsError, match=message):
        tree(TOOLS.format(given, WIDE))


OUTPUT = '<figure class="docrun"><pre class="docrun-text" tabindex="0"><code>1</code></pre>{}</figure>'


def test_an_output_is_named_by_its_caption_or_the_heading_above() -> None:
    html = '<h2 id="a">Why <em>two</em> &amp; more?<a class="headerlink" href="#a">¶</a></h2>'
    html = named(
        html + OUTPUT.format("") + OUTPUT.format("<figcaption>Two <i>lines</i>.</figcaption>") + OUTPUT.format("")
    )
    root = ElementTree.fromstring(f"<body>{html}</body>")
    assert [pre.get("aria-label") for pre in root.iter("pre")] == [
        "Output: Why two & more?",
        "Output: Two lines.",
        "Output: Why two & more? (2)",
    ]
    assert all(pre.get("role") == "group" for pre in root.iter("pre"))
    assert named(html) == html


def test_a_table_of_a_program_is_named_too() -> None:
    box = '<div class="table-scroll" tabindex="0"'
    html = named(f'<h2>Sizes</h2><figure class="docrun">{box}><table></table></div></figure>', "输出")
    assert f'{box} role="group" aria-label="输出: Sizes">' in html


def test_many_choices_stand_in_a_list_that_opens_in_the_order_of_the_alphabet() -> None:
    rows = "".join(f"| {number} | {'zyxwvutsrqponml'[number]} | - |\n" for number in range(15))
    root = tree(TOOLS.format(GIVEN, f"| Name | Kind | More |\n|---|---|---|\n{rows}"))
    (select,) = root.iter("select")
    assert [option.text for option in select][:3] == ["all (15)", "l (1)", "m (1)"]
    assert [option.get("value") for option in select][:3] == ["", "l", "m"]
    assert select.get("name") == "table-filter-1"
