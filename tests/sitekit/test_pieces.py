"""What sitekit does to a page: search copy, Material's limits, labs read and put together."""

from __future__ import annotations

import pytest

from docrun import Head
from sitekit import publish
from sitekit.lab import Lab, LabError, download, slots
from sitekit.material import bearable
from sitekit.search import searchable

SOURCE = """\
# ---
# title: A lab
# description: Short.
# ---

# %% [markdown]
# # A lab { #a-lab }
#
# See [this](../index.md) and [that](https://example.org/).

# %%
import json

print(json.dumps([1]))

# %% tags=["check"]
assert json

# %% alt="A line." caption="Words."
x = 1
"""


def test_search_reads_words_without_marks() -> None:
    html = '<h2>T<a class="headerlink" href="#t">¶</a></h2>'
    html += '<pre><a id="l"></a><code><span class="k">def</span> f</code></pre>'
    html += '<p>see <a href="x">here</a></p><svg><g><text>0.5</text></g></svg>'
    assert searchable(html) == '<h2>T</h2><pre><code>def f</code></pre><p>see <a href="x">here</a></p>'


def test_drawings_survive_materials_script() -> None:
    html = '<a href="x">y</a><use x="1" href="#m" y="2"/><use href="#n"/>'
    assert bearable(html) == '<a href="x">y</a><use x="1" xlink:href="#m" y="2"/><use xlink:href="#n"/>'


def test_a_labs_page_has_the_files_own_lines() -> None:
    lab = Lab("labs/a.py", SOURCE)
    assert lab.meta == {"title": "A lab", "description": "Short."}
    ours, theirs = lab.markdown().split("\n"), SOURCE.splitlines()
    assert len(ours) == len(theirs)
    assert ours[theirs.index("# # A lab { #a-lab }")] == "# A lab { #a-lab }"
    assert ours[theirs.index("# %%")] == '<div data-lab-cell="0"></div>'
    assert "import json" not in "\n".join(ours)
    assert lab.line_of("assert json") == theirs.index("assert json") + 1


def test_a_labs_notebook_is_the_same_every_time_and_reads_well_elsewhere() -> None:
    lab = Lab("labs/a.py", SOURCE)
    notebook = lab.notebook()
    assert notebook == lab.notebook()
    assert [cell.cell_type for cell in notebook.cells] == ["markdown", "code", "code", "code"]
    assert notebook.cells[3].metadata["alt"] == "A line."
    made = download(notebook, Head("A lab", licence="MIT."), lambda text: text.replace("See", "Look at"))
    assert made.cells[0].source.startswith("# A lab\n\nMIT.")
    assert made.cells[1].source == "Look at this and [that](https://example.org/)."
    assert made.cells[3].metadata.jupyter.source_hidden and "guard" in made.cells[3].metadata.tags
    assert notebook == lab.notebook()
    online = download(notebook, Head("A lab", "https://example.org/book/labs/a/"), str)
    assert "[this](https://example.org/book/)" in online.cells[1].source


def test_imports_are_distributions_with_what_they_need() -> None:
    lab = Lab("labs/a.py", "# %%\nimport json\nimport sklearn.datasets\n")
    assert lab.imports() == ("scikit-learn",)
    assert {"scikit-learn", "numpy", "scipy", "ipykernel"} <= set(lab.used())


@pytest.mark.parametrize("line", ["import common_tools", "from . import x", "from .x import y"])
def test_a_lab_imports_installed_distributions_only(line: str) -> None:
    with pytest.raises(LabError, match=r"^labs/a\.py: imports .*no installed distribution"):
        Lab("labs/a.py", f"# %%\n{line}\n").imports()


def test_a_lab_that_is_no_python_names_its_line() -> None:
    with pytest.raises(LabError, match=r"^labs/a\.py:3: "):
        Lab("labs/a.py", "# %%\nx = 1\ny = (\n").imports()


def test_a_labs_page_is_made_of_the_sites_own_pieces() -> None:
    lab = Lab("labs/a.py", SOURCE)
    notebook = lab.notebook()
    notebook.cells[1].outputs = [{"output_type": "stream", "name": "stdout", "text": "1 < 2\n"}]
    for cell in notebook.cells[1:]:
        cell.outputs = [_node(output) for output in cell.outputs]
    cells = publish.cells(lab, notebook, "")
    assert cells[0].startswith('<div class="highlight" style="--lines:')
    assert '<pre><code><span class="kn">import</span>' in cells[0]
    assert "<code>1 &lt; 2</code></pre>" in cells[0]
    assert cells[1] == "", "a check is not shown"
    page = slots('<h1>A</h1><div data-lab-cell="0"></div><div data-lab-cell="1"></div>', cells)
    assert "data-lab-cell" not in page


def test_an_output_without_a_look_is_refused() -> None:
    lab = Lab("labs/a.py", SOURCE)
    notebook = lab.notebook()
    output = {"output_type": "display_data", "data": {"text/html": "<b>", "text/plain": "b"}, "metadata": {}}
    notebook.cells[1].outputs = [_node(output)]
    with pytest.raises(LabError, match=r"labs/a\.py:12: shows .*text/html"):
        publish.cells(lab, notebook, "")


def _node(output: dict[str, object]) -> object:
    from nbformat import from_dict

    return from_dict(output)


def test_a_row_of_a_table_that_asks_for_it_is_found_for_itself() -> None:
    """Its first cell is the entry's title, whole and with its numbers."""
    row = '<tr role="row"><td><a href="#x" id="x">x</a> <code>Target 3 is out.</code></td><td>why</td></tr>'
    table = f"<table><tbody>{row}</tbody></table>"
    asked = searchable(f'<div class="table-tools" data-count="1" data-search="rows">{table}</div>')
    assert '<h2 id="x"> <code>Target 3 is out.</code></h2><p><td>why</td></p>' in asked
    assert "<h2" not in searchable(f'<div class="table-tools" data-count="1">{table}</div>')
