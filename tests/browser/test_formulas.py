"""Every displayed formula of every page, on a phone and on a desk: whole, or with a fade where it is cut."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Site

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(900)]

WIDTHS = (360, 1280)
Found = dict[tuple[str, int], dict[str, Any]]
CUT = """() => [...document.querySelectorAll('.typeset-scroll, .typeset-wide')]
  .filter((box) => box.getClientRects().length && box.scrollWidth > box.clientWidth + 1)
  .map((box) => ({
    tex: (box.querySelector('annotation') || box).textContent.trim().slice(0, 60),
    display: box.matches('.typeset-scroll'),
    faded: getComputedStyle(box).maskImage !== 'none'
      && getComputedStyle(box).getPropertyValue('--typeset-after') !== '0px',
    lost: box.scrollWidth - box.clientWidth,
  }))"""
SHOWN = """() => [...document.querySelectorAll('.typeset-display')]
  .filter((box) => box.getClientRects().length)
  .map((box) => ({
    drawings: [...box.querySelectorAll('span > svg')].filter((svg) => svg.getClientRects().length).length,
    read: box.querySelectorAll('math').length,
    number: [...box.querySelectorAll('.typeset-numbers > span')].every((mark) => {
      const [outer, inner] = [box, mark].map((each) => each.getBoundingClientRect());
      return inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1 && inner.right <= innerWidth;
    }),
  }))"""


def pages(site: Site) -> Iterator[tuple[str, str]]:
    """Address, below the site's, and text of all pages with a displayed formula."""
    for file in sorted(site.folder.rglob("index.html")):
        text = file.read_text("utf-8")
        if "typeset-display" in text:
            path = file.parent.relative_to(site.folder).as_posix()
            yield ("" if path == "." else f"{path}/"), text


def _answer(text: str, route: Any) -> None:
    route.fulfill(body=text, content_type="text/html")


@pytest.fixture(scope="module")
def found(browser: Any, site: Site) -> Iterator[Found]:
    """What is cut and what is shown, by page and width. Scripts and figures are left out: they only take time."""
    page = browser.new_page()
    texts = dict(pages(site))
    assert len(texts) > 80
    bare = {path: re.sub(r'<figure class="docrun".*?</figure>', "", text, flags=re.S) for path, text in texts.items()}
    result: Found = {}
    for path, text in bare.items():
        page.unroute_all()
        page.route("**/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
        page.route(site.url + path, functools.partial(_answer, text))
        page.goto(site.url + path, wait_until="load")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            result[path, width] = {"cut": page.evaluate(CUT), "shown": page.evaluate(SHOWN)}
    page.close()
    yield result


def cut(found: Found, width: int) -> list[tuple[str, dict[str, Any]]]:
    return [(path, box) for (path, at), seen in found.items() if at == width for box in seen["cut"]]


def test_on_a_phone_no_formula_is_cut_without_a_sign(found: Found) -> None:
    boxes = cut(found, 360)
    assert [each for each in boxes if not each[1]["faded"]] == []
    displayed = [each for each in boxes if each[1]["display"]]
    assert len(displayed) <= 8, displayed  # of 130 that are wider than a phone: a fraction cannot be cut


def test_on_a_desk_no_formula_is_cut(found: Found) -> None:
    assert cut(found, 1280) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_one_setting_is_seen_and_one_formula_read(found: Found, width: int) -> None:
    for (path, at), seen in found.items():
        for formula in seen["shown"] if at == width else ():
            assert formula == {"drawings": 1, "read": 1, "number": True}, path


def test_on_paper_as_many_formulas_as_fit_stand_in_one_row(browser: Any, site: Site) -> None:
    page = browser.new_page(viewport={"width": 680, "height": 900})
    page.emulate_media(media="print")
    page.goto(f"{site.url}optimizers/sgd/", wait_until="load")
    shown = (
        "[...document.querySelectorAll('.typeset-two svg.typeset-narrow')].map((svg) => svg.getClientRects().length)"
    )
    assert page.locator(".typeset-two").count() >= 4
    assert set(page.evaluate(shown)) == {0}
    page.close()
