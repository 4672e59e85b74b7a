"""A page as a notebook: outputs in their places, prose that Jupyter shows as it is meant, no dead link."""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest

from docrun.author import program as programs
from docrun.record import Drawing, Record, Shown
from docrun.show import notebook, prose
from docrun.show.head import Head
from docrun.show.prose import Place

HEAD = Head(
    "Title", "https://example.org/book/a/x/", "Text CC BY 4.0, code MIT.", {"Python": "3.11.7", "torch": "2.13.0+cpu"}
)
PROGRAM = """# --8<-- [start:one]
print("said")
# --8<-- [end:one]

x = 2

# --8<-- [start:two]
draw(x)
# --8<-- [end:two]
assert x == 2
"""
DRAWING = Drawing('<path style="stroke: var(--docrun-c0, #1f77b4)"/>', 300, 200)
SHOWN = {"one": Shown("a | b\r\n\x1b[1m1\x1b[0m | 2\n"), "two": Shown("", (DRAWING,))}
FENCE = '```python\n--8<-- "snippets/x.py:{}"\n```\n'
OUTPUT = '```output alt="A line < that rises."\n```\n'


def build(text: str, head: Head = HEAD, **options: Any) -> Any:
    """The notebook of a page, read back."""
    record = Record(SHOWN, python="3.11.7", versions={"torch": "2.13.0+cpu"}, imports=("torch",))
    program = programs.cut("snippets/x.py", PROGRAM)
    found = notebook.build(text, "docs/a/x.md", {program.path: program}, {program.path: record}, head, **options)
    read = nbformat.reads(found, as_version=4)
    nbformat.validate(read)
    assert found == notebook.build(
        text, "docs/a/x.md", {program.path: program}, {program.path: record}, head, **options
    )
    return read


PAGE = "---\ntitle: Other\n---\n\n# Title { #title }\n\nProse.\n\n" + FENCE.format("one") + "\n```output\n```\n\n"
PAGE += FENCE.format("two") + "\n" + OUTPUT


def test_outputs_stand_below_their_cells() -> None:
    code = [cell for cell in build(PAGE).cells if cell.cell_type == "code"]
    assert [cell.source for cell in code] == ['print("said")', "x = 2", "draw(x)", "assert x == 2"]
    assert [cell.execution_count for cell in code] == [1, 2, 3, 4]
    [stream], none, [figure], after = (cell.outputs for cell in code)
    assert (stream.output_type, stream.name, stream.text) == ("stream", "stdout", "a | b\n1 | 2\n")
    assert none == after == []
    assert figure.output_type == "display_data"


def test_a_figure_is_a_drawing_of_its_own() -> None:
    from xml.etree import ElementTree

    [figure] = [cell for cell in build(PAGE).cells if cell.get("outputs")][1].outputs
    svg = figure.data["image/svg+xml"]
    root = ElementTree.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg" and root.get("aria-label") == "A line < that rises."
    assert root[0].tag.endswith("rect") and root[0].get("fill") == "#ffffff", "white paper under it"
    assert "var(" not in svg and "stroke: #1f77b4" in svg, "the light palette, without a style sheet"
    assert figure.data["text/plain"] == "A line < that rises."


def test_the_head_says_where_from_and_how_to_run_it() -> None:
    notebook = build(PAGE)
    said = notebook.cells[0].source
    assert said.startswith(
        "# Title\n\nFrom [https://example.org/book/a/x/](https://example.org/book/a/x/). Text CC BY 4.0"
    )
    assert "Ran with Python 3.11.7, torch 2.13.0." in said
    assert "pip install torch==2.13.0" in said
    assert "Folded cells hold the checks" in said
    assert sum("# Title" in cell.source for cell in notebook.cells) == 1, "the page's own heading is the head's"


def test_checks_are_folded_and_tagged() -> None:
    guards = [cell for cell in build(PAGE).cells if "guard" in cell.metadata.get("tags", ())]
    assert [cell.source for cell in guards] == ["x = 2", "assert x == 2"]
    assert all("hide-input" in cell.metadata.tags and cell.metadata.jupyter.source_hidden for cell in guards)


def test_no_check_no_word_about_checks() -> None:
    assert "Folded" not in Head("T").markdown(guards=False, figures=False)
    assert Head("T").markdown(guards=False, figures=False) == "# T"


def test_code_in_a_folded_block_is_a_folded_cell() -> None:
    text = "# T\n\n/// details | How it is drawn\n" + FENCE.format("one") + "///\n\nAfter.\n"
    cells = build(text).cells
    assert [cell.source for cell in cells[1:4]] == ["**How it is drawn**", 'print("said")', "After."]
    assert cells[2].metadata.jupyter.source_hidden and "guard" not in cells[2].metadata.tags


def test_an_output_apart_from_its_code_is_a_cell_by_itself() -> None:
    apart = '```output of="snippets/x.py:two" alt="A line."\n```\n'
    cells = build("# T\n\n" + apart + FENCE.format("one") + FENCE.format("two")).cells
    first = cells[1]
    assert first.source.startswith("#") and first.outputs[0].output_type == "display_data"
    assert first.execution_count is None and first.metadata.jupyter.source_hidden
    alone = [cell for cell in build("# T\n\n" + apart).cells if cell.cell_type == "code"]
    assert [cell.source for cell in alone] == ['print("said")', "x = 2", "draw(x)", "assert x == 2"]
    assert alone[2].outputs and alone[2].metadata.jupyter.source_hidden


def test_each_program_of_a_page_has_names_of_its_own() -> None:
    texts = {
        "snippets/x.py": "# --8<-- [start:one]\nimport torch\n\nname = 'x'\n# --8<-- [end:one]\n\nassert name == 'x'\n",
        "snippets/y.py": "# --8<-- [start:one]\nfrom _z import name\n# --8<-- [end:one]\n"
        "assert name == 'z' and __file__ == 'y.py'\n",
    }
    read = {path: programs.cut(path, text) for path, text in texts.items()}
    page = "# T\n\n" + "".join(f'```python\n--8<-- "{path}:one"\n```\n\n' for path in texts)
    records = dict.fromkeys(texts, Record({"one": Shown()}))
    files = {"_z.py": "name = 'z'\n"}
    book = nbformat.reads(notebook.build(page, "docs/x.md", read, records, HEAD, files=files), as_version=4)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert code[0].source == "%%writefile _z.py\nname = 'z'"
    assert all("guard" in cell.metadata.tags for cell in code if "set-up" in cell.metadata.get("tags", ()))
    import sys
    import types

    module = types.ModuleType("_z")
    module.name = "z"  # type: ignore[attr-defined]
    sys.modules["_z"] = module
    names: dict[str, object] = {"__name__": "__main__"}
    for cell in code[1:]:
        exec(compile(cell.source, "<cell>", "exec"), names)
    del sys.modules["_z"]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("## Huber { #huber }", "## Huber"),
        ("| a | b |\n|---|---|\n| x | y |\n{ .wide }", "| a | b |\n|---|---|\n| x | y |"),
        ("[Go](b.md){ .button }", "[Go](https://example.org/book/a/b/)"),
        ("[b](b.md#c), [`c`](../c/d.md), [here](#x)", "[b](https://example.org/book/a/b/#c), "
         "[`c`](https://example.org/book/c/d/), [here](https://example.org/book/a/x/#x)"),
        ("[two\nlines](b.md)", "[two\nlines](https://example.org/book/a/b/)"),
        ("[part](index.md) and [lab](../labs/digits.py)", "[part](https://example.org/book/a/) and "
         "[lab](https://example.org/book/labs/digits/)"),
        ("[out](https://pytorch.org/x_(y))", "[out](https://pytorch.org/x_(y))"),
        ("It rises ![a small curve](#spark-one), see.", "It rises a small curve, see."),
        ('<div class="cards" markdown>\n<section markdown>\n\nText\n\n</section>\n</div>', "Text"),
        ('How they <span class="is-init">start</span>.', "How they start."),
        ('<svg viewBox="0 0 1 1"><text>init</text></svg>\n\nText', "Text"),
        ("Write `<div>`, `{ #id }` and `[a](b.md)`.", "Write `<div>`, `{ #id }` and `[a](b.md)`."),
        ("```text\n<div>\n[a](b.md) { .x }\n```", "```text\n<div>\n[a](b.md) { .x }\n```"),
        ("$a_{.5} <b> c$ and $$\nx <y> z\n$$", "$a_{.5} <b> c$ and $$\nx <y> z\n$$"),
        ("1 < 2, <https://example.org>", "1 < 2, <https://example.org>"),
        ('!!! note "Mind"\n\n    The gap.\n\nAfter', "> **Mind**\n>\n>\n> The gap.\n>\n\nAfter"),
        ("/// note | Mind\n    open: true\n\nThe gap.\n///", "**Mind**\n\nThe gap."),
        ("4[^more]\n\n[^more]: With momentum.", "4<sup>more</sup>\n\n<sup>more</sup> With momentum."),
    ],
)  # fmt: skip
def test_prose(source: str, shown: str) -> None:
    assert prose.plain(source.split("\n"), Place("https://example.org/book/a/x/")) == shown


def test_without_an_address_links_of_the_site_are_text() -> None:
    source = "[b](b.md#c), [`c`](../c.md), [here](#x), ![alt](x.png), [out](https://pytorch.org)"
    assert prose.plain([source], Place()) == "b, `c`, here, alt, [out](https://pytorch.org)"


def test_links_of_a_folders_own_page_and_of_plain_files() -> None:
    assert Place("https://e.org/a/", index=True).link("b.md") == "https://e.org/a/b/"
    assert Place("https://e.org/a/x.html").link("../c/b.md#d") == "https://e.org/c/b.html#d"
    assert Place("https://e.org/a/x.html").link("index.md") == "https://e.org/a/index.html"


def test_an_index_page_links_from_its_own_folder() -> None:
    source = json.dumps(build("# T\n\n[b](b.md)\n", Head("T", "https://e.org/a/"), index=True))
    assert "(https://e.org/a/b/)" in source
