"""Formulas for notebooks: no macro, no label, no reference that Jupyter does not know."""

from __future__ import annotations

import pytest

from typeset import Macros, portable
from typeset_host import MACROS, host

SITE = Macros.read(MACROS)


@pytest.mark.parametrize(
    ("source", "written"),
    [
        (r"So $\Var(W) = 2/\nin$.", r"So $\operatorname{Var}(W) = 2/n_{\text{in}}$."),
        ("$$\nx \\label{eq:a}\n$$\n\nBy $\\eqref{eq:a}$.", "$$\nx \\tag{1}\n$$\n\nBy (1)."),
        (
            "By $\\ref{eq:b}$.\n\n$$x \\label{eq:a}$$\n\n$$y\n\\label{eq:b}$$",
            "By 2.\n\n$$x \\tag{1}$$\n\n$$y\n\\tag{2}$$",
        ),
        (r"$$x \tag{Adam}\label{eq:a}$$ $\eqref{eq:a}$", r"$$x \tag{Adam}$$ (Adam)"),
        (r"$$x \tag*{!}$$", r"$$x \tag*{!}$$"),
        (
            "$$\n\\begin{align} a &= 1 \\label{eq:a} \\\\ b &= 2 \\label{eq:b} \\end{align}\n$$",
            "$$\n\\begin{align} a &= 1 \\tag{1} \\\\ b &= 2 \\tag{2} \\end{align}\n$$",
        ),
        (
            "$$x \\label{eq:a}$$\n\n$y \\overset{\\eqref{eq:a}}{=} z$",
            "$$x \\tag{1}$$\n\n$y \\overset{\\text{(1)}}{=} z$",
        ),
        ("Code `$\\Var$` stays.\n\n```text\n$\\Var$\n```", "Code `$\\Var$` stays.\n\n```text\n$\\Var$\n```"),
        (r"It costs \$5 and \$6.", r"It costs \$5 and \$6."),
    ],
)
def test_what_is_written(source, written):
    assert portable(source, SITE) == written


def test_lines_stay_where_they_are():
    source = "a\n\n$$\n\\Var(x) \\label{eq:a}\n$$\n\n$\\Var\n(x)$ b\n\n$\\eqref{eq:a}$ c\n"
    assert portable(source, SITE).count("\n") == source.count("\n")


def test_numbers_are_the_pages(md):
    source = "$$x$$\n\n$$a \\label{eq:a}$$\n\n$$b \\label{eq:b}$$\n\nBy $\\eqref{eq:b}$.\n"
    assert ">(2)</a>" in host().convert(source)
    assert "By (2)." in portable(source, SITE)


def test_an_unknown_label():
    with pytest.raises(KeyError):
        portable(r"By $\eqref{eq:nowhere}$.", SITE)
