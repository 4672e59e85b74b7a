"""Every displayed formula of every page, on a phone and on a desk: whole, or with a fade where it is cut."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Site, Visit

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(900)]

Open = Callable[..., "Visit"]
CUT = """() => [...document.querySelectorAll('.typeset-scroll, .typeset-wide')]
  .filter((box) => box.getClientRects().length && box.scrollWidth > box.clientWidth + 1)
  .map((box) => ({
    tex: (box.querySelector('annotation') || box).textContent.trim().slice(0, 60),
    display: box.matches('.typeset-scroll'),
    faded: getComputedStyle(box).maskImage !== 'none'
      && getComputedStyle(box).getPropertyValue('--typeset-after') !== '0px',
    lost: box.scrollWidth - box.clientWidth,
  }))"""
SHOWN = """() => [...document.querySelectorAll('.typeset-display')].filter((box) => box.getClientRects().length).map((box) => ({
    drawings: [...box.querySelectorAll('svg')].filter((svg) => svg.getClientRects().length && !svg.closest('svg svg')).length,
    read: box.querySelectorAll('math').length,
    number: [...box.querySelectorAll('.typeset-numbers > span')].every((mark) => {
      const [outer, inner] = [box, mark].map((each) => each.getBoundingClientRect());
      return inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1 && inner.right <= innerWidth;
    }),
  }))"""


def pages(site: Site) -> list[str]:
    """The addresses of all pages with a displayed formula, below the site's."""
    found = sorted(file for file in site.folder.rglob("index.html") if "typeset-display" in file.read_text("utf-8"))
    assert found
    return [file.parent.relative_to(site.folder).as_posix() for file in found]


def each(visit: Open, site: Site, width: int, script: str) -> dict[str, Any]:
    """What a script finds on each page at a width."""
    page = visit(width=width, java_script_enabled=True).page
    result = {}
    for path in pages(site):
        page.goto(f"{site.url}{path}/".replace("/./", "/"), wait_until="load")
        result[path] = page.evaluate(script)
    return result


def test_on_a_phone_no_formula_is_cut_without_a_sign(visit: Open, site: Site) -> None:
    found = each(visit, site, 360, CUT)
    cut = [(path, box) for path, boxes in found.items() for box in boxes]
    assert [each for each in cut if not each[1]["faded"]] == []
    displayed = [each for each in cut if each[1]["display"]]
    assert len(displayed) <= 8, displayed  # of 150 that are wider than a phone; fractions and roots cannot be cut


def test_on_a_desk_no_formula_is_cut(visit: Open, site: Site) -> None:
    assert {path: boxes for path, boxes in each(visit, site, 1280, CUT).items() if boxes} == {}


@pytest.mark.parametrize("width", [360, 1280])
def test_one_setting_is_seen_and_one_formula_read(visit: Open, site: Site, width: int) -> None:
    for path, formulas in each(visit, site, width, SHOWN).items():
        for formula in formulas:
            assert formula == {"drawings": 1, "read": 1, "number": True}, path
