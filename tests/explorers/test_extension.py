"""The Markdown extension: what a fence becomes, what it refuses, and that nothing is drawn twice."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import markdown
import pytest

from explorers.stage import ROOT
from script import Deno
from sitekit import explorers
from sitekit.explorers import ExplorerError, ExplorersExtension
from sitekit.search import searchable

pytestmark = pytest.mark.xdist_group("deno")

FENCE = '```explorer name="schedules" choose="step_lr" lr="0.5"\n```\n'


@pytest.fixture
def convert(tmp_path: Path) -> Any:
    """Convert a page with the project's modules and an empty cache."""
    explorers.shared.cache_clear()
    options = {"root": str(ROOT), "cache": str(tmp_path / "cache")}

    def page(text: str) -> str:
        host = markdown.Markdown(extensions=["pymdownx.superfences", ExplorersExtension(**options)])
        return str(host.convert(text))

    yield page
    explorers.shared.cache_clear()


def test_a_fence_becomes_a_figure_with_what_it_asks_for(convert: Any) -> None:
    page = convert(f"# T\n\nabove\n\n{FENCE}\nbelow\n")
    assert page.count("<figure") == 1 and page.index("above") < page.index("<figure") < page.index("below")
    assert "StepLR: starts at 0.5" in page and "OneCycleLR:" not in page
    assert 'data-explorer="schedules"' in page and 'data-own="a;choose:step_lr;lr:0.5"' in page
    words = json.loads(html.unescape(re.findall(r'data-words="([^"]*)"', page)[0]))
    assert words["reset"] and words["field.steps"] and "field.curvature" not in words


@pytest.mark.parametrize(
    ("fence", "cause"),
    [
        ('```explorer name="no-such"\n```', "no explorer 'no-such'"),
        ('```explorer name="../x" id="x"\n```', "no explorer '../x'"),
        ('```explorer name="schedules" lr="99"\n```', "schedules has no lr:99"),
        ('```explorer name="schedules" colour="red"\n```', "schedules has no colour:red"),
        ('```explorer name="schedules" choose\n```', "takes attributes"),
        ('```explorer name="schedules"\ntext\n```', "an empty body"),
        ('```explorer name="schedules" lr="1" lr="2"\n```', "given twice"),
        (f"{FENCE}\n{FENCE}", "one plain id for each"),
    ],
)
def test_a_wrong_fence_is_an_error_that_quotes_it(convert: Any, fence: str, cause: str) -> None:
    with pytest.raises(ExplorerError, match=re.escape(cause)) as raised:
        convert(f"# T\n\n{fence}\n")
    assert "```explorer" in str(raised.value)


def test_two_of_one_kind_have_ids_of_their_own(convert: Any) -> None:
    page = convert(FENCE + "\n" + FENCE.replace("name=", 'id="second" name='))
    assert 'id="explorer-schedules"' in page and 'id="explorer-second"' in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_a_fence_that_is_shown_as_text_stays_text(convert: Any) -> None:
    assert "<figure" not in convert(f"````text\n{FENCE}````\n")


def test_a_picture_is_drawn_once(convert: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = convert(FENCE)
    calls: list[Any] = []
    monkeypatch.setattr(Deno, "call", lambda *given: calls.append(given))
    explorers.shared.cache_clear()
    assert convert(FENCE) == first and calls == []


def test_search_does_not_read_figures(convert: Any) -> None:
    text = searchable(convert(f"above\n\n{FENCE}\nbelow\n"))
    assert "above" in text and "below" in text and "StepLR" not in text and "0.5" not in text
