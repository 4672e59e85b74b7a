"""A pasted error message finds its row: in the table's own field and in the site's search, whatever its numbers."""

from __future__ import annotations

from typing import Any

import pytest

PAGE = "diagnose/messages/"
SHOWN = ".messages tbody tr:not([hidden]) td:first-child a"
# What a reader pastes, with numbers of his own → the row.
PASTED = {
    "Target 17 is out of bounds.": "target-out-of-bounds",
    "mat1 and mat2 shapes cannot be multiplied (64x512 and 256x10)": "linear-shapes",
    "Using a target size (torch.Size([32])) that is different to the input size (torch.Size([32, 1]))": "mse-broadcast",
    "Tried to step 901 times. The specified number of total steps is 900": "one-cycle-too-many",
    "Expected input batch_size (128) to match target batch_size (96).": "target-batch-size",
}
# Six words or more of a message, with the reader's own numbers, in the site's search.
SIX_WORDS = {
    "Detected call of lr_scheduler.step() before optimizer.step()": "scheduler-before-optimizer",
    "backward through the graph a second time": "backward-twice",
    "expected more than value per channel when training": "batch-norm-one-sample",
    "shapes cannot be multiplied mat1 and mat2 64x512": "linear-shapes",
    "optimizer got an empty parameter list": "no-parameters",
    "Weights only load failed unsupported global": "weights-only",
    "unscale_ has already been called on this optimizer": "scaler-unscale-twice",
}


@pytest.fixture(scope="module")
def table(site: Any, browser: Any) -> Any:
    shown = browser.new_page()
    shown.goto(site.url + PAGE)
    yield shown
    shown.close()


@pytest.mark.parametrize(("message", "row"), PASTED.items(), ids=PASTED.values())
def test_the_table_finds_a_message_with_other_numbers_in_it(table: Any, message: str, row: str) -> None:
    table.get_by_label("Find in the table").fill(message)
    assert row in table.locator(SHOWN).evaluate_all("links => links.map(link => link.id)")
    assert table.locator(SHOWN).count() <= 3


def test_a_call_is_chosen_from_a_list_by_keyboard(table: Any) -> None:
    table.get_by_label("Find in the table").fill("")
    table.get_by_label("Call").focus()
    table.keyboard.type("OneCycle")
    calls = table.locator(".messages tbody tr:not([hidden]) td:last-child").all_inner_texts()
    assert calls and set(calls) == {"OneCycleLR"}
    assert table.locator(".messages [role=status]").inner_text() == f"{len(calls)} of 218 messages"
    table.get_by_label("Call").select_option("")


@pytest.fixture(scope="module")
def search(site: Any, browser: Any) -> Any:
    """A page whose search index has arrived."""
    page = browser.new_page()
    page.goto(site.url, wait_until="networkidle")
    page.keyboard.press("/")
    page.keyboard.type("weight", delay=25)
    page.locator(".md-search-result__link").first.wait_for()
    yield page
    page.close()


@pytest.mark.parametrize(("words", "row"), SIX_WORDS.items(), ids=SIX_WORDS.values())
def test_six_words_of_a_message_lead_to_its_row(search: Any, words: str, row: str) -> None:
    search.locator(".md-search__input").fill(words)
    search.locator(".md-search__input").press("End")  # search listens to keyup
    result = search.locator(f".md-search-result__link[href*='{PAGE}'][href$='#{row}']")
    result.first.wait_for(state="attached", timeout=5_000)
