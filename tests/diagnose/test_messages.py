"""The page of messages: every text comes from a run of the installed torch, and has a row, a cause and a cure."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from docrun import Record
from docrun.author import page
from docrun.printed import plain, texts
from docrun.pytest_plugin import session

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docs" / "en" / "diagnose" / "messages.md"
SNAPSHOTS = ROOT / "tests" / "snapshots"
ROW = re.compile(
    r"^\| \[(?P<id>[\w-]+)\]\(#(?P=id)\)\{ #(?P=id) \} !\[\]\(#text-(?P=id)\) \| (?P<cause>.+) \[[^\]]+\]\(\S+\) "
    r"\| !\[python\]\(#text-(?P=id)-cure\) \| (?P<part>[\w ]+) \| `(?P<call>[^`]+)` \|$",
    re.M,
)
AT_LEAST = 120
LINES = 7  # of a cure; most have one to three


def table() -> str:
    return FILE.read_text(encoding="utf-8").partition('<div class="table-tools')[2].partition("</div>")[0]


@cache
def printed() -> dict[str, str]:
    """Every text that the page's programs print, by name, in their order."""
    found: dict[str, str] = {}
    for example in page.parse("", FILE.read_text(encoding="utf-8")).examples:
        if example.output:
            outcome = session(ROOT).outcome(example.program)
            assert isinstance(outcome, Record), outcome
            found |= texts(plain(outcome.sections[example.section].text))
    return found


def accepted() -> dict[str, str]:
    """The texts as they were when a person last looked at them."""
    found: dict[str, str] = {}
    for file in sorted(SNAPSHOTS.glob("diagnose.messages.*.txt")):
        for section in re.split(r"^── .*$", file.read_text(encoding="utf-8"), flags=re.M):
            found |= texts(section.strip("\n"))
    return found


def test_every_row_of_the_table_is_read() -> None:
    rows = list(ROW.finditer(table()))
    assert len(rows) == sum(line.startswith("|") for line in table().split("\n")) - 2
    assert len(rows) >= AT_LEAST


def test_every_message_has_a_row_and_every_row_a_message_and_a_cure() -> None:
    rows = [row["id"] for row in ROW.finditer(table())]
    assert [name for row in rows for name in (row, f"{row}-cure")] == list(printed())


def test_what_torch_says_is_what_it_said() -> None:
    """An upgrade of torch names here what it reworded; ``make snapshots`` accepts it."""
    now, then = printed(), accepted()
    assert now.keys() == then.keys()
    reworded = [f"{name}:\n  was {then[name]}\n  is  {text}" for name, text in now.items() if text != then[name]]
    assert not reworded, "\n".join(reworded)


def test_a_message_begins_with_the_kind_of_error_or_warning() -> None:
    messages = {name: text for name, text in printed().items() if not name.endswith("-cure")}
    wrong = [name for name, text in messages.items() if not re.match(r"\w+(?:Error|Warning): \S", text)]
    assert not wrong


def test_no_message_names_a_place_in_memory_or_on_the_machine_that_built_torch() -> None:
    assert not [name for name, text in printed().items() if re.search(r"0x[0-9a-f]{6,}|Triggered internally", text)]


def test_a_cure_is_short() -> None:
    long = {name: text for name, text in printed().items() if name.endswith("-cure") and text.count("\n") >= LINES}
    assert not long


def test_a_cause_is_one_or_two_sentences() -> None:
    for row in ROW.finditer(table()):
        assert row["cause"].strip()[-1] in ".?", row["id"]
        assert len(row["cause"].split()) <= 40, row["id"]
