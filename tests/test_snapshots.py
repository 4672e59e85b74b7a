"""What the programs print, held against what they printed when a person last looked.

A number may differ by one in a thousand, and rounding errors may differ at will: another CPU passes. A torch that
computes something else does not; `make snapshots` accepts it and leaves a diff to review.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation

from docrun import Record, printed
from docrun.author import page
from docrun.pytest_plugin import session
from docrun.settings import Settings

ROOT = Path(__file__).parent.parent
PROGRAMS = sorted(
    {
        program
        for file in Settings.load(ROOT).pages()
        for program in page.parse(str(file), file.read_text(encoding="utf-8")).programs
    }
)
NUMBER = re.compile(r"[-+−]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
RELATIVE, NOISE = 1e-3, 1e-7


class Printed(SingleFileSnapshotExtension):
    """One text file per program, at the program's own path below ``snapshots/``; numbers are compared as numbers."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        return str(Path(test_location.filepath).parent / "snapshots")

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: Any = 0) -> str:
        return str(index)

    def matches(self, *, serialized_data: Any, snapshot_data: Any) -> bool:
        return same(str(serialized_data), str(snapshot_data))


def same(now: str, then: str) -> bool:
    """Whether two texts agree: the same words, and numbers that are close. White space does not count."""
    words = [NUMBER.sub("#", text).split() for text in (now, then)]
    if [re.sub(r"[#.\s─-]+", "#", word) for word in words[0]] != [re.sub(r"[#.\s─-]+", "#", word) for word in words[1]]:
        return False
    pairs = zip(NUMBER.findall(now), NUMBER.findall(then), strict=True)
    return all(_close(a.replace("−", "-"), b.replace("−", "-")) for a, b in pairs)


def _close(now: str, then: str) -> bool:
    if re.fullmatch(r"[-+]?\d+", now) and re.fullmatch(r"[-+]?\d+", then):
        return int(now) == int(then)
    return math.isclose(float(now), float(then), rel_tol=RELATIVE, abs_tol=NOISE)


@pytest.fixture(scope="session", autouse=True)
def _started() -> None:
    session(ROOT).prefetch(PROGRAMS)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_prints_what_it_printed(program: str, snapshot: SnapshotAssertion) -> None:
    outcome = session(ROOT).outcome(program)
    assert isinstance(outcome, Record), outcome
    parts = [f"── {name}\n{text}\n" for name, shown in outcome.sections.items() if (text := printed.plain(shown.text))]
    name = program.removeprefix("snippets/").removesuffix(".py").replace("/", ".")
    assert "\n".join(parts) == snapshot(name=name, extension_class=Printed)


@pytest.mark.parametrize(
    ("now", "then", "agree"),
    [
        ("std 16.0981", "std 16.0982", True),
        ("largest difference 3.1e-17", "largest difference 0", True),
        ("layer 28 nan", "layer 29 nan", False),
        ("loss 1.31", "loss 1.35", False),
        ("a  1.0\n", "a 1.0", True),
        ("mean", "sum", False),
    ],
)
def test_numbers_are_compared_as_numbers(now: str, then: str, agree: bool) -> None:
    assert same(now, then) is agree
