"""The MkDocs edge: nothing is published with a mistake in it, a preview goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.config.base import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort

from typeset import engine as engine_module

GOOD = (
    "---\ntitle: Good\n---\n\n# On $\\beta_2$ { #on }\n\n"
    "See $\\eqref{eq:a}$ and [it](#eq-a).\n\n$$\nx \\label{eq:a}\n$$\n"
)
BAD = "---\ntitle: Bad\ndescription: x\n---\n\n# Bad { #bad }\n\nText $\\nope$\n\nand $\\eqref{eq:no}$.\n"


def site(folder: Path, theme: str = "mkdocs", **pages: str) -> MkDocsConfig:
    (folder / "docs").mkdir()
    for name, text in pages.items():
        (folder / "docs" / f"{name}.md").write_text(text, encoding="utf-8")
    (folder / "macros.tex").write_text("\\newcommand{\\R}{\\mathbb{R}}\n")
    (folder / "mkdocs.yml").write_text(
        "site_name: Test\n"
        f"theme: {{name: {theme}}}\n"
        "validation: {links: {anchors: warn}}\n"
        "plugins: [search, /typeset]\n"
        "markdown_extensions:\n"
        "  [attr_list, pymdownx.arithmatex: {generic: true}, typeset: {macros: macros.tex}]\n"
    )
    return load_config(str(folder / "mkdocs.yml"), strict=True)


def run(config: MkDocsConfig, command: str = "build") -> None:
    config.plugins.on_startup(command=command, dirty=False)
    try:
        build(config)
    finally:
        config.plugins.on_shutdown()


def test_a_good_site(tmp_path):
    run(site(tmp_path, index=GOOD))
    page = (tmp_path / "site/index.html").read_text()
    assert page.count('<span class="typeset"') == 1 and 'id="eq-a"' in page
    assert (tmp_path / ".cache/typeset").is_dir()  # beside the configuration, wherever the build was started
    assert not engine_module.running()


def test_material_indexes_words_and_titles_but_no_formulas(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_MKDOCS_2_WARNING", "1")
    run(site(tmp_path, "material", index="Home", page=GOOD.replace("title: Good\n", "description: d\n")))
    [_, entry, *_] = json.loads((tmp_path / "site/search/search_index.json").read_text())["docs"]
    assert entry["title"] == "On β₂"
    assert entry["text"] == "<p>See (1) and it.</p>"
    assert "<title>On β₂ - Test</title>" in (tmp_path / "site/page/index.html").read_text()


def test_a_build_lists_all_mistakes_of_all_pages_and_publishes_nothing(tmp_path, caplog):
    with pytest.raises(Abort, match="typeset: 4 faults; nothing was published"):
        run(site(tmp_path, index=BAD, other=BAD, good=GOOD))
    for name in ("index", "other"):
        assert f"docs/{name}.md:8: unknown macro \\nope" in caplog.text
        assert f"docs/{name}.md:10: no formula on this page has the label 'eq:no'" in caplog.text
    assert not (tmp_path / "site").exists()
    assert not engine_module.running()


def test_a_preview_shows_the_mistake_and_goes_on(tmp_path, caplog):
    config = site(tmp_path, index=BAD, good=GOOD)
    config.strict = False
    run(config, "serve")
    assert "docs/index.md:8" in caplog.text
    assert 'role="alert"' in (tmp_path / "site/index.html").read_text()
    assert "<svg" in (tmp_path / "site/good/index.html").read_text()


def test_the_next_build_of_a_preview_starts_without_old_mistakes(tmp_path, caplog):
    config = site(tmp_path, index=BAD)
    config.strict = False
    config.plugins.on_startup(command="serve", dirty=False)
    build(config)
    caplog.clear()
    (tmp_path / "docs/index.md").write_text(GOOD)
    build(config)
    config.plugins.on_shutdown()
    assert "mistake" not in caplog.text


def test_the_plugin_asks_for_its_extension(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text("x")
    (tmp_path / "mkdocs.yml").write_text("site_name: Test\nplugins: [/typeset]\n")
    with pytest.raises(Abort):
        run(load_config(str(tmp_path / "mkdocs.yml")))
