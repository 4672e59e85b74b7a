"""Tables that sort and filter, and the audits' rows behind permanent links."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from browser.inspection import COLOURS, SHIFTS, WIDER, audit

if TYPE_CHECKING:
    from conftest import Visit


Open = Callable[..., "Visit"]
AUDIT, LOSSES = "source-note/", "losses/"
ROW = "manual-cyclic-scale"  # of the errata, which link to it below their table
SHOWN = ".table-tools tbody tr:not([hidden])"
IN_VIEW = """id => { const { top, bottom } = document.getElementById(id).getBoundingClientRect()
  return top >= 0 && bottom <= innerHeight }"""


# Words of code in tables that stand on more than one line.
# Cells that a reader does not see whole. MathML is for the ear, a wide formula scrolls by itself.
CUT = """() => [...document.querySelectorAll("article .grid-table :is(th, td)")].filter(cell => {
  const walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), range = document.createRange()
  let [left, right] = [0, 0]
  for (let text; (text = walk.nextNode()); ) {
    if (text.parentElement.closest(".typeset-math, .typeset-wide")) continue
    range.selectNodeContents(text)
    for (const box of range.getClientRects()) [left, right] = [Math.min(left, box.left), Math.max(right, box.right)]
  }
  for (const svg of cell.querySelectorAll(".typeset:not(.typeset-wide) > svg"))
    right = Math.max(right, svg.getBoundingClientRect().right)
  return cell.checkVisibility() && (left < 0 || right > innerWidth)
}).map(cell => cell.textContent.slice(0, 80))"""


def opened(visit: Open, path: str, **options: Any) -> Any:
    """A page whose table has its filter; a long table takes the script a moment."""
    page = visit(**options).go(path)
    page.set_default_timeout(30_000)
    page.locator(".table-filter").wait_for()
    return page


def choose(page: Any, group: str, word: str) -> None:
    """Choose a word of one filter."""
    page.get_by_role("group", name=group, exact=True).get_by_role("radio", name=re.compile(rf"^{word} \d+$")).check()


def cells(page: Any, column: str) -> list[str]:
    """What a column says in the rows that are shown."""
    return page.locator(f"{SHOWN} td[data-label='{column}']").all_text_contents()


def test_filters_combine_and_say_how_many_rows_are_left(visit: Open) -> None:
    page = opened(visit, AUDIT)
    count = page.locator(".table-tools [role=status]")
    total = page.locator(SHOWN).count()
    choose(page, "Verdict", "wrong")
    wrong = page.locator(SHOWN).count()
    assert 0 < wrong < total and set(cells(page, "Verdict")) == {"wrong"}
    assert count.inner_text() == f"{wrong} of {total} claims"
    choose(page, "Part", "losses")
    both = page.locator(SHOWN).count()
    assert 0 < both < wrong and set(cells(page, "Verdict")) == {"wrong"} and set(cells(page, "Part")) == {"losses"}
    assert count.inner_text() == f"{both} of {total} claims"
    choose(page, "Verdict", "all")
    assert both < page.locator(SHOWN).count() < total and set(cells(page, "Part")) == {"losses"}
    choose(page, "Part", "all")
    assert page.locator(SHOWN).count() == total and count.inner_text() == f"{total} of {total} claims"


def test_the_keyboard_chooses(visit: Open) -> None:
    page = opened(visit, AUDIT)
    group = page.get_by_role("group", name="Part", exact=True)
    group.get_by_role("radio", name="all").focus()
    page.keyboard.press("ArrowRight")
    assert group.get_by_role("radio").nth(1).is_checked() and len(set(cells(page, "Part"))) == 1


def test_one_column_is_filtered_as_before(visit: Open) -> None:
    page = opened(visit, LOSSES)
    choose(page, "Task", "labels")
    assert cells(page, "Task") and all("labels" in cell for cell in cells(page, "Task"))


@pytest.mark.parametrize("way", ["address", "link", "same link"])
def test_a_hidden_row_shows_when_the_address_names_it(visit: Open, way: str) -> None:
    page = opened(visit, f"errata/#{ROW}" if way == "same link" else "errata/")
    total = page.locator(SHOWN).count()
    choose(page, "Verdict", "wrong")
    choose(page, "Part", "losses")
    assert not page.locator(f"#{ROW}").is_visible()
    if way == "address":
        page.evaluate(f"location.hash = '{ROW}'")
    else:
        page.locator(f"article > p a[href$='#{ROW}']").click()
    page.locator(f"#{ROW}").wait_for()
    page.wait_for_function(IN_VIEW, arg=ROW)
    assert page.locator(SHOWN).count() == total
    chosen = page.locator(".table-tools label:has(:checked)").all_text_contents()
    assert [choice.split()[0] for choice in chosen] == ["all", "all"]


def test_a_link_to_a_row_that_is_shown_keeps_the_choice(visit: Open) -> None:
    page = opened(visit, AUDIT)
    choose(page, "Verdict", "wrong")
    shown = page.locator(SHOWN).count()
    page.locator("#lr-bound").click()
    page.wait_for_function(IN_VIEW, arg="lr-bound")
    assert page.url.endswith("#lr-bound") and page.locator(SHOWN).count() == shown


def test_an_address_leads_to_its_row(visit: Open) -> None:
    page = opened(visit, f"{AUDIT}#lr-bound")
    page.wait_for_function(IN_VIEW, arg="lr-bound")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_audit_is_accessible(visit: Open, scheme: str) -> None:
    page = opened(visit, AUDIT, scheme=scheme)
    choose(page, "Part", "optimizers")
    page.evaluate("location.hash = 'grad-zeros'")
    for verdict in ("changed", "wrong", "condition"):  # a hundred rows at once take axe minutes
        choose(page, "Verdict", verdict)
        rules = () if (scheme, verdict) == ("light", "changed") else COLOURS
        assert audit(page, *rules, within=".table-tools") == []


def test_an_audit_fits_a_phone(visit: Open) -> None:
    page = opened(visit, AUDIT, width=360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, page.evaluate(WIDER)
    choose(page, "Part", "optimizers")
    assert set(cells(page, "Part")) == {"optimizers"}


def test_without_script_every_row_is_there(visit: Open) -> None:
    page = visit(java_script_enabled=False).go(AUDIT)
    rows = page.locator(".table-tools tbody tr")
    assert rows.count() > 100 and all(row.is_visible() for row in rows.all()[::20])
    assert not page.locator(".table-filter").is_visible() and page.locator(".table-sort:enabled").count() == 0
    assert page.locator("em.wrong").first.evaluate("e => getComputedStyle(e).color") != page.locator(
        "em.holds"
    ).first.evaluate("e => getComputedStyle(e).color")


CHOICES = ("losses/choose/", "initialization/choose/", "optimizers/choose/")


@pytest.mark.parametrize("path", CHOICES)
def test_three_columns_are_cards_on_a_phone(visit: Open, path: str) -> None:
    page = visit(width=360).go(path)
    table = page.locator("article .table-cards").first
    assert not table.locator("thead").is_visible()
    lefts = table.locator("tbody tr:first-child td").evaluate_all(
        "cells => cells.map(c => c.getBoundingClientRect().left)"
    )
    assert len(set(lefts)) == 1 and len(lefts) > 2, "the cells stand below each other"
    label = table.locator("td").nth(1).evaluate("cell => getComputedStyle(cell, '::before').content")
    assert label.strip('"') == table.locator("th").nth(1).text_content().strip()
    assert page.evaluate(CUT) == []
    for scrolls in page.locator("article .table-cards").evaluate_all("b => b.map(e => e.scrollWidth - e.clientWidth)"):
        assert scrolls <= 1


def test_two_columns_stay_a_table_on_a_phone(visit: Open) -> None:
    page = visit(width=360).go("losses/huber_loss/")
    table = page.locator("article .grid-table").first
    assert table.locator("thead").is_visible()
    assert table.locator("td").first.evaluate("cell => getComputedStyle(cell).display") == "table-cell"


def test_a_reader_of_a_screen_hears_a_table_in_cards(visit: Open) -> None:
    page = visit(width=360).go("optimizers/choose/")
    table = page.get_by_role("table", name="Which optimizer should I use?", exact=True)
    assert table.get_by_role("row").count() > 10 and table.get_by_role("cell", name="BERT").count() == 1


def test_every_table_and_output_has_a_name_of_its_own(visit: Open) -> None:
    for path in ("losses/huber_loss/", "optimizers/choose/", "labs/digits/"):
        page = visit().go(path)
        names = page.locator(".table-scroll, .docrun-text").evaluate_all("all => all.map(e => e.ariaLabel)")
        assert names and all(names) and len(set(names)) == len(names), names


@pytest.mark.parametrize("width", [360, 1280])
def test_the_tab_key_stops_where_something_scrolls(visit: Open, width: int) -> None:
    page = visit(width=width).go("losses/huber_loss/")
    page.wait_for_timeout(200)
    boxes = page.locator("article :is(.table-scroll, .docrun-text)").evaluate_all(
        "all => all.filter(e => e.checkVisibility()).map(e => [e.scrollWidth > e.clientWidth + 1, e.tabIndex === 0])"
    )
    assert boxes and all(scrolls == stops for scrolls, stops in boxes)


def test_without_script_every_box_is_reached(visit: Open) -> None:
    page = visit(java_script_enabled=False).go("losses/huber_loss/")
    assert page.locator("article :is(.table-scroll, .docrun-text):not([tabindex='0'])").count() == 0


def test_a_box_that_scrolls_shows_it(visit: Open) -> None:
    page = visit(width=760).go(LOSSES)
    box = page.locator(".table-tools .table-scroll")
    assert box.evaluate("e => e.scrollWidth > e.clientWidth + 8")
    box.evaluate("e => scrollTo(0, e.getBoundingClientRect().top + scrollY - 300)")
    edge = box.bounding_box()
    clip = {"x": edge["x"] + edge["width"] - 12, "y": edge["y"] + 3, "width": 12, "height": 3}
    before = page.screenshot(clip=clip)
    box.evaluate("e => { e.scrollLeft = e.scrollWidth }")
    assert page.screenshot(clip=clip) != before, "the shade is gone at the end"


def test_the_rules_of_variance_are_whole(visit: Open) -> None:
    page = visit().go("initialization/variance/")
    assert page.evaluate(CUT) == []
    fits = "() => [...document.querySelectorAll('.table-scroll')].every(e => e.scrollWidth <= e.clientWidth + 1)"
    assert page.evaluate(fits)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 690, "height": 900})  # A4 without its margins
    assert page.evaluate(CUT) == [] and page.evaluate(fits)


@pytest.mark.parametrize("path", [AUDIT, "errata/", LOSSES])
def test_nothing_jumps_when_a_table_gets_its_tools(visit: Open, path: str) -> None:
    opened = visit()
    opened.page.set_default_timeout(60_000)
    opened.page.add_init_script(SHIFTS)
    opened.page.context.new_cdp_session(opened.page).send("Emulation.setCPUThrottlingRate", {"rate": 6})
    page = opened.go(path)
    page.locator(".table-sort:enabled").first.wait_for()
    page.wait_for_timeout(500)
    assert page.evaluate("window.__shift") < 0.02


def test_choices_say_how_many_rows_they_show(visit: Open) -> None:
    page = opened(visit, LOSSES)
    for label in page.locator(".table-filter fieldset label").all():
        label.click()
        assert str(page.locator(SHOWN).count()) == label.locator("small").inner_text()


def test_text_finds_rows_and_goes_with_the_choices(visit: Open) -> None:
    page = opened(visit, LOSSES)
    total = page.locator(SHOWN).count()
    page.get_by_label("Find in the table").fill("cross")
    assert page.locator(f"{SHOWN} td:first-child").all_text_contents() == ["CrossEntropyLoss", "LinearCrossEntropyLoss"]
    choose(page, "Task", "ranking")
    assert page.locator(SHOWN).count() == 0
    assert page.locator(".table-tools [role=status]").inner_text() == f"0 of {total} losses"
    page.get_by_label("Find in the table").fill("")
    assert cells(page, "Task") == ["ranking"]


def test_the_head_of_a_long_table_stays_in_sight(visit: Open) -> None:
    page = opened(visit, AUDIT)
    page.locator(".table-tools tbody tr").nth(60).evaluate("row => row.scrollIntoView()")
    page.wait_for_timeout(300)
    head = page.locator(".table-tools thead th").first.bounding_box()["y"]
    below = page.locator(".md-header").evaluate("e => e.getBoundingClientRect().bottom")
    assert abs(head - below) <= 1.5
