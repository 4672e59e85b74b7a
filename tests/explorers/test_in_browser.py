"""Every explorer as a reader meets it: by keyboard, on a phone, in both palettes, without script, and when leaving."""

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

NAMES = stage.pictured()
PICTURE = ".explorer-picture:visible"
SCRIPT = 15 * 1024  # bytes of an explorer's modules, gzipped
MORE = {"schedules": 17_100, "signal": 19_200, "race": 17_500}  # all schedulers, all inits, most optimizers


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
    own = re.compile(rf"/js/(?:(?:ui|view|model)/\w+|{name})\.js$")  # the others are on every page
    modules = [address for address in fetched if own.search(address)]
    texts = [after.request.get(module).body() for module in modules]
    assert len(texts) > 5 and sum(len(gzip.compress(text, 6)) for text in texts) <= MORE.get(name, SCRIPT)


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


@pytest.mark.parametrize("name", NAMES)
def test_paper_has_picture_settings_and_address(visit: Open, name: str) -> None:
    page = visit(f"{name}/")
    number = page.locator(f"{FIGURE} .explorer-field [type=number]").first
    page.locator(f"{FIGURE} [type=range]").first.press("ArrowLeft")
    page.wait_for_function("location.search !== ''")
    label, value = number.get_attribute("aria-label").removesuffix(", number"), number.input_value()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator(PICTURE).is_visible()
    assert page.locator(f"{FIGURE} :is(button, input, select)").locator("visible=true").count() == 0
    settings = page.locator(".explorer-paper").inner_text()
    assert f"{label}: {float(value):g}" in settings.replace(",", "").replace("−", "-"), settings
    assert page.locator(".print-address").inner_text() == page.url.split("#")[0]


def test_two_tabs_do_not_disturb_each_other(visit: Open) -> None:
    one = visit("momentum/")
    other = one.context.new_page()
    other.goto(one.url, wait_until="networkidle")
    other.locator(f"{FIGURE}[data-ready]").wait_for()
    before = sentence(one)
    for page, momentum in ((one, "0.5"), (other, "0.2")):
        page.get_by_label("Momentum, number").fill(momentum)
        page.get_by_label("Momentum, number").press("Enter")
        page.wait_for_function(f"location.search.includes('momentum:{momentum}')")
    assert one.get_by_label("Momentum, number").input_value() == "0.5"
    assert len({before, sentence(one), sentence(other)}) == 3
    one.reload(wait_until="networkidle")
    one.locator(f"{FIGURE}[data-ready]").wait_for()
    assert one.get_by_label("Momentum, number").input_value() == "0.5", "each tab keeps its own address"


def test_reduced_motion_plays_slowly_and_only_when_asked(visit: Open) -> None:
    page = visit("race/?race=a;at:1", reduced_motion="reduce")
    at = page.get_by_label("Gradients so far, number")
    page.wait_for_timeout(300)
    assert at.input_value() == "1"
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(1200)
    assert int(at.input_value()) <= 5


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


def drag(page: Any, handle: str, x: float, y: float) -> None:
    """Take a handle and let it go elsewhere, so many px away."""
    page.locator(PICTURE).scroll_into_view_if_needed()
    box = page.locator(f"[data-handle='{handle}']:visible .x-target").first.bounding_box()
    at = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(at[0] + x, at[1] + y, steps=4)
    page.mouse.up()


@pytest.mark.parametrize(
    ("name", "handle", "field"),
    [("signal", "1", "Layers of the histograms, three at most"), ("loss-curves", "at", "Read off at x, number")],
)
def test_what_is_dragged_stands_in_its_field(visit: Open, name: str, handle: str, field: str) -> None:
    page = visit(f"{name}/")
    page.locator(".explorer-more").evaluate("each => each.open = true")
    before, said = page.get_by_label(field).input_value(), sentence(page)
    drag(page, handle, 60, 10)
    assert page.get_by_label(field).input_value() != before and sentence(page) != said
    page.wait_for_function("location.search !== ''")


def test_a_dragged_point_snaps_to_critical_damping(visit: Open) -> None:
    page = visit("momentum/?momentum=a;lr:0.01;curvature:10")
    critical = (1 - 0.1**0.5) ** 2
    unit = page.locator(PICTURE).evaluate("svg => svg.getScreenCTM().a")
    drag(page, "steep", 0, 210 * unit * (0.8 - critical - 0.02))
    assert float(page.get_by_label("Momentum, number").input_value()) == pytest.approx(critical, abs=1e-5)


def test_rare_optimizers_are_fetched_when_they_are_chosen(visit: Open) -> None:
    page = visit("race/")
    heavy = "performance.getEntriesByType('resource').filter(e => /lbfgs|\\/optim\\.js/.test(e.name)).length"
    assert page.evaluate(heavy) == 0
    page.locator(".explorer-more summary").click()
    for name in ("lbfgs", "muon"):
        page.locator(f"{FIGURE} [type=checkbox][value={name}]").check()
    page.wait_for_function("document.querySelector('.explorer-sentence').textContent.includes('Muon')")
    assert page.evaluate(heavy) > 0
    asked = visit("race/?race=a;choose:lbfgs")
    assert "LBFGS" in sentence(asked) and "torch.optim.LBFGS" in asked.locator(".explorer-program code").text_content()


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
