"""One style sheet is published, with the rules of all."""

from __future__ import annotations

from pathlib import Path

import pytest

from sitekit import styles


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
    assert styles.shorten(sheet) == short


def test_sheets_are_joined_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "css").mkdir()
    for name in "ab":
        (tmp_path / f"css/{name}.css").write_text(f"/* {name} */ {name} {{ top: 0 }}")
    styles.join(tmp_path, ["css/b.css", "css/a.css"])
    assert [file.name for file in (tmp_path / "css").iterdir()] == ["all.css"]
    assert (tmp_path / "css/all.css").read_text() == "b{top: 0}\na{top: 0}\n"
