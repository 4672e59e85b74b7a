"""The home page's figure as a reader meets it: the page's own picture first, then the network trained in the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from browser.inspection import COLOURS, WIDER, audit
from explorers import stage
from explorers.stage import FIGURE, Open, sentence

PICTURE = ".explorer-picture:visible"
STILL = "figure.docrun svg"
HOME = """# Home

```explorer name="decision"
```

<figure class="docrun" id="fig-compare"><svg width="420" height="360" role="img" aria-label="four panels"
viewBox="0 0 420 360"><path d="M0 0H420V360" fill="none" stroke="currentColor"/></svg>
<figcaption>Four runs.</figcaption></figure>

[away](away.md)
"""


@pytest.fixture(scope="module")
def stage_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The small site with a page like the home page."""
    with stage.served(tmp_path_factory.mktemp("home"), {"home": HOME}) as url:
        yield url


def trained(page: Any) -> str:
    """What the figure says when its network has taken all steps."""
    page.wait_for_function("document.querySelector('.explorer-sentence').textContent.includes('after 300 steps')")
    return sentence(page)


def test_the_static_figure_stands_until_something_is_chosen(visit: Open) -> None:
    without = visit("home/", ready=False, java_script_enabled=False)
    assert without.locator(STILL).is_visible() and not without.locator(".explorer-form").is_visible()
    page = visit("home/", ready=False)
    assert page.locator(STILL).is_visible() and page.locator(PICTURE).count() == 0
    assert page.locator(f"{FIGURE} :is(button, summary):visible").count() == 0
    fetched = page.evaluate("performance.getEntriesByType('resource').filter(e => /decision/.test(e.name)).length")
    assert fetched == 0, "nothing is fetched for a reader who only looks"
    assert page.evaluate("window.__shift") <= 0.01


@pytest.mark.parametrize("width", [1280, 360])
def test_the_network_is_trained_by_keyboard_alone(visit: Open, width: int) -> None:
    page = visit("home/", width=width, ready=False)
    menus = page.locator(f"{FIGURE} select")
    place = menus.nth(0).bounding_box()
    page.locator(f"{FIGURE} select").first.focus()
    page.keyboard.press("ArrowDown")
    page.locator(f"{FIGURE}[data-moved]").wait_for()
    said = trained(page)
    assert said.startswith("kaiming_normal_, huber_loss and AdamW"), said
    assert page.locator(PICTURE).is_visible() and not page.locator(STILL).is_visible()
    assert menus.nth(0).bounding_box() == place, "the menus stay where they are"
    assert page.evaluate("window.__shift") <= 0.01
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert trained(page).startswith("kaiming_normal_, mse_loss and AdamW")
    page.wait_for_function("location.search.includes('decision=a;init:kaiming_normal;loss:mse_loss')")
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.evaluate(WIDER)
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.do") == "reset":
            break
    page.keyboard.press("Enter")
    assert page.locator(STILL).is_visible() and page.locator(PICTURE).count() == 0
    page.wait_for_function("location.search === ''")


def test_the_address_leads_to_the_same_line(visit: Open, tmp_path: Path) -> None:
    page = visit("home/?decision=a;init:normal;step:sgd", permissions=["clipboard-read", "clipboard-write"])
    said = trained(page)
    rows = page.locator(".explorer-data td:nth-child(4)").all_text_contents()
    assert len(rows) == 80
    page.get_by_role("button", name="Copy as PyTorch").click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "init=nn.init.normal_, loss=F.huber_loss, step=torch.optim.SGD" in copied
    page.evaluate("window.__same = true")
    page.locator("article a", has_text="away").click()
    page.locator("h1", has_text="Away").wait_for()
    page.go_back()
    page.locator(f"{FIGURE}[data-moved]").wait_for()
    assert page.evaluate("window.__same") and trained(page) == said


def test_reduced_motion_shows_the_end_only(visit: Open) -> None:
    page = visit("home/", ready=False, reduced_motion="reduce")
    page.evaluate(
        "window.__said = new Set(); const said = document.querySelector('.explorer-sentence');"
        "new MutationObserver(() => window.__said.add(said.textContent)).observe(said, { childList: true })"
    )
    page.locator(f"{FIGURE} select").nth(2).select_option("sgd")
    last = trained(page)
    assert page.evaluate("[...window.__said]") == [last]


def test_leaving_ends_the_training(visit: Open) -> None:
    page = visit("home/?decision=a;step:sgd")
    page.evaluate("window.__same = true")
    page.locator("article a", has_text="away").click()
    page.locator("h1", has_text="Away").wait_for()
    page.evaluate(
        "() => { window.__frames = 0; const request = requestAnimationFrame;"
        " window.requestAnimationFrame = f => { window.__frames++; return request(f) } }"
    )
    page.wait_for_timeout(300)
    assert page.evaluate("window.__same") and page.evaluate("window.__frames") < 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(visit: Open, scheme: str) -> None:
    for path in ("home/", "home/?decision=a;loss:mse_loss"):
        page = visit(path, scheme=scheme, ready="?" in path)
        if "?" in path:
            trained(page)
        assert audit(page, *(COLOURS if scheme == "dark" else ()), within=FIGURE) == []


def test_paper_has_the_picture_and_no_menus(visit: Open) -> None:
    page = visit("home/?decision=a;step:sgd")
    trained(page)
    page.emulate_media(media="print")
    assert page.locator(PICTURE).is_visible() and not page.locator(f"{FIGURE} select").first.is_visible()
    assert not page.locator(f"{FIGURE} button").first.is_visible()
