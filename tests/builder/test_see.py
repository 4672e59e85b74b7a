"""The net that runs in the page, in a browser: by keyboard, by pointer, on a phone; and the gallery for axe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from explorers import stage

ROOT = Path(__file__).parents[2]
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A small site with both pages of nets."""
    pages = {name: (ROOT / f"docs/en/{name}.md").read_text("utf-8") for name in ("see", "gallery")}
    with stage.served(tmp_path_factory.mktemp("see"), {**pages, "build": "# Build\n"}, explorers=[]) as url:
        yield url


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Open]:
    """Open a page in a fresh context; nothing may go wrong on it."""
    opened: list[tuple[Any, list[str]]] = []

    def start(path: str, width: int = 1280, scheme: str = "light", **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
        page, problems = context.new_page(), list[str]()
        page.on("pageerror", lambda error: problems.append(f"error: {error}"))
        page.on("console", lambda m: m.type in ("error", "warning") and problems.append(f"{m.type}: {m.text}"))
        opened.append((context, problems))
        page.goto(address + path, wait_until="networkidle")
        return page

    yield start
    for context, problems in opened:
        context.close()
        assert problems == []


def said(page: Any, start: str) -> str:
    """The sentence, once it begins so."""
    page.wait_for_function(
        "start => document.querySelector('.see-said').textContent.startsWith(start)", arg=start, timeout=10_000
    )
    return str(page.locator(".see-said").inner_text())


def test_a_square_is_drawn_by_keyboard_alone(visit: Open) -> None:
    page = visit("see/")
    said(page, "A square")  # a sample is there
    page.keyboard.press("Tab")
    while not page.evaluate("document.activeElement.matches('.see-picture')"):
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    said(page, "A disc")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    said(page, "Nothing but background")
    for _ in range(3):
        page.keyboard.press("Shift+Tab")
    for row in range(4):
        for _ in range(4):
            page.keyboard.press("Space")
            for _ in range(3):
                page.keyboard.press("ArrowLeft" if row % 2 else "ArrowRight")
        for _ in range(3):
            page.keyboard.press("ArrowDown")
    assert "rows 16 to 27" in said(page, "A square")


def test_a_pointer_draws_and_the_mask_follows(visit: Open) -> None:
    page = visit("see/", width=360, has_touch=True, scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.click("[data-do=clear]")
    said(page, "Nothing")
    before = page.evaluate("document.querySelector('.see-mask').toDataURL()")
    box = page.locator(".see-picture").bounding_box()
    for y in range(60, 100, 6):
        page.mouse.move(box["x"] + 50, box["y"] + y)
        page.mouse.down()
        page.mouse.move(box["x"] + 90, box["y"] + y, steps=10)
        page.mouse.up()
    said(page, "A ")
    assert page.evaluate("document.querySelector('.see-mask').toDataURL()") != before


@pytest.mark.parametrize("path", ["see/", "gallery/"])
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_both_pages_are_accessible_and_fit(visit: Open, path: str, width: int, scheme: str) -> None:
    page = visit(path, width=width, scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert Axe().run(page, "main").response["violations"] == []
