"""One style sheet is published, with the rules of all, and one plain script."""

from __future__ import annotations

from pathlib import Path

import pytest

from sitekit import joined


@pytest.mark.parametrize(
    ("sheet", "short"),
    [
        (
            "a {\n  color: red; /* why */\n  margin: 0 1px;\n}\n\nb ,\nc > d { top: 0 }\n",
            "a{color: red;margin: 0 1px}b,c > d{top: 0}",
        ),
        ('a::after { content: "a /* b */ ; {  c"; }', 'a::after{content: "a /* b */ ; {  c"}'),
        ("a { width: calc(1px + 2px - (3px * 4)); }", "a{width: calc(1px + 2px - (3px * 4))}"),
        ("a :is(b) { c: d }", "a :is(b){c: d}"),
        ("@media screen and (min-width: 45em) { a { b: c } }", "@media screen and (min-width: 45em){a{b: c}}"),
    ],
)
def test_a_sheet_keeps_its_rules(sheet: str, short: str) -> None:
    assert joined.shorten(sheet) == short


def test_sheets_are_joined_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "css").mkdir()
    for name in "ab":
        (tmp_path / f"css/{name}.css").write_text(f"/* {name} */ {name} {{ top: 0 }}")
    joined.sheets(tmp_path, ["css/b.css", "css/a.css"])
    assert [file.name for file in (tmp_path / "css").iterdir()] == ["all.css"]
    assert (tmp_path / "css/all.css").read_text() == "b{top: 0}\na{top: 0}\n"


def test_plain_scripts_are_joined_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "js").mkdir()
    for name in "ab":
        (tmp_path / f"js/{name}.js").write_text(f"// {name}\n(() => {name}())();\n")
    joined.scripts(tmp_path, ["js/b.js", "js/a.js"])
    assert [file.name for file in (tmp_path / "js").iterdir()] == ["all.js"]
    text = (tmp_path / "js/all.js").read_text()
    assert text.index("b()") < text.index("a()")


def test_nothing_to_join_is_no_file(tmp_path: Path) -> None:
    joined.sheets(tmp_path, [])
    assert not list(tmp_path.iterdir())


def test_a_page_loses_the_indentation_of_templates_and_no_other() -> None:
    code = "<pre><code>if x:\n    <span>y</span>\n</code></pre>"
    page = f"<ul>\n  <li>a\n\n    <b>c</b></li>\n</ul>\n{code}\n  <p>d  e</p>"
    assert joined.tight(page) == f"<ul>\n<li>a\n<b>c</b></li>\n</ul>\n{code}\n<p>d  e</p>"
