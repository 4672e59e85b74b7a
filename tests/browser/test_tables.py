"""Tables that sort and filter, and the audits' rows behind permanent links."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from browser.inspection import COLOURS, WIDER, audit

if TYPE_CHECKING:
    from conftest import Visit

pytestmark = pytest.mark.xdist_group("browser")  # one build, one browser

Open = Callable[..., "Visit"]
AUDIT, LOSSES = "source-note/", "losses/"
SHOWN = ".table-tools tbody tr:not([hidden])"
IN_VIEW = """id => { const { top, bottom } = document.getElementById(id).getBoundingClientRect()
  return top >= 0 && bottom <= innerHeight }"""


def opened(visit: Open, path: str, **options: Any) -> Any:
    """A page whose table has its filter; a long table takes the script a moment."""
    page = visit(**options).go(path)
    page.set_default_timeout(30_000)
    page.locator(".table-filter").wait_for()
    return page


def choose(page: Any, group: str, word: str) -> None:
    """Choose a word of one filter."""
    page.get_by_role("group", name=group, exact=True).get_by_role("radio", name=word, exact=True).check()


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
    page = opened(visit, f"{AUDIT}#lr-bound" if way == "same link" else AUDIT)
    total = page.locator(SHOWN).count()
    choose(page, "Verdict", "holds")
    choose(page, "Part", "losses")
    assert not page.locator("#lr-bound").is_visible()
    if way == "address":
        page.evaluate("location.hash = 'lr-bound'")
    else:
        page.locator("article > p a[href$='#lr-bound']").click()
    page.locator("#lr-bound").wait_for()
    page.wait_for_function(IN_VIEW, arg="lr-bound")
    assert page.locator(SHOWN).count() == total
    chosen = page.locator(".table-tools label:has(:checked)").all_text_contents()
    assert chosen == ["all", "all"]


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
    assert page.locator(".table-tools input").count() == 0
    assert page.locator("em.wrong").first.evaluate("e => getComputedStyle(e).color") != page.locator(
        "em.holds"
    ).first.evaluate("e => getComputedStyle(e).color")
