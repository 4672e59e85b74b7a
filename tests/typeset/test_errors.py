"""Mistakes name their line; a page lists all of them."""

from __future__ import annotations

import pytest

from typeset import TypesetError
from typeset.locate import Lines


def problems(md, source: str) -> list[tuple[int | None, str]]:
    with pytest.raises(TypesetError) as caught:
        md.convert(source)
    return [(problem.line, problem.message) for problem in caught.value.problems]


def test_all_mistakes_in_order(md):
    source = "a\n\n$x$ and $\\foo$\n\n$$\n\\frac{1\n$$\n\n| a |\n|--|\n| $\\bar{$ |\n"
    found = problems(md, source)
    assert [line for line, _ in found] == [3, 6, 11]
    assert found[0][1].startswith(r"unknown macro \foo")
    assert "Missing close brace" in found[1][1]


def test_message_reads_well(md):
    with pytest.raises(TypesetError, match=r"^line 1: unknown macro \\foo \(a typing error, .*\), in: 1 \+ \\foo$"):
        md.convert(r"$1 + \foo$")


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("x\n\n$$\na\n+ \\foo\n$$", 5, r"unknown macro \foo"),
        ("!!! note\n\n    $$\n    a +\n    b \\foo\n    $$", 5, r"unknown macro \foo"),
        ("> text\n> $a\n> \\foo$", 3, r"unknown macro \foo"),
        ("`$\\foo$`\n\n$\\foo$", 3, r"unknown macro \foo"),
        ("```text\n$\\foo$\n```\n\n$\\foo$", 5, r"unknown macro \foo"),
        ("$x$\n\n$$\n\\begin{nope}x\\end{nope}\n$$", 4, "Unknown environment 'nope'"),
        ("a[^1]\n\n[^1]: b $\\foo$", 3, r"unknown macro \foo"),
        ("$\\eqref{eq:x}$", 1, "no formula on this page has the label 'eq:x'"),
        ("$$\na \\label{eq:x}\n$$\n\n$$\nb \\label{eq:x}\n$$", 6, "'eq:x' is already taken"),
        ("$$\na \\label{eq:x y}\n$$\n\n$$\nb \\label{eq:x-y}\n$$", 6, "already taken"),
        ("a $b \\label{eq:x}$", 1, "a number needs a displayed formula"),
        ("text\n$$\nx\n$$", 2, "not recognised as a formula"),
        ("a\n\nthis $ \\theta$ here", 3, "not recognised as a formula"),
        ("a\n\n## On $\\foo$ { #on }", 3, r"unknown macro \foo"),
    ],
)
def test_line_and_words(md, source, line, words):
    [(found, message)] = problems(md, source)
    assert found == line
    assert words in message


def test_the_same_mistake_twice_has_two_lines(md):
    assert [line for line, _ in problems(md, "$\\foo$\n\n$\\foo$")] == [1, 3]


def test_prices_are_not_formulas(md):
    assert "$5 or $6" in md.convert("It costs $5 or $6 a month.")


def test_a_mistake_does_not_spoil_the_next_page(md):
    problems(md, r"$\foo$")
    assert "<svg" in md.reset().convert("$x$")


def test_lines_that_cannot_be_found():
    assert Lines("nothing here").find("x+y") is None
