"""What one formula looks like, and what is read out for it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as etree

import pytest

from typeset import Macros
from typeset.markup import drawing
from typeset.plain import plain
from typeset_host import MACROS


def test_ordinary_formula_is_one_path(draw):
    drawn = draw(r"\sqrt{\frac{x_i^2}{n}} + \sum_{i=1}^n \vtheta_i", display=True)
    assert re.fullmatch(r'<path d="[^"]+"/>', drawn.body)


def test_svg_has_its_size_before_anything_loads(draw):
    svg = etree.fromstring(drawing(draw(r"\frac12")))
    assert svg.get("aria-hidden") == "true" and svg.get("fill") == "currentColor"
    assert svg.get("width").endswith("ex") and svg.get("height").endswith("ex")
    assert re.fullmatch(r"vertical-align:-[\d.]+ex", svg.get("style"))


def test_path_lies_inside_the_view(draw):
    # x is 572 wide and 442 high in MathJax's font; its outline starts at (52, 289), y pointing up.
    drawn = draw("x")
    assert drawn.view == "0 -442 572 453"
    assert drawn.body.startswith('<path d="M52-289q')


def test_shifted_glyph_keeps_its_bytes(draw):
    first = re.search(r"M[\d-]+[ -]\d+(q.*)\"", draw("x").body)[1]
    assert first in draw("1+x").body


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"\cancel{x}", 'stroke="currentColor"'),
        (r"\boxed{x}", 'fill="none"'),
        (r"{\color{red}x} + y", 'fill="red"'),
        (r"\colorbox{yellow}{x}", 'fill="yellow"'),
        (r"\enclose{circle}{x}", "<ellipse"),
        (r"\begin{array}{c:c} a & b \end{array}", "mjx-dashed"),
        (r"\left(\begin{matrix}1\\2\\3\\4\\5\end{matrix}\right)", "<svg"),
        (r"\underbrace{a+b+c+d+e+f+g+h+i+j+k}_n", "<svg"),
    ],
)
def test_what_one_path_cannot_show_is_kept(draw, tex, expected):
    drawn = draw(tex, display=True)
    assert expected in drawn.body
    etree.fromstring(drawing(drawn))  # well-formed


def test_rules_between_columns_are_in_the_path(draw):
    assert draw(r"\begin{array}{c|c}a&b\\\hline c&d\end{array}").body.count("<") == 1


def test_chinese_text_stays_text_in_one_piece(draw):
    drawn = draw(r"\text{若为正}")
    assert re.fullmatch(r'<text x="0" y="0" font-size="884">若为正</text>', drawn.body)
    assert float(drawn.view.split()[2]) == pytest.approx(3 * 884)


def test_chinese_and_latin_in_one_text(draw):
    drawn = draw(r"\text{当 if}\; x > 0")
    assert "当" in drawn.body and "<path" in drawn.body
    assert "当 if" in drawn.mathml


def test_mathml_keeps_structure_and_drops_layout(draw):
    assert draw(r"\frac{1}{\sqrt{\nin}}").mathml == (
        "<mfrac><mn>1</mn><msqrt><msub><mi>n</mi><mtext>in</mtext></msub></msqrt></mfrac>"
    )
    assert draw(r"\left( x \right.").mathml == "<mrow><mo>(</mo><mi>x</mi></mrow>"
    assert "data-mjx" not in draw(r"\E[x]").mathml
    assert draw(r"\mathbb{E}").mathml == '<mi mathvariant="double-struck">E</mi>'
    assert draw(r"x < y").mathml == "<mrow><mi>x</mi><mo>&lt;</mo><mi>y</mi></mrow>"


def test_every_macro_of_the_site_can_be_drawn(draw):
    table = Macros.read(MACROS).table
    assert len(table) >= 20
    for macro in table.values():
        assert "<path" in draw(rf"\{macro.name}" + "{x}" * macro.count).body


def test_definitions_in_one_formula_do_not_reach_the_next(draw):
    assert draw(r"\newcommand{\mine}{x}\mine").body == draw("x").body
    with pytest.raises(AssertionError, match="Undefined control sequence"):
        draw(r"\mine")


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\beta_2", "β₂"),
        (r"\theta_{t+1}", "θₜ₊₁"),
        (r"x^2 = 4", "x² = 4"),
        (r"\frac{1}{\sqrt{n}}", "1/√n"),
        (r"\frac{a+b}{2}", "(a+b)/2"),
        (r"\hat m", "m̂"),
        (r"\E[x]", "𝔼[x]"),
        (r"\lambda_{\max}", "λₘₐₓ"),
        (r"\vert e\vert \le \delta", "|e| ≤ δ"),
        (r"W^\top", "W^⊤"),
        (r"x_{\text{new}}", "x_new"),
        (r"\text{gain} = 1", "gain = 1"),
    ],
)
def test_plain_text(draw, tex, text):
    assert plain(draw(tex).mathml) == text
