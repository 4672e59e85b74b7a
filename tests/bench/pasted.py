"""The real site without docrun: the same pages, with what the programs showed pasted in, or left out.

What is compared with it pays for formulas, highlighting, search and the theme alike. As a Markdown extension
(``pasted``) this module puts the HTML in, which ``pages`` has taken out of docrun beforehand.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

from docrun import Session, Settings
from docrun.extension import DocrunExtension, Host

FILE = "pasted.json"
_DOCRUN = re.compile("\ue0d0docrun-([0-9]+)\ue0d1")
_FRONT = re.compile(r"\A---\n.*?\n---\n", re.S)
_FENCE = re.compile(r"^[ \t>]*(`{3,})[ \t]*output\b.*\n(?:.*\n)*?[ \t>]*\1[ \t]*\n?", re.M)


def pages(site: Path, *, outputs: bool) -> None:
    """Rewrite the pages of a copy of the site so that they are built without docrun; all programs have run before.

    With ``outputs`` their HTML is kept in a file beside, and marks stand for it; without, the fences are left out.
    """
    html: list[str] = []
    with Session(Settings.load(site)) as session:
        for file in session.settings.pages():
            text = file.read_text(encoding="utf-8")
            name = file.relative_to(session.settings.root).as_posix()
            text = _marked(session, name, text, html) if outputs else _FENCE.sub("", text)
            file.write_text(text, encoding="utf-8")
    (site / FILE).write_text(json.dumps(html), encoding="utf-8")
    config = site / "mkdocs.yml"
    lines = config.read_text(encoding="utf-8")
    lines = re.sub(r"^  - docrun$", "  - pasted", lines, flags=re.M)  # the extension
    config.write_text(
        re.sub(r"^  - docrun:.*\n(?:^      .*\n)*", "", lines, flags=re.M), encoding="utf-8"
    )  # the plugin


def _marked(session: Session, name: str, text: str, html: list[str]) -> str:
    """The page's text with a mark in the place of each output; its HTML is added to ``html``."""
    front = _FRONT.match(text)
    head = front.group() if front else ""
    markdown = Markdown(extensions=[DocrunExtension(session, Host(name), links=True)])
    show: Any = markdown.preprocessors["docrun-show"]
    lines = show.run(text[len(head) :].split("\n"))
    before = len(html)
    html += show.html
    return head + _DOCRUN.sub(lambda mark: f"PASTED-{before + int(mark[1])}", "\n".join(lines))


class Pasted(Extension):
    """``pasted`` in a list of Markdown extensions, in docrun's place."""

    def extendMarkdown(self, md: Markdown) -> None:
        """Put the HTML in where docrun does."""
        md.preprocessors.register(_Paste(md), "pasted", 29)


class _Paste(Preprocessor):
    def run(self, lines: list[str]) -> list[str]:
        return [self._line(line) for line in lines]

    def _line(self, line: str) -> str:
        number = line.removeprefix("PASTED-")
        return self.md.htmlStash.store(_html()[int(number)]) if number != line and number.isdecimal() else line


@cache
def _html() -> list[str]:
    """What the build's working folder holds."""
    found: list[str] = json.loads(Path(FILE).read_text(encoding="utf-8"))
    return found


def makeExtension(**options: Any) -> Pasted:
    """Called by Python-Markdown."""
    return Pasted(**options)
