"""Numbers in prose: each is bound to what a program shows, or to the assert that guards its sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from docrun.author import page
from docrun.author.program import Program

_NUMBER = re.compile(
    r"(?<![\w.#])(?P<whole>\d[\d,\u202f_]*\d|\d)?(?P<fraction>\.\d+)?"
    r"(?:(?:e|\s?(?:[·×]|\\cdot|\\times)\s?10\^?\{?)(?P<exponent>[-+]?\d+)\}?)?(?P<percent>\s?%)?"
)
_NO_CLAIM = re.compile(r"\]\([^)]*\)|<[^>]*>|https?://\S+|\{[^}]*#[^}]*\}\s*$|arXiv:\S+|#\d+")  # addresses and ids
_PACKAGES = "torch|PyTorch|Python|CUDA|matplotlib|numpy|scikit-learn"
_VERSION = re.compile(rf"(?:{_PACKAGES})\s+\d+(?:\.\d+)*|\b2\.1\d(?:\.\d)?\b")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_POWER = re.compile(r"10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)")
_SOURCES = re.compile(r"^## .*\b(?:Sources|Further reading)\b")
_COUNTS = range(13)  # small whole numbers count things or name them
_YEARS = range(1800, 2031)
_SIZES = {16, 32, 64, 100}  # bits of a type, and all of something


@dataclass(frozen=True)
class Number:
    """A number of a page's prose: the line it stands in, the words around it, and the values that it may mean."""

    line: int
    region: int
    text: str
    around: str
    values: frozenset[str]


def numbers(text: str) -> Iterator[Number]:
    """The numbers of a page that need a guard: decimals, percentages, powers of ten, whole numbers from 13 on."""
    for line, prose, region in _prose(text):
        cleaned = _VERSION.sub("", _NO_CLAIM.sub("", prose))
        shown = _plain(cleaned)
        for found in _found(shown):
            if _is_claim(found):
                around = shown[max(0, found.start() - 30) : found.end() + 20].strip()
                yield Number(line, region, found[0].strip(), around, frozenset(_values(found)))


def values(text: str) -> set[str]:
    """Every number that a text shows."""
    return {value for found in _found(_plain(text)) for value in _values(found)}


def regions(text: str) -> list[int]:
    """Of each line, from 1, the number of the second-level heading above it; the first entry is unused."""
    region, of_line = 0, [0]
    fenced = page.fenced_lines(text)
    for number, line in enumerate(text.split("\n"), 1):
        region += line.startswith("## ") and number not in fenced
        of_line.append(region)
    return of_line


def said(program: Program) -> set[str]:
    """The numbers in the messages of a program's asserts, and of calls that assert (``msg=``)."""
    messages = [node.msg for node in ast.walk(program.tree) if isinstance(node, ast.Assert) and node.msg]
    messages += [node.value for node in ast.walk(program.tree) if isinstance(node, ast.keyword) and node.arg == "msg"]
    return {value for message in messages for value in values(" ".join(_texts(message)))}


def _texts(message: ast.expr) -> Iterator[str]:
    for node in ast.walk(message):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _prose(text: str) -> Iterator[tuple[int, str, int]]:
    """(line, text, region) of what is neither front matter, nor fenced, nor a list of sources."""
    of_line, sources = regions(text), False
    for number, line in page.prose(text):
        if line.startswith("## "):
            sources = bool(_SOURCES.search(line))
        if not sources:
            yield number, line, of_line[number]


def _plain(text: str) -> str:
    """One way to write a number: no typographic minus, no TeX spacing, no superscript digits."""
    text = text.replace("\u2212", "-").replace("{,}", "").replace("\\,", "").replace("\\%", "%")
    return _POWER.sub(lambda power: f"10^{power[1].translate(_SUPERSCRIPTS)}", text)


def _found(text: str) -> Iterator[re.Match[str]]:
    return (found for found in _NUMBER.finditer(text) if found["whole"] or found["fraction"])


def _values(found: re.Match[str]) -> Iterator[str]:
    value = float(re.sub(r"[,\u202f_]", "", found["whole"] or "0") + (found["fraction"] or ""))
    exponent = int(found["exponent"] or 0)
    value *= 10.0**exponent if abs(exponent) < 300 else 1
    yield f"{value:.12g}"
    if found["percent"]:
        yield f"{value / 100:.12g}"


def _is_claim(found: re.Match[str]) -> bool:
    if found["fraction"] or found["exponent"] or found["percent"]:
        return True
    number = int(re.sub(r"[,\u202f_]", "", found["whole"]))
    return number not in _COUNTS and number not in _YEARS and number not in _SIZES
