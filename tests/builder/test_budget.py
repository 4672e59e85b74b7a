"""The builder's page loads at most 60 kB of script, gzipped, until a program is asked for; and only that page does."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from builder.extension import first
from sitekit.scripts import lighten
from sitekit.search import searchable

ROOT = Path(__file__).parents[2]
MODULES = ROOT / "docs/theme/js"
BUDGET = 60_000


def modules(start: Path) -> set[Path]:
    """A module and all that it imports."""
    found, todo = set[Path](), [start]
    while todo:
        file = todo.pop()
        if file not in found:
            found.add(file)
            text = re.sub(r"/\*.*?\*/", "", file.read_text("utf-8"), flags=re.DOTALL)
            todo += [
                (file.parent / name).resolve() for name in re.findall(r'^import [^;]*?"(\.[^"]+)"', text, re.MULTILINE)
            ]
            todo += [(file.parent / name).resolve() for name in re.findall(r'from "(\.[^"]+)";', text)]
    return found


def test_the_script_of_the_page_keeps_its_budget(tmp_path: Path) -> None:
    found = modules(MODULES / "builder.js")
    assert MODULES / "build/ui/out.js" not in found  # fetched when a program is asked for
    for file in found:
        (tmp_path / file.relative_to(MODULES)).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file.relative_to(MODULES)).write_bytes(file.read_bytes())
    lighten(tmp_path)
    sizes = {file.name: len(gzip.compress(file.read_bytes(), 9)) for file in tmp_path.rglob("*.js")}
    assert sum(sizes.values()) <= BUDGET, sizes


def test_no_other_page_asks_for_it() -> None:
    """The theme's loader fetches what a page names; only a builder fence names it."""
    plain = [path for path in re.findall(r"path: (js/\S+)", (ROOT / "mkdocs.yml").read_text("utf-8"))]
    for path in plain:
        assert not re.search(r"build(er)?/", (ROOT / "docs/theme" / path).read_text("utf-8"))


def test_table_and_words_take_little_of_the_page() -> None:
    shown = first(ROOT, "docs/theme/js", "docs/theme/words/en.json", ".cache/builder", "mkdocs.yml", "en")
    assert len(gzip.compress(shown.encode(), 9)) < 32_000
    found = searchable(f"<p>text</p>{shown}<p>text</p>")
    assert found == '<p>text</p><link rel="stylesheet" href="../css/builder.css"><p>text</p>'
