"""Fences that this site alone knows, turned into HTML; what cannot be shown is a fault with its page and line."""

from __future__ import annotations

from collections.abc import Callable

from markdown import Markdown
from markdown.preprocessors import Preprocessor

from docrun import Fault, Fence, PageError, Place, page, render

# Lines are counted before docrun (33) and snippets (32) put anything in. HTML is put in after Python-Markdown's
# clean-up (30), which eats the stash's marks, and before SuperFences (25).
_COUNT, _PUT = 34, 28


class FenceError(ValueError):
    """A fence asks for what there is not. The message says what."""


class Host:
    """What the plugin tells the extensions: the page, its lines of front matter, and who hears of faults."""

    def __init__(self) -> None:
        self.path, self.offset = "<page>", 0
        self.report: Callable[[Fault], None] = _fail


def _fail(fault: Fault) -> None:
    raise PageError((fault,))


HOST = Host()


def register(md: Markdown, languages: tuple[str, ...], begin: Callable[[], Callable[[Fence], str]]) -> None:
    """Let fences of these languages become HTML. ``begin`` starts a page and gives what makes a fence's HTML.

    What that raises is the fence's fault; the page goes on below it.
    """
    lines = _Lines(md, languages)
    md.preprocessors.register(lines, f"sitekit-lines-{languages[0]}", _COUNT)
    md.preprocessors.register(_Put(md, lines, begin), f"sitekit-{languages[0]}", _PUT)


def _found(text: str, languages: tuple[str, ...]) -> list[Fence]:
    if not any(language in text for language in languages):
        return []
    return [fence for fence in page.fences(text) if fence.language in languages]


class _Lines(Preprocessor):
    def __init__(self, md: Markdown, languages: tuple[str, ...]) -> None:
        super().__init__(md)
        self.languages = languages
        self.found: list[int] = []

    def run(self, lines: list[str]) -> list[str]:
        self.found = [fence.start for fence in _found("\n".join(lines), self.languages)]
        return lines


class _Put(Preprocessor):
    def __init__(self, md: Markdown, lines: _Lines, begin: Callable[[], Callable[[Fence], str]]) -> None:
        super().__init__(md)
        self.lines, self.begin = lines, begin

    def run(self, lines: list[str]) -> list[str]:
        found = _found("\n".join(lines), self.lines.languages)
        if not found:
            return lines
        make, lines = self.begin(), list(lines)
        made = [_html(make, fence, line) for fence, line in zip(found, self.lines.found, strict=True)]
        for fence, html in reversed(list(zip(found, made, strict=True))):
            lines[fence.start - 1 : fence.end] = ["", self.md.htmlStash.store(html), ""]
        return lines


def _html(make: Callable[[Fence], str], fence: Fence, line: int) -> str:
    try:
        return make(fence)
    except FenceError as error:
        cause = str(error)
    except Exception as error:  # an author has to see where, whatever it is
        cause = f"{type(error).__name__}: {error}"
    first, _, detail = cause.partition("\n")
    fault = Fault(f"{fence.language}: {first}", Place(HOST.path, line + HOST.offset), detail=detail)
    HOST.report(fault)
    return render.error([fault])
