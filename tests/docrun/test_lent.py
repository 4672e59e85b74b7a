"""Texts that a program prints stand in sentences and cells of its page, in the HTML and in the notebook."""

from __future__ import annotations

import markdown
import pytest

from docrun import Session
from docrun.errors import PageError
from docrun.extension import DocrunExtension, Host
from docrun.printed import texts
from docrun.show import lent
from project import Project

PRINTED = """\
first
    a < b | `c`
    second line
second

    x = 1
"""


def html(project: Project, session: Session, text: str) -> str:
    extension = DocrunExtension(session=session, host=Host("docs/page.md"))
    extensions = [extension, "tables", "pymdownx.snippets", "pymdownx.superfences"]
    settings = {"pymdownx.snippets": {"base_path": [str(project.root)]}}
    return markdown.markdown(text, extensions=extensions, extension_configs=settings)


def page(project: Project, code: str, prose: str) -> str:
    project.program("page", code)
    return f'```python\n--8<-- "snippets/page.py:one"\n```\n\n```output as="texts"\n```\n\n{prose}\n'


def test_a_name_stands_at_the_margin_and_its_text_below_it() -> None:
    assert texts(PRINTED) == {"first": "a < b | `c`\nsecond line", "second": "x = 1"}


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("    lost\n", "has none"),
        ("a\nb\n    x\n", "below the name 'a'"),
        ("a\n  x\na\n  y\n", "two texts are named 'a'"),
    ],
)
def test_texts_without_names_and_names_without_texts_are_told(text: str, cause: str) -> None:
    with pytest.raises(ValueError, match=cause):
        texts(text)


def test_a_text_stands_in_a_cell_as_it_was_printed(project: Project) -> None:
    code = 'print("no\\n    a < b | c\\nyes\\n    x = 1\\n    y = 2")'
    rows = "| a | b |\n|---|---|\n| why ![](#text-no) | ![python](#text-yes) |"
    with project.session() as session:
        made = html(project, session, page(project, code, rows))
    assert '<td>why <code class="docrun-lent">a &lt; b | c</code></td>' in made
    assert '<pre class="docrun-lent" data-language="python"><code>x = 1\ny = 2</code></pre>' in made
    assert "docrun-text" not in made, "what is lent is not shown a second time below the code"


def test_printed_lines_without_a_name_are_a_fault(project: Project) -> None:
    with project.session() as session, pytest.raises(PageError, match="has none"):
        html(project, session, page(project, 'print("    x")', ""))


def test_in_a_notebook_it_is_a_span_of_code_in_one_line() -> None:
    given = {"#text-a": "two\n  `lines` | x", "#text-b": "plain"}
    assert lent.in_markdown(["| ![](#text-a) | ![python](#text-b) | ![](#text-c) |"], given) == [
        "| `` two; `lines` \\| x `` | `plain` | ![](#text-c) |"
    ]
