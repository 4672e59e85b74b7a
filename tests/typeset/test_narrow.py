"""A formula wider than a phone has a second setting, in rows."""

from __future__ import annotations

import re

import pytest

from typeset import Typesetter
from typeset.engine import Drawn, Narrow
from typeset.markup import PHONE, Number, room

WIDE = "+".join("abcdefghijklmnopqrstuvw")


def narrow(tex: str, width: float = PHONE) -> Narrow:
    [drawn] = Typesetter().typeset([(tex, True, "", width)])
    assert isinstance(drawn, Drawn), drawn
    assert drawn.width > width and drawn.narrow
    return drawn.narrow


def rows(tex: str, width: float = PHONE) -> float:
    """About how many rows of plain letters the narrow setting has."""
    return narrow(tex, width).height / 2.4


@pytest.mark.parametrize(
    "tex",
    [
        WIDE,
        "f(" + WIDE + ")",
        r"\big( " + WIDE + r" \big)^2",
        r"f\left( \frac{1}{2} " + WIDE + r" \right) + 1",
        "a = " + " = ".join(["b + c"] * 8),
        r"a = 1, \qquad b = 2, \qquad \text{where all of this is as long as a line}, \qquad c = 3",
        r"\ell(x) = \begin{cases} a + b + c + d + e & \text{if } x < 0 \text{ or } x > 1, \\ "
        r"0 & \text{otherwise} \end{cases}",
        r"\begin{aligned} a &= " + WIDE + r" \\ b &= c, & d &= e + f + g + h + i + j + k \end{aligned}",
        r"\text{a condition with many words, } x > 0, \text{ and yet another, which is longer}",
    ],
)
def test_it_fits_a_phone(tex):
    assert narrow(tex).width <= PHONE + 1


def test_rows_end_between_clauses_first():
    clause = "a + b + c + d + e"
    assert rows(rf"{clause}, \qquad {clause}, \qquad {clause}") == pytest.approx(3, abs=0.8)


def test_what_fits_stays_on_one_row():
    assert rows(r"a = 1, \qquad b = 2, \qquad c = 3, \qquad d = 4", 30) == pytest.approx(2, abs=0.5)


def test_a_formula_that_fits_has_one_setting():
    [drawn] = Typesetter().typeset([("a = b", True, "", PHONE)])
    assert drawn.narrow is None


def test_nothing_is_cut_where_nothing_was_asked():
    [drawn] = Typesetter().typeset([(WIDE, True, "")])
    assert drawn.narrow is None


def test_what_cannot_be_cut_has_one_setting():
    [drawn] = Typesetter().typeset([(rf"\sqrt{{{WIDE}}}", True, "", PHONE)])
    assert drawn.narrow is None


def test_no_ink_is_lost():
    """Every letter of the wide setting is in the narrow one: the same glyphs, counted by their outlines."""
    tex = r"a = b + c, \qquad d = e + f, \qquad g = h + i, \qquad j = k + l + m"
    [drawn] = Typesetter().typeset([(tex, True, "", PHONE)])
    assert drawn.body.count("M") == drawn.narrow.body.count("M")


def test_numbers_take_room():
    assert room([Number("(Adam)", "")]) < room([Number("(1)", "")]) < room([]) == PHONE


def test_the_number_and_the_mathml_stand_once(md):
    page = md.convert(f"$$\n{WIDE} \\label{{eq:a}}\n$$")
    assert page.count("<svg") == 2 and page.count("<math") == 1 and page.count('id="eq-a"') == 1
    assert re.search(r'class="typeset typeset-display typeset-two typeset-from-\d+"', page)
    [wide, small] = re.findall(r'height="([\d.]+)ex"', page)
    top, below = re.search(r'style="top:([\d.]+)ex;--narrow:([\d.]+)ex"', page).groups()
    assert (float(top), float(below)) == pytest.approx((float(wide) / 2, float(small) / 2), abs=0.001)


def test_rows_with_numbers_of_their_own_are_left_alone(md):
    page = md.convert(
        f"$$\n\\begin{{align}} a &= {WIDE} \\label{{eq:a}} \\\\ b &= 1 \\label{{eq:b}} \\end{{align}}\n$$"
    )
    assert page.count("<svg") == 1 and 'tabindex="0"' in page


def test_a_formula_that_fits_in_rows_is_no_stop_for_the_keyboard(md):
    assert "tabindex" not in md.convert(f"$$\n{WIDE}\n$$")
    assert 'tabindex="0"' in md.convert(f"$$\n\\sqrt{{{WIDE}}}\n$$")


def test_the_style_sheet_knows_every_width(md):
    from typeset_host import ROOT

    css = (ROOT / "docs/theme/css/math.css").read_text()
    for count in range(12, 60, 2):
        page = md.convert("$$\n" + "+".join("a" * count) + "\n$$")
        for width in re.findall(r"typeset-from-(\d+)", page):
            assert f"(width < {width}ex) {{\n  .typeset-from-{width} >" in css
