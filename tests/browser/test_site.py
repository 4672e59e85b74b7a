"""What a reader meets: every part of the site in a real browser."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from browser.inspection import COLOURS, SHIFTS, WIDER, audit

if TYPE_CHECKING:
    from conftest import Site, Visit


Open = Callable[..., "Visit"]
HOME, VARIANCE, LOSS, LAB = "", "initialization/variance/", "losses/huber_loss/", "labs/digits/"
OPTIMIZER, SCHEDULER = "optimizers/adamw/", "schedulers/one_cycle_lr/"
PARTS = (HOME, VARIANCE, LOSS, OPTIMIZER, SCHEDULER, LAB)
# kB of one first visit, everything, gzip. A lab's budget counts its HTML without figures. A page with one figure may
# have 100, one with 67 formulas 160, and 15 more with an explorer; adamw has many figures.
BUDGETS = {HOME: 100, LOSS: 125, VARIANCE: 165, OPTIMIZER: 170}

CONTRAST = """() => {
  const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(v => { v /= 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 }); return 0.2126 * r + 0.7152 * g + 0.0722 * b }
  const page = light(getComputedStyle(document.body).backgroundColor)
  return [...document.querySelectorAll("svg.docrun-figure")].filter(svg => svg.checkVisibility()).map(svg => {
    const ink = light(getComputedStyle(svg.querySelector("text")).fill)
    return { width: svg.getBoundingClientRect().width, label: svg.getAttribute("aria-label"),
      contrast: (Math.max(ink, page) + 0.05) / (Math.min(ink, page) + 0.05) }
  })
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PARTS)
def test_accessible_and_readable(visit: Open, path: str, scheme: str) -> None:
    page = visit(scheme=scheme).go(path)
    assert page.locator("body").get_attribute("data-md-color-scheme") == {"light": "default", "dark": "slate"}[scheme]
    assert audit(page, *(COLOURS if scheme == "dark" else ())) == []
    figures = page.evaluate(CONTRAST)
    assert figures, "every part shows a figure"
    for figure in figures:
        assert figure["width"] > 250 and figure["label"] and figure["contrast"] >= 4.5, figure


@pytest.mark.parametrize("path", [VARIANCE, LOSS, OPTIMIZER, LAB])
def test_math_is_typeset(visit: Open, path: str) -> None:
    page = visit().go(path)
    text = page.locator("article").inner_text()
    assert not re.search(r"\\[(\[]|\\frac|\$\$", text)
    assert page.locator("article math").count() > 0 and page.locator("merror, .typeset-error").count() == 0
    assert page.locator("article .typeset svg").count() > 0


@pytest.mark.parametrize("path", PARTS)
def test_nothing_is_wider_than_a_phone(visit: Open, path: str) -> None:
    page = visit(width=360).go(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, page.evaluate(WIDER)


def test_every_table_stands_in_a_box_that_scrolls(visit: Open) -> None:
    page = visit(width=360).go(LOSS)
    assert page.locator(".table-scroll").first.evaluate("e => getComputedStyle(e).overflowX") == "auto"
    assert page.locator("article table:not(.grid-table)").count() == 0


@pytest.mark.parametrize("path", [HOME, LOSS, LAB])
def test_nothing_jumps_while_loading(visit: Open, path: str) -> None:
    opened = visit()
    opened.page.add_init_script(SHIFTS)
    page = opened.go(path)
    page.wait_for_timeout(200)
    assert page.evaluate("window.__shift") <= 0.01


def test_palette_switches_and_is_remembered(visit: Open) -> None:
    page = visit(scheme="light").go(LOSS)
    scheme = lambda: page.locator("body").get_attribute("data-md-color-scheme")  # noqa: E731
    ink = "getComputedStyle(document.querySelector('svg.docrun-figure text')).fill"
    before, dark = page.evaluate(ink), None
    for _ in range(2):  # system, light, dark
        page.locator("form[data-md-component=palette] label:visible").click()
    assert scheme() == "slate"
    dark = page.evaluate(ink)
    assert dark != before
    page.reload(wait_until="networkidle")
    assert scheme() == "slate" and page.evaluate(ink) == dark


@pytest.mark.parametrize(("words", "target"), [("huber", LOSS), ("which layer overflows first", VARIANCE)])
def test_search_finds(visit: Open, words: str, target: str) -> None:
    page = visit().go(HOME)
    page.keyboard.press("/")
    page.keyboard.type(words, delay=25)
    first = page.locator(".md-search-result__link").first
    first.wait_for()
    assert target in first.get_attribute("href")
    assert audit(page) == []


def test_search_index_holds_words_only(site: Site) -> None:
    index = json.loads(site.text("search/search_index.json"))["docs"]
    text = " ".join(entry["text"] for entry in index)
    assert "huber_loss" in text
    assert not re.search(r"<span|<svg|\\frac|\\\(|¶", text)


def test_code_is_copied_as_it_stands(visit: Open) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"]).go(LAB)
    block = page.locator("article .highlight").first
    block.hover()
    block.locator("button, .md-clipboard").first.click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == block.locator("code").inner_text().strip() and "import torch" in copied


@pytest.mark.parametrize("path", [HOME, LOSS, LAB])
def test_downloads_arrive(visit: Open, path: str) -> None:
    page = visit(accept_downloads=True).go(path)
    for link in page.locator(".docrun-footer a").all():
        with page.expect_download() as waiting:
            link.click()
        name, text = waiting.value.suggested_filename, Path(waiting.value.path()).read_text(encoding="utf-8")
        if name.endswith(".ipynb"):
            code = "".join("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "code")
            assert "import torch" in code
        else:
            compile(text, name, "exec")
            assert "import torch" in text


def test_everything_is_there_without_script(visit: Open) -> None:
    page = visit(width=360, java_script_enabled=False).go(LOSS)
    for part in (
        "h1",
        ".highlight code",
        "pre.docrun-text",
        "svg.docrun-figure:visible",
        ".table-scroll td",
        ".docrun-footer a",
    ):
        assert page.locator(f"article {part}").first.is_visible(), part
    page = visit(java_script_enabled=False).go(LAB)
    for part in ("h1", ".highlight code", "pre.docrun-text", "svg.docrun-figure"):
        assert page.locator(f"article {part}").first.is_visible(), part


def test_links_open_without_a_reload(visit: Open, site: Site) -> None:
    if site.url not in site.text("sitemap.xml"):
        pytest.skip("built for another address: instant navigation is off")
    page = visit().go(HOME)
    page.evaluate("window.__same = true")
    page.locator("article a", has_text="HuberLoss").first.click()
    page.locator("h1#huber-loss, h1").first.filter(has_text="Huber").wait_for()
    assert page.evaluate("window.__same") is True
    assert page.locator("svg.docrun-figure").first.is_visible()


def test_a_wrong_address_leads_home(visit: Open, site: Site) -> None:
    opened = visit()
    page = opened.go("losses/no/such/page/")
    opened.problems.clear()  # the 404s themselves
    page.wait_for_function("url => document.getElementById('home').href === url", arg=site.url)
    assert audit(page) == []
    opened.problems.clear()
    page.click("#home")
    page.locator("article h1").wait_for()


@pytest.mark.parametrize("path", BUDGETS)
def test_bytes_of_a_first_visit(visit: Open, path: str) -> None:
    opened = visit()
    answers: list[Any] = []
    opened.page.on("response", lambda answer: answers.append(answer))
    opened.go(path)
    sizes = {answer.url: len(gzip.compress(answer.body(), 6)) for answer in answers}
    total = sum(sizes.values()) / 1000
    assert total <= BUDGETS[path], (total, sorted(sizes.items(), key=lambda item: -item[1])[:5])


def test_bytes_of_a_lab(site: Site) -> None:
    html = re.sub(r'<svg class="docrun-figure".*?</svg>', "", site.text(f"{LAB}index.html"), flags=re.S)
    assert len(gzip.compress(html.encode(), 6)) <= 60_000
    assert not re.findall(r"jupyter-wrapper|require\.?js|cdn\.|cdnjs|<style", html)


class Addresses(HTMLParser):
    """What a page makes the browser fetch by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        fetched = ["src", "srcset", "poster", "data"] + (["href"] if tag in ("link", "image", "use") else [])
        if given.get("rel") in ("canonical", "prev", "next", "alternate"):
            return
        self.found += [value for name in fetched if (value := given.get(name))]


def test_no_built_file_fetches_from_another_host(site: Site) -> None:
    found: dict[str, list[str]] = {}
    for file in site.folder.rglob("*"):
        if file.suffix == ".html":
            parser = Addresses()
            parser.feed(file.read_text(encoding="utf-8"))
            found[file.name] = [a for a in parser.found if re.match(r"(https?:)?//", a)]
        elif file.suffix == ".css":
            css = file.read_text(encoding="utf-8")
            found[file.name] = re.findall(r"(?:url\(|@import\s+)['\"]?((?:https?:)?//[^'\")]+)", css)
        assert not found.get(file.name), (file, found[file.name])
