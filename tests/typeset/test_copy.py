"""In a browser: a selection with formulas in it is copied as TeX, and nothing hidden stretches the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from typeset_host import ROOT, host

SOURCE = r"""
Let $x_{\nin} < y$ hold.

$$
\begin{align}
a &= b
\end{align}
$$

Then $W = 1+2+3+4+5+6+7+8+9+10+11+12+13+14+15+16+17+18+19+20+21+22+23$ and

$$
z = 1+2+3+4+5+6+7+8+9+10+11+12+13+14+15+16+17+18+19+20+21+22+23 \label{eq:z}
$$
"""
COPY = """([first, from, last, to]) => {
  const place = (selector) => document.querySelector(selector).firstChild;
  const range = document.createRange();
  range.setStart(place(first), from);
  range.setEnd(place(last), to);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  const clipboardData = new DataTransfer();
  const event = new ClipboardEvent('copy', { clipboardData, bubbles: true, cancelable: true });
  document.body.dispatchEvent(event);
  return event.defaultPrevented ? clipboardData.getData('text/plain') : null;
}"""


@pytest.fixture(scope="module")
def page(browser: Any) -> Iterator[Any]:
    page = browser.new_page(viewport={"width": 360, "height": 640})
    style = (ROOT / "docs/theme/css/math.css").read_text()
    page.set_content(f"<style>{style}</style><body>{host().convert(SOURCE)}</body>")
    page.add_script_tag(path=ROOT / "docs/theme/js/copy-tex.js")
    yield page
    page.close()


def test_formulas_are_copied_as_tex(page):
    text = page.evaluate(COPY, ["p", 0, ".typeset-display annotation", 3])
    assert text.split("\n")[0] == r"Let $x_{n_{\text{in}}} < y$ hold."
    assert text.rstrip().endswith("\\begin{align}\na &= b\n\\end{align}")


def test_part_of_a_formula_is_copied_whole(page):
    assert page.evaluate(COPY, ["p annotation", 0, "p annotation", 2]) == r"$x_{n_{\text{in}}} < y$"


def test_text_without_formulas_is_left_to_the_browser(page):
    assert page.evaluate(COPY, ["p", 0, "p", 2]) is None


def test_nothing_is_wider_than_a_phone(page):
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    boxes = "document.querySelectorAll('.typeset-wide, .typeset-scroll')"
    assert page.evaluate(f"Array.from({boxes}, box => box.scrollWidth > box.clientWidth)") == [
        False,
        True,
        False,  # it has a narrow setting
    ]


def test_the_number_stays_in_sight(page):
    box = page.locator("#eq-z").bounding_box()
    assert box["x"] + box["width"] <= 360


def test_a_wide_formula_stands_on_the_line(page):
    # The scroll box's lower edge is where the drawing ends, not the text's baseline.
    frame, svg = (
        page.locator(".typeset-wide").bounding_box(),
        page.locator(".typeset-wide > svg").bounding_box(),
    )
    assert frame["y"] == pytest.approx(svg["y"], abs=1)
