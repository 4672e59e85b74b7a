"""The playground as a reader meets it: trains, rewinds, takes lessons, has an address, and ends when left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from browser.inspection import COLOURS, WIDER, audit
from explorers import stage
from explorers.stage import FIGURE, Open, sentence

pytestmark = pytest.mark.xdist_group("explorers")

PAGE = '# Play\n\n```explorer name="playground"\n```\n\n[away](away.md)\n'


@pytest.fixture(scope="module")
def stage_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site with the playground and one page to leave to, under a sub-path."""
    root = tmp_path_factory.mktemp("play")
    with stage.served(root, {"play": PAGE}) as url:
        yield url


def at(page: Any, step: int) -> None:
    """Wait until the figure tells of this step."""
    page.wait_for_function(
        "step => document.querySelector('.explorer-sentence').textContent.includes(`After ${step} step`)", arg=step
    )


def test_the_build_says_what_the_worker_says(visit: Open) -> None:
    before = visit("play/", ready=False, java_script_enabled=False)
    built = sentence(before)
    assert "After 300 steps" in built and not before.locator(".explorer-form").is_visible()
    assert before.locator(".p-border").count() == 1, "the border needs no script"
    after = visit("play/")
    page_field = after.locator(".play-points")
    assert sentence(after) == built and page_field.locator("circle").count() == 100
    assert after.evaluate("window.__shift") <= 0.01


def test_rewind_and_play_give_the_same_numbers(visit: Open) -> None:
    page = visit("play/")
    at(page, 300)
    said = sentence(page)
    page.get_by_role("button", name="To the start").press("Enter")
    at(page, 0)
    page.get_by_role("button", name="One step on").press("Enter")
    at(page, 1)
    page.get_by_role("button", name="Play").press("Enter")
    at(page, 300)
    assert sentence(page) == said
    page.locator("[data-scrub]").press("ArrowLeft")
    at(page, 299)


def test_a_setting_changed_in_the_middle_stands_in_the_program(visit: Open) -> None:
    page = visit("play/")
    at(page, 300)
    page.locator("[data-scrub]").evaluate(
        "e => { e.value = 200; e.dispatchEvent(new Event('input', { bubbles: true })) }"
    )
    at(page, 200)
    page.get_by_label("Go on when I change the optimizer").check()
    page.locator("summary", has_text="Optimizer, schedule").click()
    rate = page.locator("[type=number][data-key='optimizer.adam.lr']")
    rate.fill("0.05")
    rate.press("Enter")
    page.locator(".explorer-program summary").click()
    page.wait_for_function("document.querySelector('.explorer-program code').textContent.includes('if step == 200:')")
    assert "lr is 0.05" in page.locator(".explorer-told").inner_text()


def test_state_in_the_address_lesson_and_mistake(visit: Open, stage_url: str) -> None:
    page = visit("play/")
    page.get_by_label("Lesson").select_option("bce_on_logits")
    page.wait_for_function("document.querySelector('.explorer-sentence').textContent.includes('RuntimeError')")
    page.wait_for_function("location.search.includes('bce_on_logits')")
    assert page.locator(".play-lesson a").get_attribute("href").endswith("/losses/binary_cross_entropy/")
    other = visit(page.url.removeprefix(stage_url))
    other.wait_for_function("document.querySelector('.explorer-sentence').textContent.includes('RuntimeError')")
    linear = visit("play/?playground=a;hidden:;steps:20")
    at(linear, 20)


def test_a_pinned_run_is_compared(visit: Open) -> None:
    page = visit("play/")
    at(page, 300)
    page.get_by_role("button", name="Pin this run").click()
    page.get_by_role("button", name="New random numbers").click()
    page.wait_for_function("document.querySelector('.explorer-sentence').textContent.includes('the pinned run had')")
    assert re.search(r"pinned run had the loss \S+, this one \S+\.", sentence(page))


def test_points_of_ones_own(visit: Open) -> None:
    page = visit("play/?playground=a;data:own;steps:5")
    page.wait_for_function("document.querySelector('.explorer-sentence').textContent.includes('Fewer than two')")
    field = page.locator(".play-field")
    for k, (x, y) in enumerate([(60, 60), (80, 200), (150, 120)]):
        field.click(position={"x": x, "y": y})
        page.wait_for_function(
            "k => document.querySelector('[data-key=own]').value.split(',').length === 3 * (k + 1)", arg=k
        )
    page.wait_for_function("document.querySelectorAll('.play-points circle').length === 3")


def test_nothing_is_wider_than_a_phone(visit: Open) -> None:
    page = visit("play/", width=360)
    page.locator(f"{FIGURE} details").evaluate_all("all => all.forEach(each => each.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, page.evaluate(WIDER)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(visit: Open, scheme: str) -> None:
    page = visit("play/", scheme=scheme)
    page.locator(f"{FIGURE} details").evaluate_all("all => all.forEach(each => each.open = true)")
    assert audit(page, *(COLOURS if scheme == "dark" else ()), within=FIGURE) == []


def trainers(page: Any) -> int:
    """How many workers train; the theme's search has one of its own."""
    return sum("play-worker" in worker.url for worker in page.workers)


def test_leaving_ends_the_worker(visit: Open) -> None:
    page = visit("play/")
    at(page, 300)
    assert trainers(page) == 1
    page.get_by_role("button", name="Play").click()
    page.evaluate("window.__same = true")
    page.locator("article a", has_text="away").click()
    page.locator("h1", has_text="Away").wait_for()
    page.wait_for_timeout(500)
    assert page.evaluate("window.__same") and trainers(page) == 0


def test_the_model_knows_no_page() -> None:
    """What proves the model runs without a browser; so must the model."""
    for file in sorted((Path(stage.MODULES) / "model").glob("*.js")):
        code = re.sub(r"//.*|/\*[\s\S]*?\*/", "", file.read_text("utf-8"))
        assert not re.search(r"\b(document|window|navigator|location|Date|fetch)\b|Math\.random", code), file.name
