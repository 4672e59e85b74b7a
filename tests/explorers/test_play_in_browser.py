"""The playground as a reader meets it: trains, rewinds, takes lessons, has an address, and ends when left."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from browser.inspection import COLOURS, WIDER, audit
from explorers import stage
from explorers.stage import FIGURE, Open, sentence

PAGE = '# Play\n\n```explorer name="playground"\n```\n\n[away](away.md)\n'


@pytest.fixture(scope="module")
def stage_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site with the playground and one page to leave to, under a sub-path."""
    root = tmp_path_factory.mktemp("play")
    with stage.served(root, {"play": PAGE}) as url:
        yield url


SCRIPT = 45_000  # bytes of all modules, gzipped, those of the worker too: see README for what would make it less
LATER = 9_000  # what is fetched at the first touch
OWN = re.compile(r"/js/(?:(?:ui|view|model)/\w+|play[\w-]*)\.js$")


def test_the_scripts_are_light(visit: Open) -> None:
    page = visit("play/")
    fetched: set[str] = set()
    page.context.on("request", lambda request: fetched.add(request.url))
    page.reload(wait_until="networkidle")
    at(page, 300)

    def weight() -> int:
        own = [address for address in fetched if OWN.search(address)]
        return sum(len(gzip.compress(page.request.get(address).body(), 6)) for address in own)

    first = weight()
    assert 20_000 < first <= SCRIPT
    with page.expect_response(lambda response: "play_folded" in response.url):
        page.get_by_label("Lesson").focus()
    page.wait_for_load_state("networkidle")
    assert first < weight() <= first + LATER


def test_an_optimizer_that_is_fetched_when_it_is_chosen(visit: Open) -> None:
    page = visit("play/")
    at(page, 300)
    page.locator("summary", has_text="Optimizer, schedule").click()
    page.locator("[data-key=optimizer]").select_option("muon")
    page.locator("[data-key='optimizer.muon.ns_steps']").first.wait_for()
    page.get_by_role("button", name="One step back").click()
    at(page, 299)
    page.wait_for_function("location.search.includes('muon')")
    other = visit("play/?playground=a;optimizer:lbfgs;steps:3;seeds:2")
    at(other, 3)
    other.wait_for_function("document.querySelector('.play-share').textContent.includes('of 2 seeds learn')")


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
    page.locator(".explorer-data summary").click()
    ends = "step => document.querySelector('.explorer-data tbody tr:last-child td').textContent === String(step)"
    page.wait_for_function(ends, arg=299)
    rows = page.locator(".explorer-data tbody").inner_html()
    for step in (77, 299):
        scrub_to(page, step)
        page.wait_for_function(ends, arg=step)
    assert page.locator(".explorer-data tbody").inner_html() == rows


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
    page.locator("[data-key=own]").wait_for(state="attached")
    field = page.locator(".play-field")
    for k, (x, y) in enumerate([(60, 60), (80, 200), (150, 120)]):
        field.click(position={"x": x, "y": y})
        page.wait_for_function(
            "k => document.querySelector('[data-key=own]')?.value.split(',').length === 3 * (k + 1)", arg=k
        )
    page.wait_for_function("document.querySelectorAll('.play-points circle').length === 3")


def test_nothing_is_wider_than_a_phone(visit: Open) -> None:
    page = visit("play/?playground=a;seeds:10;steps:40;schedule:sequential_lr", width=360)
    page.wait_for_function("document.querySelector('.play-share').textContent.includes('of 10 seeds learn')")
    page.locator(f"{FIGURE} details").evaluate_all("all => all.forEach(each => each.open = true)")
    page.locator("[data-key='schedule.sequential_lr.milestone']").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, page.evaluate(WIDER)
    sizes = page.locator(".explorer-picture:visible text").evaluate_all(
        "all => all.filter(e => e.textContent).map(e => parseFloat(getComputedStyle(e).fontSize) *"
        " e.ownerSVGElement.getScreenCTM().a)"
    )
    assert min(sizes) >= 11.9, "text is at least 12 px"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(visit: Open, scheme: str) -> None:
    page = visit("play/?playground=a;seeds:10;steps:40;schedule:sequential_lr", scheme=scheme)
    page.wait_for_function("document.querySelector('.play-share').textContent.includes('of 10 seeds learn')")
    page.locator(f"{FIGURE} details").evaluate_all("all => all.forEach(each => each.open = true)")
    assert audit(page, *(COLOURS if scheme == "dark" else ()), within=FIGURE) == []


def trainers(page: Any) -> int:
    """How many workers train; the theme's search has one of its own."""
    return sum("play-worker" in worker.url for worker in page.workers)


def leave(page: Any) -> None:
    """Go to another page, which the theme swaps in."""
    page.evaluate("window.__same = true")
    page.locator("article a", has_text="away").click()
    page.locator("h1", has_text="Away").wait_for()
    assert page.evaluate("window.__same") is True


@pytest.mark.parametrize("begun", ["Play", "Ten seeds"])
def test_leaving_ends_the_worker(visit: Open, begun: str) -> None:
    page = visit("play/")
    at(page, 300)
    assert trainers(page) == 1
    page.get_by_role("button", name=begun).click()
    leave(page)
    page.wait_for_timeout(500)
    assert trainers(page) == 0


def test_the_back_button_brings_the_run_back(visit: Open) -> None:
    page = visit("play/")
    at(page, 300)
    page.get_by_role("button", name="New random numbers").click()
    page.wait_for_function("location.search.includes('seed:1')")
    at(page, 300)
    said = sentence(page)
    leave(page)
    page.go_back()
    page.locator(f"{FIGURE}[data-ready]").wait_for()
    at(page, 300)
    page.wait_for_function("said => document.querySelector('.explorer-sentence').innerText === said", arg=said)
    assert trainers(page) == 1


def test_two_tabs_do_not_disturb_each_other(visit: Open) -> None:
    one = visit("play/")
    at(one, 300)
    said = sentence(one)
    other = one.context.new_page()
    other.goto(one.url)
    other.locator(f"{FIGURE}[data-ready]").wait_for()
    other.get_by_role("button", name="New random numbers").click()
    other.wait_for_function("location.search.includes('seed:1')")
    at(other, 300)
    assert sentence(one) == said != sentence(other)
    one.get_by_role("button", name="One step back").click()
    at(one, 299)
    assert "After 300" in sentence(other)
    one.reload()
    at(one, 300)
    assert sentence(one) == said, "each tab has its own address"


def test_a_link_keeps_what_was_changed_in_the_middle(visit: Open, stage_url: str) -> None:
    page = visit("play/?playground=a;steps:40", permissions=["clipboard-read", "clipboard-write"])
    at(page, 40)
    scrub_to(page, 20)
    page.get_by_label("Go on when I change the optimizer").check()
    page.locator("summary", has_text="Optimizer, schedule").click()
    rate = page.locator("[type=number][data-key='optimizer.adam.lr']")
    rate.fill("0.1")
    rate.press("Enter")
    page.wait_for_function("location.search.includes('events:20,0,0.1')")
    page.get_by_role("button", name="Play").click()
    at(page, 40)
    said = sentence(page)
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Copied").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    other = visit(link.removeprefix(stage_url))
    at(other, 40)
    assert sentence(other) == said
    other.locator(".explorer-program summary").click()
    other.wait_for_function("document.querySelector('.explorer-program code').textContent.includes('if step == 20:')")


def scrub_to(page: Any, step: int) -> None:
    """As a drag of the slider does."""
    page.locator("[data-scrub]").evaluate(
        "(e, step) => { e.value = step; e.dispatchEvent(new Event('input', { bubbles: true })) }", step
    )
    at(page, step)


FAR = "play/?playground=a;data:scales;hidden:;loss:mse;optimizer:sgd;optimizer.sgd.lr:5;batch:0;steps:2000"


def test_back_from_nan(visit: Open) -> None:
    page = visit(FAR)
    page.wait_for_function("document.querySelector('.explorer-sentence').textContent.includes('the run ends')")
    last = int(re.search(r"At step (\d+) the run ends", sentence(page).replace(",", ""))[1])
    rescue = page.get_by_role("button", name="Back 20 steps")
    rescue.focus()
    rescue.press("Enter")
    at(page, last - 20)
    assert not rescue.is_visible() and page.get_by_label("Go on when I change the optimizer").is_checked()
    assert page.evaluate("document.activeElement.textContent") == "Play"
    page.locator("summary", has_text="Optimizer, schedule").click()
    rate = page.locator("[type=number][data-key='optimizer.sgd.lr']")
    rate.fill("0.1")
    rate.press("Enter")
    page.wait_for_function("location.search.includes('events:')")
    for _ in range(22):
        page.get_by_role("button", name="One step on").press("Enter")
    at(page, last + 2)
    assert "the run ends" not in sentence(page)


def test_ten_seeds(visit: Open) -> None:
    page = visit("play/?playground=a;steps:60")
    at(page, 60)
    assert not page.locator(".play-series").is_visible()
    button = page.get_by_role("button", name="Ten seeds")
    button.press("Enter")
    share = page.locator(".play-share")
    page.wait_for_function("/^\\d+ of 10 seeds learns?:/.test(document.querySelector('.play-share').textContent)")
    assert button.get_attribute("aria-pressed") == "true"
    assert page.locator(".play-multiples text", has_text="seed").count() == 10
    page.wait_for_function("location.search.includes('seeds:10')")
    page.locator(".explorer-program summary").click()
    page.wait_for_function("document.querySelector('.explorer-program code').textContent.includes('range(0, 10)')")
    assert "after 60 steps" in share.inner_text()
    curve = page.locator(".play-multiples path[class*='x-line']").first
    short = curve.get_attribute("d")
    page.get_by_role("button", name="Play").click()
    at(page, 360)
    page.wait_for_function("document.querySelector('.play-share').textContent.includes('after 360 steps')")
    assert curve.get_attribute("d") != short, "they go on as far as this run does"
    button.press("Enter")
    page.locator(".play-series").wait_for(state="hidden")


def test_the_keyboard_reaches_and_moves_everything(visit: Open) -> None:
    page = visit("play/")
    at(page, 300)
    page.locator(f"{FIGURE} details").evaluate_all("all => all.forEach(each => each.open = true)")
    wanted = page.locator(f"{FIGURE} :is(input, select, button, summary):visible:not(:disabled)").count()
    page.locator(f"{FIGURE} .explorer-form").evaluate(
        "form => { const before = document.createElement('a'); before.href = '#'; before.textContent = 'before';"
        " form.before(before); before.focus() }"
    )
    reached = set()
    for _ in range(wanted + 10):
        page.keyboard.press("Tab")
        here = page.evaluate(
            "() => { const e = document.activeElement; return e.closest('figure.explorer')"
            " ? [e.tagName, e.id || e.textContent.trim(), e.matches(':focus-visible')] : null }"
        )
        if here is None:
            break
        assert here[2], here
        reached.add(tuple(here[:2]))
    assert len(reached) >= wanted, (len(reached), wanted)


def test_by_keyboard_alone_a_lesson_a_choice_and_a_new_run(visit: Open) -> None:
    page = visit("play/")
    at(page, 300)
    said = sentence(page)
    page.get_by_label("Lesson").focus()
    page.keyboard.type("Zeros")
    page.locator(".play-lesson a").wait_for()
    page.wait_for_function("said => document.querySelector('.explorer-sentence').innerText !== said", arg=said)
    group = page.locator("summary", has_text="Network and init")
    group.press("Enter")
    choice = page.locator("[data-key=init]")
    choice.focus()
    page.keyboard.type("kaiming_n")
    page.wait_for_function("location.search.includes('init:kaiming_normal')")
    page.locator("[data-key='init.kaiming_normal.mode']").wait_for()
    assert page.evaluate("document.activeElement.dataset.key") == "init", "the focus stays where it was"
    assert group.evaluate("e => e.parentElement.open"), "what was open stays open"


def test_reduced_motion(visit: Open) -> None:
    page = visit("play/", reduced_motion="reduce")
    at(page, 300)
    page.evaluate(
        "window.__pictures = 0; new MutationObserver(() => window.__pictures++)"
        ".observe(document.querySelector('.play-curves'), { childList: true })"
    )
    page.wait_for_timeout(300)
    assert page.evaluate("window.__pictures") == 0, "nothing plays by itself"
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(1200)
    page.get_by_role("button", name="Pause").or_(page.get_by_role("button", name="Play")).first.click()
    assert page.evaluate("window.__pictures") <= 5, "two pictures in a second"


def test_paper_has_picture_settings_and_address(visit: Open) -> None:
    page = visit("play/")
    page.get_by_role("button", name="New random numbers").click()
    page.wait_for_function("location.search.includes('seed:1')")
    page.wait_for_function("document.querySelector('.play-paper').textContent.includes('Seed: 1')")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator(".play-points svg").is_visible() and page.locator(".play-curves > svg").is_visible()
    assert page.locator(f"{FIGURE} :is(button, input, select)").locator("visible=true").count() == 0
    assert "Optimizer: adam; lr: 0.01" in page.locator(".play-paper").inner_text()
    assert page.locator(".print-address").inner_text() == page.url.split("#")[0]


def test_a_compound_schedule_has_the_children_that_the_reader_chooses(visit: Open) -> None:
    page = visit("play/?playground=a;schedule:sequential_lr;steps:60")
    at(page, 60)
    page.locator("summary", has_text="Optimizer, schedule").click()
    page.get_by_label("second", exact=True).select_option("exponential_lr")
    gamma = page.locator("[type=number][data-key='schedule.sequential_lr.second.exponential_lr.gamma']")
    gamma.fill("0.9")
    gamma.press("Enter")
    page.locator(".explorer-program summary").click()
    page.wait_for_function(
        "document.querySelector('.explorer-program code').textContent.includes('ExponentialLR(optimizer, gamma=0.9)')"
    )
    assert page.get_by_label("second: gamma, number").count() == 1


def test_the_model_knows_no_page() -> None:
    """What proves the model runs without a browser; so must the model."""
    for file in sorted((Path(stage.MODULES) / "model").glob("*.js")):
        code = re.sub(r"//.*|/\*[\s\S]*?\*/", "", file.read_text("utf-8"))
        assert not re.search(r"\b(document|window|navigator|location|Date|fetch)\b|Math\.random", code), file.name
