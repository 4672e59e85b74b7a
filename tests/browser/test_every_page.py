"""Every page on a desk and on a phone, opened once: its first screen, its widths, its figures' text, its formulas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from browser.inspection import BROKEN, CUT, FORMULAS, OPENING, SCROLLING, SMALLEST, TALLER, WIDER

if TYPE_CHECKING:
    from conftest import Site

pytestmark = pytest.mark.timeout(900)

DESK, PHONE = 1280, 360
LOOKS = {
    "opening": OPENING,
    "smallest": SMALLEST,
    "wider": WIDER,
    "cut": CUT,
    "formulas": FORMULAS,
    "broken": BROKEN,
    "scrolling": SCROLLING,
    "taller": TALLER,
}
Seen = dict[tuple[str, int], dict[str, Any]]


def addresses(site: Site) -> list[str]:
    """All pages, below the site's address."""
    folders = (file.parent.relative_to(site.folder).as_posix() for file in site.folder.rglob("index.html"))
    return sorted("" if folder == "." else f"{folder}/" for folder in folders)


@pytest.fixture(scope="module")
def seen(browser: Any, site: Site) -> Seen:
    """What each page shows at each width; scripts run as they do for readers."""
    page = browser.new_page()
    result: Seen = {}
    for path in addresses(site):
        page.set_viewport_size({"width": DESK, "height": 900})
        page.goto(site.url + path, wait_until="load")
        for width in (DESK, PHONE):
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            result[path, width] = {name: page.evaluate(look) for name, look in LOOKS.items()}
    page.close()
    assert len(result) > 200
    return result


def pages(seen: Seen, width: int, look: str) -> Iterator[tuple[str, Any]]:
    """One look at all pages at one width."""
    return ((path, looks[look]) for (path, at), looks in seen.items() if at == width)


def test_every_page_opens_with_a_figure_a_call_or_a_table(seen: Seen) -> None:
    assert [path for path, top in pages(seen, DESK, "opening") if top is None or top > 800] == []


def test_the_text_of_figures_can_be_read_on_a_phone(seen: Seen) -> None:
    assert {path: size for path, size in pages(seen, PHONE, "smallest") if (size or 99) < 9} == {}


def test_no_page_is_wider_than_a_phone(seen: Seen) -> None:
    assert {path: wider for path, wider in pages(seen, PHONE, "wider") if wider} == {}


def test_on_a_phone_no_formula_is_cut_without_a_sign(seen: Seen) -> None:
    boxes = [(path, box) for path, cut in pages(seen, PHONE, "cut") for box in cut]
    assert [each for each in boxes if not each[1]["faded"]] == []
    displayed = [each for each in boxes if each[1]["display"]]
    assert len(displayed) <= 8, displayed  # of 130 that are wider than a phone: a fraction cannot be cut


def test_on_a_desk_no_formula_is_cut(seen: Seen) -> None:
    assert {path: cut for path, cut in pages(seen, DESK, "cut") if cut} == {}


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_one_setting_is_seen_and_one_formula_read(seen: Seen, width: int) -> None:
    for path, formulas in pages(seen, width, "formulas"):
        for formula in formulas:
            assert formula == {"drawings": 1, "read": 1, "number": True}, path


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_code_in_tables_breaks_between_words_only(seen: Seen, width: int) -> None:
    assert {path: words for path, words in pages(seen, width, "broken") if words} == {}


def test_no_code_scrolls_on_a_desk(seen: Seen) -> None:
    assert {path: code for path, code in pages(seen, DESK, "scrolling") if code} == {}


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_no_heading_is_taller_than_its_text(seen: Seen, width: int) -> None:
    """Where a permalink wraps, hiding it makes the heading lower."""
    assert {path: headings for path, headings in pages(seen, width, "taller") if headings} == {}
