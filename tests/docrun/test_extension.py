"""The Markdown extension in hosts that know nothing of MkDocs."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from markdown import Markdown

from docrun import PageError, Session
from docrun.extension import DocrunExtension
from docrun.host.session import close_shared
from project import Project

HOST = """
import sys, markdown

text = open("docs/a.md", encoding="utf-8").read()
html = markdown.markdown(
    text,
    extensions=["docrun", "pymdownx.snippets", "pymdownx.superfences", "attr_list"],
    extension_configs={"pymdownx.snippets": {"base_path": ["."], "check_paths": True}},
)
print(html)
"""


@pytest.fixture(scope="module")
def md(shared: Project, running: Session) -> Iterator[Markdown]:
    extensions = [DocrunExtension(running, page="docs/a.md"), "pymdownx.snippets", "pymdownx.superfences", "tables"]
    snippets = {"base_path": [str(shared.root)], "check_paths": True, "restrict_base_path": True}
    return Markdown(extensions=extensions, extension_configs={"pymdownx.snippets": snippets})


@pytest.fixture(autouse=True)
def changed(running: Session) -> None:
    """Tests write programs of the same name."""
    running.forget()


def html(md: Markdown, project: Project, *sections: str, output: str = "output") -> str:
    return str(md.reset().convert(project.page("a", *sections, output=output).read_text(encoding="utf-8")))


def test_an_unguarded_host_without_mkdocs(project: Project) -> None:
    project.program("a", "print('a < b', 2)")
    project.page("a", "a.py:one")
    process = project.start(str(project.write("host.py", HOST)))
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 0, said
    assert said.count("<h1") == 1
    shown = '<figure class="docrun"><pre class="docrun-text" tabindex="0"><code>a &lt; b 2</code></pre></figure>'
    assert shown in said
    assert '<footer class="docrun-footer"><p>Ran with Python 3.' in said
    assert "<a href" not in said, "nobody offers the downloads"
    project.nothing_left()


def test_a_fault_stops_a_host_that_collects_none(project: Project) -> None:
    project.program("a", "1 / 0")
    project.page("a", "a.py:one")
    process = project.start(str(project.write("host.py", HOST)))
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "<page>:3 → snippets/a.py:2: ZeroDivisionError: division by zero" in said
    assert "<h1" not in said
    project.nothing_left()


def test_code_is_shown_once_and_output_is_escaped(md: Markdown, shared: Project) -> None:
    shared.program("x", "print('<b>&amp;</b> *a* `b` [c](d) \\ue0d0docrun-0\\ue0d1')\nprint('{{ x }} :smile: $x$')")
    page = html(md, shared, "x.py:one", output="output caption=\"<i> & 'x'\"")
    assert page.count("print(") == 0 or page.count('class="highlight"') == 1
    assert "&lt;b&gt;&amp;amp;&lt;/b&gt; *a* `b` [c](d)" in page
    assert "{{ x }} :smile: $x$" in page
    assert "<figcaption>&lt;i&gt; &amp; 'x'</figcaption>" in page


def test_only_sections_with_an_output_fence_show_output(md: Markdown, shared: Project) -> None:
    shared.program("x", "print('first said')", "print('second said')")
    text = '```python\n--8<-- "snippets/x.py:one"\n```\n\n```python\n--8<-- "snippets/x.py:two"\n```\n```output\n```\n'
    page = str(md.reset().convert(text))
    assert page.count('<figure class="docrun"') == 1
    assert "<code>second said</code>" in page
    assert "<code>first said</code>" not in page


def test_crlf_and_a_byte_order_mark_on_page_and_program(md: Markdown, shared: Project) -> None:
    program = "\ufeff# --8<-- [start:one]\nprint('windows')\n# --8<-- [end:one]\n"
    shared.write("snippets/w.py", program.replace("\n", "\r\n").encode())
    page = '\ufeff# Title\n\n```python\n--8<-- "snippets/w.py:one"\n```\n\n```output\n```\n'
    rendered = str(md.reset().convert(page.replace("\n", "\r\n")))
    assert rendered.startswith("<h1")
    assert "<code>windows</code>" in rendered
    assert "\ufeff" not in rendered
    assert "\r" not in rendered


def test_a_page_without_examples_is_left_alone(md: Markdown) -> None:
    text = "# Title\n\n````text\n```python\nx\n```\n````\n"
    assert "docrun" not in str(md.reset().convert(text))


def test_one_page_after_another(md: Markdown, shared: Project) -> None:
    shared.program("x", "print(1)")
    first = html(md, shared, "x.py:one")
    assert "docrun" not in str(md.reset().convert("text\n"))
    assert html(md, shared, "x.py:one") == first


def test_terminal_codes_are_applied_or_removed(md: Markdown, shared: Project) -> None:
    shared.program("x", r"print('10%\r100%\n\x1b[31mred\x1b[0m \x1b]0;title\x07\x00bell\x07')")
    assert "<code>100%\nred bell</code>" in html(md, shared, "x.py:one")


def test_alt_text_is_an_attribute(md: Markdown, shared: Project) -> None:
    shared.program("x", "import matplotlib.pyplot as plt\nplt.plot([1])")
    page = html(md, shared, "x.py:one", output="output alt='a \"b\" <c> & d'")
    assert 'aria-label="a &quot;b&quot; &lt;c&gt; &amp; d"' in page


def test_all_faults_of_a_page_are_raised_together(md: Markdown, shared: Project) -> None:
    shared.program("x", "print(1)")
    with pytest.raises(PageError) as raised:
        html(md, shared, "x.py:one", "x.py:nine", "no.py:one", output="output size='3'")
    said = str(raised.value)
    for line, cause in ((6, "'size'"), (9, "no section 'nine'"), (15, "no such program")):
        assert f"docs/a.md:{line}" in said or f"<page>:{line}" in said, said
        assert cause in said


def test_labels_are_the_hosts(running: Session, shared: Project) -> None:
    shared.program("x", "print(1)")
    labels = {"ran": "运行环境：{versions}。", "and": "和", "program": "程序 {file}", "notebook": "笔记本"}
    md = Markdown(extensions=[DocrunExtension(running, labels=labels, links=True), "pymdownx.superfences"])
    md.convert(shared.page("a", "x.py:one").read_text(encoding="utf-8"))
    page = str(md.reset().convert(shared.page("a", "x.py:one").read_text(encoding="utf-8")))
    assert "运行环境：Python 3." in page
    assert '<a href="x.py" download>程序 x.py</a>' in page
    assert "download>笔记本</a>" in page


def test_a_host_that_converts_again_sees_the_changed_program(project: Project) -> None:
    md = Markdown(extensions=[DocrunExtension(root=str(project.root)), "pymdownx.superfences"])
    page = project.page("a", "a.py:one").read_text(encoding="utf-8")
    for said in ("before", "after"):
        project.program("a", f"print({said!r})")
        assert f"<code>{said}</code>" in md.reset().convert(page)
    close_shared()
    project.nothing_left()


def test_hosts_that_make_a_converter_per_page_start_one_server(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in project.environment.items():
        monkeypatch.setenv(name, value)
    for name in "abc":
        project.program(name, f"print({name!r})")
        page = project.page(name, f"{name}.py:one").read_text(encoding="utf-8")
        md = Markdown(extensions=[DocrunExtension(root=str(project.root)), "pymdownx.superfences"])
        assert f"<code>{name}</code>" in md.convert(page)
        assert len(project.processes()) == 1
    close_shared()
    project.nothing_left()


def test_converting_a_file(md: Markdown, shared: Project) -> None:
    shared.program("x", "print(1)")
    out: Any = io.BytesIO()
    md.reset().convertFile(str(shared.page("a", "x.py:one")), out)
    assert b"<code>1</code>" in out.getvalue()


@pytest.mark.parametrize("note", ["Yes.[^a]\n\n[^a]: A note.\n", "No note.\n"])
def test_notes_stand_above_the_downloads(shared: Project, running: Session, note: str) -> None:
    shared.program("a", "print(1)")
    page = shared.page("a", "a.py:one")
    page.write_text(page.read_text(encoding="utf-8") + "\n" + note, encoding="utf-8")
    snippets = {"base_path": [str(shared.root)], "check_paths": True}
    extensions = [DocrunExtension(running, page="docs/a.md"), "pymdownx.snippets", "pymdownx.superfences", "footnotes"]
    host = Markdown(extensions=extensions, extension_configs={"pymdownx.snippets": snippets})
    made = host.convert(page.read_text(encoding="utf-8"))
    assert "Go Here" not in made and made.rstrip().endswith("</footer>")
    assert made.count('class="footnote"') == note.count("[^a]:")
