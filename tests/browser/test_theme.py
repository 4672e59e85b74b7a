"""The look and the keyboard of every page: paper, drawer, headings, links, code, parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from browser.inspection import LIGHTNESS, audit

if TYPE_CHECKING:
    from conftest import Visit


Open = Callable[..., "Visit"]
VARIANCE, LOSS, OPTIMIZER, SCHEDULER = (
    "initialization/variance/",
    "losses/huber_loss/",
    "optimizers/adamw/",
    "schedulers/one_cycle_lr/",
)
PAGES = ("", VARIANCE, LOSS, OPTIMIZER, SCHEDULER, "labs/digits/", "losses/", "optimizers/paths/", "losses/choose/")

# ---- paper

PALE = f"""() => {{
  {LIGHTNESS}
  const shown = [...document.querySelectorAll("article *, article svg.docrun-figure text")].filter(e =>
    e.checkVisibility() && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
  return shown.filter(e => {{
    const look = getComputedStyle(e)
    return light(e.closest("svg") ? look.fill : look.color) > 0.3
  }}).map(e => e.outerHTML.slice(0, 100))
}}"""


@pytest.mark.parametrize("path", ["", LOSS, "losses/"])
def test_paper_is_dark_on_white_whatever_the_screen_shows(visit: Open, path: str) -> None:
    page = visit(scheme="dark", width=690, reduced_motion="reduce").go(path)
    assert page.locator("body").get_attribute("data-md-color-scheme") == "slate"
    page.emulate_media(media="print")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
    assert page.evaluate(PALE) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 690


def test_paper_has_no_controls_and_says_where_it_came_from(visit: Open) -> None:
    page = visit(width=690).go("losses/")
    page.emulate_media(media="print")
    for control in (
        ".table-filter",
        ".md-code__nav",
        ".md-header",
        ".md-footer",
        ".md-sidebar",
        ".headerlink",
        ".md-top",
    ):
        assert page.locator(f"{control}:visible").count() == 0, control
    note = page.locator(".print-note")
    assert note.is_visible() and page.url in note.inner_text() and "Init · Loss · Step 0." in note.inner_text()
    assert page.locator("article .grid-table thead").first.evaluate("e => getComputedStyle(e).display") == (
        "table-header-group"
    )


def test_cards_stand_in_columns_on_paper(visit: Open) -> None:
    page = visit(width=690).go("")
    page.emulate_media(media="print")
    tops = page.locator(".card").evaluate_all("all => all.map(e => e.getBoundingClientRect().top)")
    assert len(tops) == 3 and len(set(tops)) == 1


# ---- keyboard

# What has the focus, if a reader cannot see it.
LOST = """() => {
  const active = document.activeElement
  if (active === document.body) return null
  const label = "[data-md-component=palette] label:not([hidden])" // what a reader sees of the palette's radio buttons
  const e = active.matches(".md-option") ? document.querySelector(label) : active
  const boxes = [...e.getClientRects()]
  const seen = boxes.some(b => b.width && b.right > 0 && b.left < innerWidth && b.bottom > 0 && b.top < innerHeight)
  if (!e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || !seen)
    return e.outerHTML.slice(0, 150)
  const box = boxes.find(b => b.width)
  const x = Math.min(Math.max(box.left + Math.min(box.width, 20) / 2, 1), innerWidth - 1)
  const y = Math.min(Math.max(box.top + Math.min(box.height, 20) / 2, 1), innerHeight - 1)
  const top = document.elementFromPoint(x, y)
  if (top && (e.contains(top) || top.contains(e))) return null
  return `${e.outerHTML.slice(0, 120)} is under ${top?.outerHTML.slice(0, 80)}`
}"""


def tab(page: Any, times: int) -> None:
    """Press Tab; each time what has the focus must be in sight."""
    for _ in range(times):
        page.keyboard.press("Tab")
        page.wait_for_timeout(20)
        lost = page.evaluate(LOST)
        if lost:  # it may still move
            page.wait_for_timeout(400)
            assert page.evaluate(LOST) is None


@pytest.mark.parametrize("width", [360, 640, 1000, 1280])
def test_the_focus_is_always_in_sight(visit: Open, width: int) -> None:
    page = visit(width=width, reduced_motion="reduce").go(LOSS)
    tab(page, 30)


@pytest.mark.parametrize("width", [360, 640])
def test_the_drawer_opens_and_closes_by_keyboard(visit: Open, width: int) -> None:
    page = visit(width=width, reduced_motion="reduce").go(LOSS)
    opener = page.get_by_role("button", name="Navigation")
    for key in ("Enter", " "):
        opener.focus()
        page.keyboard.press(key)
        page.wait_for_timeout(400)
        assert opener.get_attribute("aria-expanded") == "true"
        assert page.evaluate("!!document.activeElement.closest('.md-sidebar--primary')")
        tab(page, 12)
        page.keyboard.press("Escape")
        page.wait_for_timeout(400)
        assert opener.get_attribute("aria-expanded") == "false"
        assert opener.evaluate("e => e === document.activeElement")
    assert page.locator("[inert]").count() == 0


def test_the_open_drawer_is_accessible_and_leads_on(visit: Open) -> None:
    page = visit(width=640, reduced_motion="reduce").go(LOSS)
    page.get_by_role("button", name="Navigation").click()
    page.wait_for_timeout(400)
    assert audit(page) == []
    page.locator(".md-sidebar--primary a:visible", has_text="NLLLoss").first.click()
    page.locator("article h1", has_text="NLLLoss").wait_for()


# ---- text


def test_underlines_run_below_underscores(visit: Open) -> None:
    page = visit().go("initialization/choose/")
    offset = "e => parseFloat(getComputedStyle(e).textUnderlineOffset) / parseFloat(getComputedStyle(e).fontSize)"
    links = page.locator("article :is(p, li, td) > a:has(> code)").all()
    assert links and all(link.evaluate(offset) >= 0.3 for link in links)


def test_text_code_and_figures_end_at_one_edge(visit: Open) -> None:
    page = visit().go(LOSS)
    edges = """() => [...document.querySelectorAll("article > :is(.highlight, figure.docrun, h2)")]
      .concat([...document.querySelectorAll("article > figure > svg.docrun-figure")])
      .filter(e => e.checkVisibility()).map(e => Math.round(e.getBoundingClientRect().right))"""
    assert len(set(page.evaluate(edges))) == 1


def test_what_to_remember_has_the_size_of_text(visit: Open) -> None:
    page = visit().go(VARIANCE)
    size = "e => getComputedStyle(e).fontSize"
    assert page.locator(".admonition li").first.evaluate(size) == page.locator("article > p").first.evaluate(size)


def test_search_results_show_text_without_code(visit: Open) -> None:
    page = visit().go("")
    page.keyboard.press("/")
    page.keyboard.type("huber loss from scratch", delay=25)
    page.locator(".md-search-result__link").first.wait_for()
    page.wait_for_timeout(300)
    assert page.locator(".md-search-result__article pre:visible").count() == 0
    assert page.locator(".md-search-result__article p:visible").count() > 0


# ---- code

OVER = """() => [...document.querySelectorAll(".highlight > pre")].flatMap(pre => {
  const code = pre.querySelector("code"), range = document.createRange()
  range.selectNodeContents(code)
  const inside = code.getBoundingClientRect()
  const lines = [...range.getClientRects()].map(b => ({ ...b.toJSON(), right: Math.min(b.right, inside.right) }))
  return [...pre.querySelectorAll("button")].filter(b => b.checkVisibility()).filter(button => {
    const box = button.getBoundingClientRect()
    return lines.some(l => l.right > box.left && l.left < box.right && l.bottom > box.top + 1 && l.top < box.bottom - 1)
  }).map(button => pre.textContent.slice(0, 60))
})"""


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")])
def test_the_copy_button_is_seen_and_never_on_code(visit: Open, width: int, scheme: str) -> None:
    page = visit(width=width, scheme=scheme, has_touch=width < 400).go(LOSS)
    button = page.locator(".highlight .md-code__button").first
    contrast = button.evaluate(f"""e => {{
      {LIGHTNESS}
      const ink = light(getComputedStyle(e).color)
      const paper = light(getComputedStyle(e.closest("pre").querySelector("code")).backgroundColor)
      return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05) }}""")
    assert button.is_visible() and contrast >= 4.5
    assert page.evaluate(OVER) == []


@pytest.mark.parametrize("path", [VARIANCE, LOSS, OPTIMIZER, SCHEDULER, "losses/", "play/"])
def test_on_paper_nothing_that_stays_whole_fills_a_page(visit: Open, path: str) -> None:
    """It would leave the page before it nearly empty. A sheet of A4 has room for a thousand pixels below each other."""
    page = visit(width=680).go(path)
    page.emulate_media(media="print")
    tall = """[...document.querySelectorAll("article *")]
      .filter(e => getComputedStyle(e).breakInside === "avoid" && e.getBoundingClientRect().height > 700)
      .map(e => e.outerHTML.slice(0, 80))"""
    assert page.evaluate(tall) == []


def test_on_paper_as_many_formulas_as_fit_stand_in_one_row(visit: Open) -> None:
    page = visit(width=680).go("optimizers/sgd/")
    page.emulate_media(media="print")
    narrow = page.locator(".typeset-two svg.typeset-narrow")
    assert narrow.count() >= 4
    assert set(narrow.evaluate_all("drawings => drawings.map(svg => svg.getClientRects().length)")) == {0}


def test_lines_wrap_on_a_phone_if_asked_and_stay_so(visit: Open) -> None:
    page = visit(width=360).go(LOSS)
    scrolls = """() => [...document.querySelectorAll(".highlight > pre > code")].map(code =>
      [code.scrollWidth > code.clientWidth, !!code.parentElement.querySelector(".code-wrap")])"""
    boxes = page.evaluate(scrolls)
    assert any(wide for wide, _ in boxes) and not all(wide for wide, _ in boxes)
    assert all(wide == switch for wide, switch in boxes), "the switch stands where a box scrolls"
    switch = page.get_by_role("button", name="Wrap lines").nth(2)
    switch.scroll_into_view_if_needed()
    before = switch.bounding_box()["y"]
    switch.click()
    assert abs(switch.bounding_box()["y"] - before) <= 2, "the reader stays where the reader is"
    assert switch.get_attribute("aria-pressed") == "true"
    assert not any(wide for wide, _ in page.evaluate(scrolls))
    page.goto(page.url.replace("huber_loss", "nll_loss"), wait_until="networkidle")
    assert not any(wide for wide, _ in page.evaluate(scrolls))
    page.get_by_role("button", name="Wrap lines").first.click()
    assert any(wide for wide, _ in page.evaluate(scrolls))


def test_lines_wrap_where_storage_is_forbidden(visit: Open) -> None:
    opened = visit(width=360)
    opened.page.add_init_script("Storage.prototype.setItem = () => { throw new Error('full') }")
    page = opened.go(LOSS)
    page.get_by_role("button", name="Wrap lines").first.click()
    assert page.locator("html").get_attribute("data-wrap") == "on"


# ---- parts


def test_each_part_has_its_colour(visit: Open) -> None:
    opened = visit()
    colour = "getComputedStyle(document.querySelector('.md-tabs')).borderBottomColor"
    colours = [opened.go(path).evaluate(colour) for path in (VARIANCE, LOSS, OPTIMIZER, SCHEDULER, "")]
    assert len(set(colours)) == 5


def test_the_tabs_stay_in_sight(visit: Open) -> None:
    page = visit().go(LOSS)
    page.evaluate("scrollTo(0, 3000)")
    page.wait_for_timeout(500)
    box = page.locator(".md-tabs").bounding_box()
    assert 0 <= box["y"] < 100


@pytest.mark.parametrize("width", [360, 1280])
def test_the_ways_on_and_back_say_their_part(visit: Open, width: int) -> None:
    page = visit(width=width).go("losses/l1_loss/")
    for kind in ("prev", "next"):
        words = page.locator(f".md-footer__link--{kind} .md-footer__title")
        assert words.is_visible() and "Losses" in words.inner_text()
    assert "MSELoss" in page.locator(".md-footer__link--next").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [360, 1280])
def test_a_wrong_address_offers_search_and_parts(visit: Open, width: int) -> None:
    opened = visit(width=width)
    page = opened.go("losses/huber-loss/")
    page.wait_for_function("url => document.getElementById('home').href === url", arg=opened.site.url)
    opened.problems.clear()  # the 404s themselves
    assert audit(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    parts = page.locator("nav a").all_text_contents()
    assert {"Play", "Build", "Initialization", "Losses", "Optimizers", "Schedulers"} <= {part.strip() for part in parts}
    assert page.get_by_role("searchbox").input_value() == "huber loss"
    page.get_by_role("button", name="Search").click()
    page.locator(".md-search-result__link").first.wait_for(timeout=30_000)  # the whole index, at once
    assert "huber" in page.locator(".md-search-result__link").first.get_attribute("href")


def test_names_in_the_navigation_are_whole(visit: Open) -> None:
    opened = visit()
    cut = """[...document.querySelectorAll('.md-sidebar .md-ellipsis')]
      .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"""
    for path in (VARIANCE, "losses/triplet_margin_with_distance_loss/", OPTIMIZER, SCHEDULER):
        assert opened.go(path).evaluate(cut) == [], path


@pytest.mark.parametrize(
    ("part", "name", "place"), [("initialization", "init", 1), ("losses", "loss", 1), ("optimizers", "optimizer", 1)]
)
def test_the_question_of_a_part_comes_first(visit: Open, part: str, name: str, place: int) -> None:
    page = visit().go(f"{part}/choose/")
    entries = page.locator(".md-nav__item--active > .md-nav > .md-nav__list > .md-nav__item > .md-nav__link:visible")
    assert entries.nth(place).inner_text().strip() == f"Which {name}?"


@pytest.mark.parametrize("path", ["errata/", "source-note/", "errata-runs/", "source-note-runs/"])
def test_an_audit_has_a_table_of_contents(visit: Open, path: str) -> None:
    page = visit().go(path)
    assert page.locator(".md-sidebar--secondary .md-nav__link:visible").count() >= 4
    assert page.locator(".md-tabs__item--active").inner_text() == "Fact checks"
