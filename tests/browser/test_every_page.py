"""Every page on a desk and on a phone: what its first screen shows, how large its figures' text is, how wide it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from browser.inspection import WIDER

if TYPE_CHECKING:
    from conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(900)]

DESK, PHONE = 1280, 360
FIRST = ".md-content :is(figure.docrun, .highlight, table, figure.explorer, .guides, .wall, form)"
LOOK = """(first) => {
  const shown = (element) => element.getClientRects().length > 0;
  const place = [...document.querySelectorAll(first)].find(shown);
  const small = [...document.querySelectorAll("svg.docrun-figure")].filter(shown).map((svg) => {
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    const sizes = [...svg.querySelectorAll("text")].map((text) => scale * parseFloat(getComputedStyle(text).fontSize));
    return Math.min(Infinity, ...sizes);
  });
  return { top: place ? place.getBoundingClientRect().top + scrollY : null, text: Math.min(Infinity, ...small) };
}"""
Seen = dict[tuple[str, int], dict[str, Any]]


def addresses(site: Site) -> list[str]:
    """All pages, below the site's address."""
    folders = (file.parent.relative_to(site.folder).as_posix() for file in site.folder.rglob("index.html"))
    return sorted("" if folder == "." else f"{folder}/" for folder in folders)


@pytest.fixture(scope="module")
def seen(browser: Any, site: Site) -> Iterator[Seen]:
    """What each page shows at each width; scripts run as they do for readers."""
    page = browser.new_page()
    result: Seen = {}
    for path in addresses(site):
        page.set_viewport_size({"width": DESK, "height": 900})
        page.goto(site.url + path, wait_until="load")
        for width in (DESK, PHONE):
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            result[path, width] = {**page.evaluate(LOOK, FIRST), "wider": page.evaluate(WIDER)}
    page.close()
    yield result


def test_every_page_opens_with_a_figure_a_call_or_a_table(seen: Seen) -> None:
    late = {path: look["top"] for (path, width), look in seen.items() if width == DESK and (look["top"] or 900) > 800}
    assert late == {}


def test_the_text_of_figures_can_be_read_on_a_phone(seen: Seen) -> None:
    small = {path: look["text"] for (path, width), look in seen.items() if width == PHONE and (look["text"] or 99) < 9}
    assert small == {}


def test_no_page_is_wider_than_a_phone(seen: Seen) -> None:
    assert {path: look["wider"] for (path, width), look in seen.items() if width == PHONE and look["wider"]} == {}
