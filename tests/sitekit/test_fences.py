"""Fences of this site that cannot be shown: one fault each, with page and line, and no traceback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import markdown
import pytest

from docrun import Fault, PageError
from sitekit import explorers, fences, gallery
from sitekit.explorers import ExplorersExtension

ROOT = Path(__file__).parents[2]
PAGE = "# T\n\n```python\nprint(1)\n```\n\ntext\n\n{}\n\n```cards\na.md\n```\n"


@pytest.fixture
def told(tmp_path: Path) -> Iterator[list[Fault]]:
    """What a host hears of a page whose front matter had three lines."""
    found: list[Fault] = []
    before = fences.HOST.path, fences.HOST.offset, fences.HOST.report
    fences.HOST.path, fences.HOST.offset, fences.HOST.report = "docs/en/x.md", 3, found.append
    gallery.HOST.pages, gallery.HOST.uri = {"a.md": "# A\n"}, "x.md"
    explorers.shared.cache_clear()
    yield found
    fences.HOST.path, fences.HOST.offset, fences.HOST.report = before
    explorers.shared.cache_clear()


def convert(text: str, cache: Path) -> str:
    """A page, with the extensions that turn fences into HTML."""
    ours = ExplorersExtension(root=str(ROOT), cache=str(cache / "cache"))
    return markdown.markdown(text, extensions=["pymdownx.superfences", "sitekit.gallery", ours])


@pytest.mark.parametrize(
    ("fence", "cause"),
    [
        ("```cards\na.md\ngone.md\n```", "cards: the navigation has no page 'gone.md'"),
        ('```cards title="x"\na.md\n```', "cards: a fence of cards takes no option, but has 'title=\"x\"'"),
        ("```cards\n```", "cards: a fence of cards holds the paths of pages, one a line"),
        ("```figures\ntext\n```", "figures: a fence of figures is empty"),
        ('```explorer name="no-such"\n```', "explorer: there is no explorer 'no-such' in js/"),
        ('```explorer name="schedules" lr="99"\n```', "explorer: schedules has no lr:99"),
        ('```explorer name="schedules" choose\n```', "explorer: an explorer takes attributes"),
    ],
)
def test_what_cannot_be_shown_is_a_fault_with_page_and_line(
    told: list[Fault], tmp_path: Path, fence: str, cause: str
) -> None:
    html = convert(PAGE.format(fence), tmp_path)
    (fault,) = told
    assert str(fault).startswith(f"docs/en/x.md:12: {cause}")
    assert 'class="docrun-error"' in html and 'class="guides"' in html, "the rest of the page is there"


def test_an_unforeseen_error_names_its_place_too(
    told: list[Fault], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(gallery, "wall", broken)
    convert(PAGE.format("```figures\n```"), tmp_path)
    assert str(told[0]).startswith("docs/en/x.md:12: figures: ZeroDivisionError: division by zero")


def test_lines_are_counted_before_anything_on_the_page_is_put_in(told: list[Fault], tmp_path: Path) -> None:
    (tmp_path / "long.md").write_text("one\n\ntwo\n\nthree\n")
    text = '--8<-- "long.md"\n\n' + PAGE.format("```cards\ngone.md\n```")
    options = {"pymdownx.snippets": {"base_path": [str(tmp_path)]}}
    extensions = ["pymdownx.snippets", "pymdownx.superfences", "sitekit.gallery"]
    markdown.markdown(text, extensions=extensions, extension_configs=options)
    assert str(told[0]).startswith("docs/en/x.md:14: ")


def test_without_a_host_a_fault_is_raised(tmp_path: Path) -> None:
    gallery.HOST.pages = {}
    with pytest.raises(PageError, match=r"^<page>:3: cards: the navigation has no page 'a\.md'"):
        convert("# T\n\n```cards\na.md\n```\n", tmp_path)
