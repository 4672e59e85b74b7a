"""Boxes of code are light and say how large they are."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

from markdown import Markdown
from pygments import highlight as pygmentize
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from sitekit import code, highlight

ROOT = Path(__file__).parents[2]
SOURCE = """\
import torch

x = torch.ones(3) if True else None  # a < b
print(f"{x[0]:.2f} and 'that'", x is not None, -1.5 @ x)
"""
TAG = re.compile(r"<[^>]*>")


def test_the_text_is_the_same_in_far_fewer_elements() -> None:
    plain = pygmentize(SOURCE, PythonLexer(), HtmlFormatter())
    light = highlight.python(SOURCE)
    assert unescape(TAG.sub("", light)) == SOURCE
    assert light.count("<span") <= plain.count("<span") * 0.6
    assert "><span" not in re.sub(r"<code><span", "", re.sub(r"</span><span", "", light)), "no span inside another"


def test_neighbours_that_look_alike_are_one() -> None:
    assert '<span class="p">),</span>' in highlight.python("f(a, (b), c)")


def test_a_box_says_how_many_lines_and_columns_it_has() -> None:
    assert 'style="--lines:4;--columns:56"' in highlight.python(SOURCE)
    assert 'style="--lines:2;--columns:5"' in highlight.python("a < b\nc")


def test_other_html_stays_as_it_is() -> None:
    text = '<p><span class="n">no code</span></p>'
    assert code.lighten(text) == text


def test_code_in_a_line_is_not_touched() -> None:
    md = Markdown(extensions=["pymdownx.inlinehilite", "sitekit.highlight"])
    assert "--lines" not in md.convert("`#!python x = 1`")


def test_what_the_plain_scripts_say_stands_in_the_words() -> None:
    scripts = [file.read_text("utf-8") for file in (ROOT / "docs/theme/js").glob("*.js")]
    said = {word for text in scripts for word in re.findall(r"\bwords\.([a-z]+(?:_[a-z]+)*)\b(?!\()", text)}
    known = json.loads((ROOT / "docs/theme/words/en.json").read_text("utf-8"))["page"]
    assert said >= set(known) and set(known) >= {"wrap", "close", "full_screen"}
    plain = [text for text in scripts if "ils-words" in text]
    assert {word for text in plain for word in re.findall(r"\bwords\.(\w+)", text)} == set(known)
