"""Every explorer as a reader meets it: by keyboard, on a phone, in both palettes, without script, and when leaving."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from browser.inspection import COLOURS, WIDER, audit
from explorers import stage
from explorers.stage import FIGURE, Open, sentence

pytestmark = pytest.mark.xdist_group("explorers")  # one site, one browser

NAMES = stage.names()
PICTURE = ".explorer-picture:visible"
SCRIPT = 15_000  # bytes of an explorer's script, gzipped
MORE = {"race": 16_800}  # all optimizers


@pytest.fixture(scope="module")
def stage_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The small site, built and served under a sub-path."""
    root = tmp_path_factory.mktemp("stage")
    two = '# Two\n\n```explorer name="schedules" choose="step_lr"\n```\n\n'
    two += '```explorer name="schedules" id="other" choose="cyclic_lr" lr="0.5"\n```\n'
    with stage.served(root, {"two": two}) as url:
        yield url


@pytest.mark.parametrize("name", NAMES)
def test_the_build_draws_what_the_script_draws(visit: Open, name: str) -> None:
    before = visit(f"{name}/", ready=False, java_script_enabled=False)
    built = [before.locator(PICTURE).evaluate("e => e.outerHTML"), sentence(before)]
    assert len(built[1]) > 20 and not before.locator(".explorer-form").is_visible()
    for fold, inside in ((".explorer-data", "td"), (".explorer-program", "code")):
        before.locator(f"{fold} summary").click()
        assert before.locator(f"{fold} {inside}").first.is_visible()
    after = visit(f"{name}/")
    assert [after.locator(PICTURE).evaluate("e => e.outerHTML"), sentence(after)] == built
    assert after.evaluate("window.__shift") <= 0.01
    fetched = after.evaluate("performance.getEntriesByType('resource').map(e => e.name)")
    own = re.compile(rf"/js/(?:(?:ui|view|model)/\w+|{name}|[\w-]+-shared)\.js$")  # the others are on every page
    texts = [after.request.get(address).body() for address in fetched if own.search(address)]
    assert texts and sum(len(gzip.compress(text, 6)) for text in texts) <= MORE.get(name, SCRIPT)


@pytest.mark.parametrize("name", NAMES)
def test_the_keyboard_reaches_and_moves_everything(visit: Open, name: str) -> None:
    page = visit(f"{name}/")
    drawn, said = page.locator(PICTURE).evaluate("e => e.outerHTML"), sentence(page)
    wanted = page.locator(f"{FIGURE} :is(input, select, button, summary):visible:not(:disabled)").evaluate_all(
        "all => all.length"
    )
    page.locator(f"{FIGURE} .explorer-form").evaluate(
        "form => { const before = document.createElement('a'); before.href = '#'; before.id = 'before';"
        " before.textContent = 'before'; form.before(before); before.focus() }"
    )
    reached, moved = set(), False
    for _ in range(wanted + 8):
        page.keyboard.press("Tab")
        here = page.evaluate(
            "() => { const e = document.activeElement; return e.closest('figure.explorer')"
            " ? [e.tagName, e.type ?? '', e.id || e.textContent.trim(), e.matches(':focus-visible')] : null }"
        )
        if here is None:
            break
        assert here[3], here
        reached.add(tuple(here[:3]))
        if here[1] == "range" and not moved:
            for _ in range(8):
                page.keyboard.press("ArrowLeft")
            moved = page.locator(PICTURE).evaluate("e => e.outerHTML") != drawn or sentence(page) != said
    assert moved, "an arrow key on a slider changes what is seen"
    assert len(reached) >= wanted, (reached, wanted)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_wider_than_a_phone(visit: Open, name: str) -> None:
    page = visit(f"{name}/", width=360)
    page.locator(f"{FIGURE} details").evaluate_all("all => all.forEach(each => each.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, page.evaluate(WIDER)
    sizes = page.locator(f"{PICTURE} text").evaluate_all(
        "all => all.filter(e => e.textContent).map(e => parseFloat(getComputedStyle(e).fontSize) *"
        " e.ownerSVGElement.getScreenCTM().a)"
    )
    assert min(sizes) >= 11.9, "text is at least 12 px"
    outside = page.locator(PICTURE).evaluate(
        "svg => [...svg.querySelectorAll('text')].filter(e => { const [a, b] = [e, svg].map(x => x"
        ".getBoundingClientRect()); return a.left < b.left - 1 || a.right > b.right + 1 || a.bottom > b.bottom + 1 })"
        ".map(e => e.textContent)"
    )
    assert outside == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_accessible(visit: Open, name: str, scheme: str) -> None:
    page = visit(f"{name}/", scheme=scheme)
    page.locator(f"{FIGURE} details").evaluate_all("all => all.forEach(each => each.open = true)")
    assert audit(page, *(COLOURS if scheme == "dark" else ()), within=FIGURE) == []
    colours = page.locator(f"{PICTURE} text").first.evaluate(
        "e => [getComputedStyle(e).fill, getComputedStyle(document.body).backgroundColor]"
    )
    assert colours[0] != colours[1]


@pytest.mark.parametrize("name", NAMES)
def test_every_example_can_be_chosen_and_undone(visit: Open, name: str) -> None:
    page = visit(f"{name}/")
    first = [page.locator(PICTURE).evaluate("e => e.outerHTML"), sentence(page)]
    program = page.locator(".explorer-program code")
    printed = program.text_content()
    for button in page.locator(".explorer-presets button").all():
        button.click()
        assert program.text_content() != printed
    page.get_by_role("button", name="Start again").click()
    assert [page.locator(PICTURE).evaluate("e => e.outerHTML"), sentence(page)] == first


def test_the_state_is_in_the_address_and_comes_back(visit: Open, stage_url: str) -> None:
    page = visit("momentum/")
    field = page.get_by_label("Momentum, number")
    field.fill("0.5")
    field.press("Enter")
    page.wait_for_function("location.search.includes('momentum:0.5')")
    said, address = sentence(page), page.url
    page.evaluate("window.__same = true")
    page.locator("article a", has_text="away").click()
    page.locator("h1", has_text="Away").wait_for()
    page.go_back()
    page.locator(f"{FIGURE}[data-ready]").wait_for()
    assert page.evaluate("window.__same") is True, "the pages were swapped, not loaded"
    assert page.url == address and sentence(page) == said
    other = visit(address.removeprefix(stage_url))
    assert sentence(other) == said
    other.get_by_role("button", name="Start again").click()
    other.wait_for_function("location.search === ''")


def test_what_the_address_asks_in_vain_is_told(visit: Open) -> None:
    page = visit("momentum/?momentum=a;lr:99;momentum:0.5")
    page.locator(".explorer-told").wait_for()
    assert "lr:99" in page.locator(".explorer-told").inner_text()
    assert page.get_by_label("Momentum, number").input_value() == "0.5"


def test_a_wrong_number_is_told_and_changes_nothing(visit: Open) -> None:
    page = visit("momentum/")
    said = sentence(page)
    field = page.get_by_label("Momentum, number")
    field.fill("7")
    field.press("Enter")
    told = page.locator(".explorer-told")
    told.wait_for()
    assert "0 to 0.99" in told.inner_text() and sentence(page) == said
    assert field.get_attribute("aria-invalid") == "true"


def test_two_figures_of_one_page_keep_their_states_apart(visit: Open) -> None:
    page = visit("two/")
    first, second = page.locator(FIGURE).all()
    page.locator("figure#explorer-other").scroll_into_view_if_needed()
    second.get_by_label("Steps, number").fill("20")
    second.get_by_label("Steps, number").press("Enter")
    first.get_by_label("Steps, number").fill("30")
    first.get_by_label("Steps, number").press("Enter")
    page.wait_for_function("location.search.includes('other=') && location.search.includes('schedules=')")
    assert first.get_by_label("Steps, number").input_value() == "30"
    assert second.get_by_label("Steps, number").input_value() == "20"


@pytest.mark.parametrize("width", [1280, 360])
def test_drag(visit: Open, width: int) -> None:
    page = visit("momentum/", width=width)
    knob = page.locator("[data-handle=start]:visible .x-target")
    box = knob.bounding_box()
    assert min(box["width"], box["height"]) >= 24
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 30, steps=4)
    page.mouse.up()
    page.locator(".explorer-more summary").click()
    assert float(page.get_by_label("Start, θ₁, number").input_value()) > -2.4
    assert float(page.get_by_label("Start, θ₂, number").input_value()) < 1.9
    page.wait_for_function("location.search.includes('x:')")


def test_play_pause_and_single_steps(visit: Open) -> None:
    page = visit("race/")
    at = page.get_by_label("Gradients so far, number")
    page.get_by_role("button", name="One step back").click()
    assert at.input_value() == "99"
    at.fill("1")
    at.press("Enter")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("Number(document.querySelector('.explorer [type=number]').value) > 10")
    page.get_by_role("button", name="Pause").click()
    stopped = at.input_value()
    page.wait_for_timeout(300)
    assert at.input_value() == stopped and page.get_by_role("button", name="Play").is_visible()


def test_leaving_ends_what_plays(visit: Open) -> None:
    page = visit("race/?race=a;at:1")
    page.get_by_role("button", name="Play").click()
    page.evaluate(
        "() => { window.__same = true; window.__frames = 0; const request = requestAnimationFrame;"
        " window.requestAnimationFrame = f => { window.__frames++; return request(f) } }"
    )
    page.locator("article a", has_text="away").click()
    page.locator("h1", has_text="Away").wait_for()
    page.wait_for_timeout(200)
    page.evaluate("window.__frames = 0")
    page.wait_for_timeout(300)
    assert page.evaluate("window.__same") and page.evaluate("window.__frames") < 3
    assert [worker.url for worker in page.workers if "/assets/" not in worker.url] == []  # the theme's search has one


def test_a_screen_reader_hears_the_last_sentence_once(visit: Open) -> None:
    page = visit("momentum/")
    page.evaluate(
        "window.__heard = []; new MutationObserver(() => window.__heard.push(document.querySelector"
        "('.explorer-status').textContent)).observe(document.querySelector('.explorer-status'), { childList: true })"
    )
    page.get_by_label("Momentum", exact=True).focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    page.wait_for_function("window.__heard.length > 0")
    page.wait_for_timeout(500)
    assert page.evaluate("window.__heard") == [sentence(page)]


def test_link_and_program_are_copied_and_saved(visit: Open, tmp_path: Path) -> None:
    page = visit("loss-curves/", permissions=["clipboard-read", "clipboard-write"], accept_downloads=True)
    page.get_by_role("button", name="Copy as PyTorch").click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    compile(copied, "copied", "exec")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download .py").click()
    assert Path(waiting.value.path()).read_text(encoding="utf-8") == copied
    assert waiting.value.suggested_filename == "loss-curves.py"
    page.get_by_label("Read off at x, number").fill("1")
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("document.querySelectorAll('.explorer-actions button')[0].textContent === 'Copied'")
    link = page.evaluate("navigator.clipboard.readText()")
    assert re.search(r"/loss-curves/\?loss-curves=a;at:1#explorer-loss-curves$", link), link
