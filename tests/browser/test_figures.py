"""A figure full-screen: opened by mouse, finger and keyboard, saved as it looks."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

from browser.inspection import audit

if TYPE_CHECKING:
    from conftest import Visit


Open = Callable[..., "Visit"]
LOSS = "losses/huber_loss/"


def opened(visit: Open, **options: Any) -> Any:
    """A page with its first figure full-screen."""
    page = visit(**options).go(LOSS)
    page.set_default_timeout(30_000)  # a busy machine draws late
    page.locator("article svg.docrun-figure:visible").first.click()
    page.locator(".figure-dialog[open]").wait_for()
    return page


def saved(page: Any, name: str) -> tuple[str, bytes]:
    """The file that a button of the dialog gives."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


@pytest.mark.parametrize("way", ["click", "tap", "Enter"])
def test_a_figure_opens_and_the_focus_returns(visit: Open, way: str) -> None:
    page = visit(width=360 if way == "tap" else 1280, has_touch=way == "tap").go(LOSS)
    figure = page.locator("article svg.docrun-figure:visible").first
    button = page.locator("article .figure-open").first
    if way == "Enter":
        button.focus()
        page.keyboard.press("Enter")
    else:
        figure.scroll_into_view_if_needed()
        getattr(figure, way)()
    dialog = page.locator(".figure-dialog[open]")
    assert dialog.get_attribute("aria-label") == figure.get_attribute("aria-label")
    box = dialog.locator("svg.docrun-figure:visible").bounding_box()
    view = page.viewport_size
    assert box["width"] > 0.9 * view["width"] and box["y"] + box["height"] <= view["height"]
    page.keyboard.press("Escape")
    assert page.locator(".figure-dialog[open]").count() == 0
    assert button.evaluate("e => e === document.activeElement")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_svg_is_a_file_of_its_own_in_the_palette_that_is_shown(visit: Open, scheme: str) -> None:
    page = opened(visit, scheme=scheme, accept_downloads=True)
    name, svg = saved(page, "Save SVG")
    assert name.startswith("huber_loss-") and name.endswith(".svg")
    root, text = ElementTree.fromstring(svg), svg.decode()
    assert root.tag == "{http://www.w3.org/2000/svg}svg" and "var(" not in text
    ink = page.evaluate("getComputedStyle(document.body).getPropertyValue('--docrun-fg').trim()")
    assert (
        ink in text and page.evaluate("getComputedStyle(document.body).getPropertyValue('--docrun-bg').trim()") in text
    )
    assert "font-family" in root.get("style", "") and "<text" in text


def test_the_png_shows_the_figure(visit: Open) -> None:
    page = opened(visit, scheme="dark", accept_downloads=True)
    name, png = saved(page, "Save PNG")
    assert re.fullmatch(r"huber_loss-.+\.png", name)
    width, height = struct.unpack(">II", png[16:24])
    assert png.startswith(b"\x89PNG") and width > 1000 and height > 500
    script = """async bytes => {
      const picture = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: "image/png" }))
      const canvas = new OffscreenCanvas(picture.width, picture.height), pen = canvas.getContext("2d")
      pen.drawImage(picture, 0, 0)
      const all = pen.getImageData(0, 0, picture.width, picture.height).data, found = new Map()
      for (let i = 0; i < all.length; i += 4) {
        const colour = `rgb(${all[i]}, ${all[i + 1]}, ${all[i + 2]})`
        found.set(colour, (found.get(colour) ?? 0) + 1)
      }
      return [...found].sort((a, b) => b[1] - a[1]).map(([colour]) => colour) }"""
    colours = page.evaluate(script, list(png))
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert colours[0] == paper and len(colours) > 50, "paper, and lines and letters on it"


def test_the_link_leads_to_the_figure(visit: Open) -> None:
    page = opened(visit, permissions=["clipboard-read", "clipboard-write"])
    page.locator(".figure-dialog").get_by_role("button", name="Copy link").click()
    page.get_by_text("Link copied").wait_for()
    address = page.evaluate("navigator.clipboard.readText()")
    page.goto(address, wait_until="networkidle")
    page.wait_for_timeout(300)
    mark = address.partition("#")[2]
    assert mark and page.locator(f"[id='{mark}']").evaluate(
        "e => Math.abs(e.getBoundingClientRect().top) < innerHeight"
    )


def test_a_figure_full_screen_is_accessible_and_its_keys_are_its_own(visit: Open) -> None:
    page = opened(visit, width=360)
    assert audit(page, within=".figure-dialog") == []
    page.keyboard.press("s")  # opens the search of a page
    assert not page.locator("#__search").is_checked()
    page.get_by_role("button", name="Close").click()
    assert page.locator(".figure-dialog[open]").count() == 0


def test_a_drawing_below_the_fold_waits_and_moves_nothing(visit: Open) -> None:
    page = visit(width=360).go("optimizers/paths/")
    svg = page.locator("article svg.docrun-figure:visible").last
    assert svg.evaluate("e => getComputedStyle(e).contentVisibility") == "auto"
    assert not svg.locator("text").first.evaluate("e => e.checkVisibility({ contentVisibilityAuto: true })")
    heights = """[...document.querySelectorAll('svg.docrun-figure')].filter(svg => svg.checkVisibility())
      .map(svg => Math.round(svg.getBoundingClientRect().height))"""
    before = page.evaluate(heights)
    plain = "svg.docrun-figure { content-visibility: visible !important; aspect-ratio: auto !important }"
    page.add_style_tag(content=plain)
    assert page.evaluate(heights) == before and min(before) > 100


def test_the_figure_below_the_first_call_is_whole_on_the_first_screen(visit: Open) -> None:
    opened = visit()
    for path in (LOSS, "losses/cross_entropy/", "optimizers/adamw/", "schedulers/step_lr/", "initialization/sparse/"):
        page = opened.go(path)
        assert page.locator("article svg.docrun-figure:visible").first.evaluate(
            "e => e.getBoundingClientRect().bottom <= 900 && e.getBoundingClientRect().height > 250"
        ), path
