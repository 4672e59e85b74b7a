"""Cards of guides and the wall of figures, from the texts of pages alone."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from docrun import PageError
from sitekit import gallery

FIGURE = '```python\n--8<-- "snippets/losses/a.py:curves"\n```\n\n```output alt="A <curve>" caption="It falls."\n```\n'
PAGES = {
    "index.md": "# Home\n",
    "losses/index.md": "---\ntitle: Losses\n---\n# L\n",
    "losses/a.md": f"---\ntitle: Loss A\ndescription: What A is. And more.\n---\n# A\n\n{FIGURE}" + "word " * 700,
    "steps/b.md": f"---\ntitle: Step B\n---\n# B\n\n{FIGURE.replace('losses', 'steps')}",
}


@pytest.fixture(autouse=True)
def host() -> None:
    gallery.HOST.pages, gallery.HOST.uri = PAGES, "losses/index.md"
    gallery.HOST.parts = {"losses": "Losses", "steps": "Steps", "labs": "Labs"}


def _html(text: str) -> ElementTree.Element:
    import markdown

    html = markdown.markdown(text, extensions=["sitekit.gallery", "pymdownx.superfences"])
    return ElementTree.fromstring(f"<body>{html}</body>")


def test_a_card_has_picture_title_sentence_and_minutes() -> None:
    (card,) = _html("```cards\nlosses/a.md\n```\n").iter("li")
    assert [image.get("src") for image in card.iter("img")] == [
        "a/fig-curves.svg#only-light",
        "a/fig-curves-dark.svg#only-dark",
    ]
    link = card.find("a")
    assert link is not None and link.get("href") == "a/"
    assert "".join(card.itertext()) == "Loss AWhat A is.4 min"


def test_a_card_of_a_page_that_is_not_there_is_a_fault() -> None:
    with pytest.raises(PageError, match=r"no page 'losses/gone\.md'"):
        _html("```cards\nlosses/gone.md\n```\n")


def test_the_wall_shows_every_figure_with_its_place_and_its_files() -> None:
    gallery.HOST.uri = "figures.md"
    wall = _html("```figures\n```\n")
    figures = [item for item in wall.iter("li") if item.get("data-part")]
    assert [item.get("data-part") for item in figures] == ["losses", "steps"]
    links = [link.get("href") for link in figures[0].iter("a")]
    assert links == ["../losses/a/#fig-curves"] * 2 + ["../losses/a/fig-curves.svg", "../losses/a/fig-curves-dark.svg"]
    assert "Loss A, figure 1 It falls." in "".join(figures[0].itertext())
    choices = [label.text or label[0].tail for label in wall.iter("label")]
    assert choices[:3] == ["all", "Losses", "Steps"]


def test_a_page_that_shows_others_changes_with_them() -> None:
    assert gallery.asks("```figures\n```\n") and gallery.asks("x\n\n```cards\na.md\n```\n")
    assert not gallery.asks("```text\n```cards\n```\n")
