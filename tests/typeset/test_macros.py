"""The file of macros: read, expanded."""

from __future__ import annotations

import pytest

from typeset import MacroError, Macros

SOME = Macros.parse(
    "% sets\n\\newcommand{\\R}{\\mathbb{R}}\n\\newcommand{\\nin}{n_{\\text{in}}}\n"
    "\\newcommand{\\norm}[2][2]{\\lVert #2 \\rVert_{#1}}\n"
    "\\newcommand{\\Rn}{\\R^{\\nin}}\n\\newcommand{\\al}{\\alpha}\n"
)


@pytest.mark.parametrize(
    ("tex", "expanded"),
    [
        (r"x \in \R", r"x \in \mathbb{R}"),
        (r"x_\nin", r"x_{n_{\text{in}}}"),
        (r"\Rn", r"\mathbb{R}^{n_{\text{in}}}"),
        (r"\norm{x}", r"\lVert x \rVert_{2}"),
        (r"\norm[1]{\R}", r"\lVert \mathbb{R} \rVert_{1}"),
        (r"\norm{\norm{x}}", r"\lVert \lVert x \rVert_{2} \rVert_{2}"),
        (r"\al x", r"\alpha x"),
        (r"\Right \rank", r"\Right \rank"),
    ],
)
def test_expand(tex, expanded):
    assert SOME.expand(tex) == expanded


def test_only_what_a_formula_uses_is_part_of_it():
    assert [name for name, _ in SOME.used(r"\Rn + \alpha")] == ["R", "Rn", "nin"]
    assert SOME.used("x") == ()
    assert SOME.used(r"\norm{x}") == (("norm", (r"\lVert #2 \rVert_{#1}", 2, "2")),)


def test_a_macro_with_arguments_is_drawn(draw):
    from typeset import Typesetter
    from typeset.engine import Drawn

    [drawn] = Typesetter(SOME).typeset([(r"\norm[1]{x}", False, "")])
    assert isinstance(drawn, Drawn) and drawn.body == draw(r"\lVert x \rVert_{1}").body


def test_endless_macros_end():
    loop = Macros.parse(r"\newcommand{\a}{\b}\newcommand{\b}{\a}")
    assert loop.expand(r"\a") in (r"\a", r"\b")


def test_anything_else_in_the_file_is_an_error():
    with pytest.raises(MacroError, match=r"m\.tex:2: expected"):
        Macros.parse("\\newcommand{\\R}{x}\n\\def\\x{y}", "m.tex")
