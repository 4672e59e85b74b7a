"""What an output lends to the page's text: a small figure at ``![alt](#spark-name)``, a text at ``![](#text-name)``.

A word in the brackets of a text says that it is code, in that language: ``![python](#text-name)``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from html import escape

from docrun.author import page
from docrun.author.page import Output
from docrun.printed import plain, texts
from docrun.record import Drawing, Shown
from docrun.show import render

FORMS = ("sparks", "texts")
Lent = Mapping[str, Drawing | str]


def lent(output: Output | None, shown: Shown) -> Lent:
    """What an output lends, by the address of its place: drawings of ``as="sparks"``, texts of ``as="texts"``."""
    if output and output.form == "sparks":
        return {f"#spark-{drawing.name}": drawing for drawing in shown.drawings}
    if output and output.form == "texts":
        return {f"#text-{name}": text for name, text in texts(plain(shown.text)).items()}
    return {}


def put(lines: list[str], given: Lent, mark: Callable[[str], str]) -> list[str]:
    """The page's lines with what is lent in their places; ``mark`` keeps HTML and gives what stands for it."""
    if not given:
        return lines
    fenced = page.fenced_lines("\n".join(lines))

    def one(place: re.Match[str]) -> str:
        return mark(html(given[place["name"]], place["alt"])) if place["name"] in given else place[0]

    return [line if number in fenced else page.BORROWED.sub(one, line) for number, line in enumerate(lines, 1)]


def html(thing: Drawing | str, alt: str) -> str:
    """A drawing as a spark; a text as a reader would have copied it, or as code."""
    if isinstance(thing, Drawing):
        return render.spark(thing, alt)
    text = escape(thing, quote=False)
    if alt:
        return f'<pre class="docrun-lent" data-language="{escape(alt)}"><code>{text}</code></pre>'
    return f'<code class="docrun-lent">{text}</code>'


def in_markdown(lines: Iterable[str], given: Lent) -> list[str]:
    """Lines in which texts stand as code spans: for readers without the site. Drawings are left to others."""

    def one(place: re.Match[str]) -> str:
        text = given.get(place["name"])
        return _span(text) if isinstance(text, str) else place[0]

    return [page.BORROWED.sub(one, line) for line in lines]


def _span(text: str) -> str:
    """One code span of a text in one line, also where the text holds backticks or stands in a table."""
    line = "; ".join(part.strip() for part in text.split("\n") if part.strip()).replace("|", "\\|")
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    return f"{ticks} {line} {ticks}" if "`" in line else f"`{line}`"
