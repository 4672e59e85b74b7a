"""Formulas on a page: where they stand, what stands around them."""

from __future__ import annotations

import html
import re

import markdown
import pytest

from typeset import Report
from typeset_host import host

DISPLAY = "$$\nx = {}\n$$\n"


def annotations(page: str) -> list[str]:
    return [html.unescape(t) for t in re.findall(r"<annotation [^>]*>(.*?)</", page, re.S)]


def text_of(page: str) -> str:
    return re.sub(r"<[^>]+>", "", re.sub(r"<(svg|math)\b.*?</\1>", "", page, flags=re.S))


@pytest.mark.parametrize(
    "source",
    [
        r"A $\theta$ here",
        "| a |\n|--|\n| $\\theta$ |",
        '!!! note "On $\\theta$"\n\n    text',
        "Text[^1]\n\n[^1]: On $\\theta$.",
        "- item\n\n    $$\n    \\theta\n    $$",
        "> $$\n> \\theta\n> $$",
        '<div markdown="1">\n$\\theta$\n</div>',
        r"## On $\theta$ { #on }",
        r"\(\theta\)",
        "\\[\n\\theta\n\\]",
    ],
)
def test_formulas_are_found_everywhere(md, source):
    page = md.convert(source)
    assert annotations(page) == [r"\theta"]
    assert page.count("<svg") == 1 and "arithmatex" not in page
    assert "\\" not in text_of(page) and "$" not in text_of(page)


def test_bare_environment(md):
    page = md.convert("\\begin{align}\na &= b\n\\end{align}")
    assert page.startswith('<div class="typeset typeset-display"')


def test_formula_fence():
    from pymdownx import arithmatex

    fence = {
        "name": "math",
        "class": "arithmatex",
        "format": arithmatex.arithmatex_fenced_format(mode="generic"),
    }
    md = host()
    md = markdown.Markdown(
        extensions=["pymdownx.superfences", *_ours(md)],
        extension_configs={"pymdownx.superfences": {"custom_fences": [fence]}},
    )
    page = md.convert("```math\na < \\theta\n```")
    assert annotations(page) == [r"a < \theta"] and "<svg" in page


def _ours(md: markdown.Markdown) -> list[markdown.extensions.Extension]:
    from typeset import TypesetExtension

    return [TypesetExtension(cache="")]


def test_code_is_left_alone(md):
    page = md.convert("Write `$\\theta$`.\n\n```text\n$$\n\\theta\n$$\n```\n\n    $x$\n")
    assert "<svg" not in page


def test_comparison_signs_and_ampersands(md):
    page = md.convert("Is $a < b$?\n\n$$\n\\begin{aligned} a &< b \\\\ c &\\ge d \\end{aligned}\n$$")
    assert annotations(page)[0] == "a < b"
    assert annotations(page)[1] == r"\begin{aligned} a &< b \\ c &\ge d \end{aligned}"


def test_headings_give_clean_titles(md):
    page = md.convert("# The role of $\\beta_2$\n\n## Scale $\\frac{1}{\\sqrt{n}}$ { #scale }\n")
    [top] = md.toc_tokens
    assert (top["name"], top["id"]) == ("The role of β₂", "the-role-of-2")
    assert (top["children"][0]["name"], top["children"][0]["id"]) == ("Scale 1/√n", "scale")
    assert page.count("<svg") == 2
    assert '<span hidden="hidden">β₂</span>' in page  # the search index reads this and not the formula


def test_formulas_are_kept_out_of_the_search_index(md):
    page = md.convert("Text $x$ and\n\n$$\ny\n$$")
    assert page.count("data-search-exclude") == page.count("<svg") == 2


def test_copied_tex_needs_no_macros(md):
    page = md.convert(r"$x_{\nin} + \R x$")
    assert annotations(page) == [r"x_{n_{\text{in}}} + \mathbb{R} x"]


def test_wide_formulas_can_be_scrolled_by_keyboard(md):
    wide = r"\sqrt{abcdefghijklmnopqrstabcdefghijklmnopqrst}"  # nothing that could be cut into rows
    page = md.convert(f"$x$ ${wide}$\n\n$$\nx\n$$\n\n$$\n{wide}\n$$")
    assert page.count('tabindex="0"') == 2


def test_numbers_follow_the_page(md):
    page = md.convert(
        "See $\\eqref{eq:b}$, $\\ref{eq:a}$.\n\n"
        + DISPLAY.format(r"1 \label{eq:a}")
        + "\n"
        + DISPLAY.format("2")
        + "\n"
        + DISPLAY.format(r"3 \label{eq:b}")
    )
    assert '<a class="typeset-ref" href="#eq-b">(2)</a>, <a class="typeset-ref" href="#eq-a">1</a>' in page
    assert re.findall(r'id="(eq-[ab])"[^>]*>\((\d)\)', page) == [("eq-a", "1"), ("eq-b", "2")]


def test_rows_are_numbered_at_their_height(md):
    page = md.convert(
        "$$\n\\begin{align}\na &= 1 \\label{eq:a}\\\\\nb &= 2\\\\\nc &= 3 \\label{eq:c}\n\\end{align}\n$$"
    )
    marks = [(i, n, float(y)) for i, y, n in re.findall(r'id="(eq-\w)" style="top:([\d.]+)ex">\((\d)\)', page)]
    assert [mark[:2] for mark in marks] == [("eq-a", "1"), ("eq-c", "2")]
    assert marks[1][2] > marks[0][2] + 4
    height = float(re.search(r'height="([\d.]+)ex"', page)[1])
    assert 0 < marks[0][2] < height / 3 and height * 2 / 3 < marks[1][2] < height


def test_number_of_one_formula_stands_at_its_middle(md):
    page = md.convert("$$\n\\begin{cases} a \\\\ b \\end{cases} \\label{eq:a}\n$$")
    height = float(re.search(r'height="([\d.]+)ex"', page)[1])
    assert float(re.search(r"top:([\d.]+)ex", page)[1]) == pytest.approx(height / 2, abs=0.001)


def test_tags_of_the_author(md):
    tags = (r"\tag{Adam}\label{eq:a}", r"\tag*{!}", r"\label{eq:z}")
    page = md.convert("\n".join(map(DISPLAY.format, tags)) + "\n$\\eqref{eq:a}$")
    assert ">(Adam)</span>" in page and ">!</span>" in page
    assert '<a class="typeset-ref" href="#eq-a">(Adam)</a>' in page
    assert re.search(r'id="eq-z"[^>]*>\(1\)</span>', page)


def test_reference_inside_a_formula(md):
    page = md.convert("$$\nx \\label{eq:a}\n$$\n\n$y \\overset{\\eqref{eq:a}}{=} z$")
    assert "<mtext>(1)</mtext>" in page


def test_numbers_start_anew_on_each_page(md):
    source = DISPLAY.format(r"1 \label{eq:a}")
    assert md.convert(source) == md.reset().convert(source)


def test_same_bytes_every_time():
    source = "# T $x$\n\n$\\vtheta$\n\n$$\n\\begin{align} a &= b \\label{eq:a} \\end{align}\n$$"
    assert host().convert(source) == host().convert(source)


def test_a_report_shows_the_mistake_on_the_page():
    report = Report()
    report.begin("docs/en/x.md", 4)
    page = host(report=report).convert("Fine $x$.\n\nBad $\\nope$.")
    assert '<span class="typeset-error" role="alert">unknown macro \\nope' in page
    assert page.count("<svg") == 1
    assert str(report.problems[0]).startswith(r"docs/en/x.md:7: unknown macro \nope")


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("So $x$, and on.", [","]),
        ("So ($x$). On", ["(", ")."]),
        ("$x$, $y$; end", [",", ";"]),
        ("**$x$**, no", []),
        ("So $x$ and", []),
    ],
)
def test_punctuation_stays_on_the_formulas_line(md, source, kept):
    page = md.convert(source)
    lines = re.findall(r'<span class="typeset-line">(.*?)</span></span>([^<]*)</span>', page, re.S)
    assert [part for before, after in lines for part in (before.partition("<")[0], after) if part] == kept
    assert text_of(page).split() == re.sub(r"\$[xy]\$|\*", "", source).split()
