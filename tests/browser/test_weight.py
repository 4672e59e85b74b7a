"""What lies below the fold costs nothing until it is near, and takes exactly the room that it will have."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from browser.inspection import audit

if TYPE_CHECKING:
    from conftest import Site, Visit


Open = Callable[..., "Visit"]
LOSS = "losses/cross_entropy/"
BOXES = """() => [...document.querySelectorAll("article .highlight")].filter(box => box.checkVisibility())
  .map(box => box.getBoundingClientRect().height)"""
WAITS = "e => !e.checkVisibility({ contentVisibilityAuto: true })"


@pytest.mark.parametrize("path", [LOSS, "labs/digits/"])
@pytest.mark.parametrize("width", [360, 700, 1280])
def test_a_box_of_code_waits_and_has_its_height(visit: Open, path: str, width: int) -> None:
    page = visit(width=width).go(path)
    reserved = page.evaluate(BOXES)
    page.add_style_tag(content=".md-typeset .highlight { content-visibility: visible !important }")
    assert reserved and page.evaluate(BOXES) == pytest.approx(reserved, abs=0.05)


def test_code_far_below_is_laid_out_when_it_comes_near(visit: Open) -> None:
    page = visit(width=360).go(LOSS)
    last = page.locator("article .highlight code").last
    assert last.evaluate(WAITS)
    last.scroll_into_view_if_needed()
    page.wait_for_timeout(200)
    assert not last.evaluate(WAITS)


def test_a_formula_far_below_is_read_aloud_all_the_same(heard: Any, site: Site) -> None:
    page = heard.new_page(viewport={"width": 360, "height": 900})
    page.goto(site.url + LOSS, wait_until="networkidle")
    assert page.locator("article math").last.evaluate(WAITS)
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    spoken = [node for node in nodes if not node["ignored"]]
    formulas = [node for node in spoken if node["role"]["value"] == "MathMLMath"]
    assert len(formulas) == page.locator("article math").count()
    assert not any("\\frac" in node.get("name", {}).get("value", "") for node in spoken), "no TeX is read"


def test_a_closed_drawer_costs_nothing(visit: Open) -> None:
    page = visit(width=360, reduced_motion="reduce").go(LOSS)
    drawer = page.locator(".md-sidebar--primary")
    assert drawer.evaluate("e => getComputedStyle(e).contentVisibility") == "hidden"
    page.get_by_role("button", name="Navigation").click()
    page.wait_for_timeout(400)
    assert drawer.evaluate("e => getComputedStyle(e).contentVisibility") == "visible"
    assert drawer.locator("a:visible").count() > 5


@pytest.mark.parametrize("path", ["losses/", "figures/"])
def test_a_phone_is_accessible(visit: Open, path: str) -> None:
    assert audit(visit(width=360).go(path)) == []


def test_small_text_is_large_enough_for_a_phone(visit: Open) -> None:
    """Lighthouse counts text below 12 pixels as illegible."""
    page = visit(width=360).go("optimizers/paths/")
    small = """() => [...document.querySelectorAll("article :is(code, p, li, td, th, button, label)")]
      .filter(e => parseFloat(getComputedStyle(e).fontSize) < 12).map(e => e.outerHTML.slice(0, 90))"""
    assert page.evaluate(small) == []
