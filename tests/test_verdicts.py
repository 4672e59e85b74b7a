"""The audited pages: every row's verdict and numbers are what its programs print today, so an upgrade names them.

A page is audited by adding its name to ``AUDITED``. Its rows read
``| [Claim](#id){ #id } | part | the text says | *verdict*{ .verdict } | a run says | [link](page.md#heading) |``,
in the order in which the programs print ``id verdict …``. A number in a row stands in its printed line, or in the
message of an assert that quotes the row.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from docrun import Record
from docrun.author import page
from docrun.pytest_plugin import session
from reference import load

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs" / "en"
AUDITED = ("source-note", "errata")
VERDICTS = ("holds", "condition", "changed", "wrong")
ROW = re.compile(
    r"^\| \[[^\]]+\]\(#(?P<target>[\w-]+)\)\{ #(?P<id>[\w-]+) \} \| (?P<part>[\w ]+) \| (?P<says>.+) "
    r"\| \*(?P<verdict>\w+)\*\{ \.(?P<style>\w+) \} \| (?P<run>.+) \| (?P<link>[^|]+) \|$",
    re.M,
)
PRINTED = re.compile(rf"^(?P<id>[\w-]+) +(?P<verdict>{'|'.join(VERDICTS)}|unexplained)\b(?P<values>.*)$", re.M)
LINK = re.compile(r"\]\((?P<page>[^)#]*)#?(?P<heading>[^)]*)\)")
URL = re.compile(r"\]\([^)]*\)")
NUMBER = re.compile(r"(?<![\w.#])\d+(?: \d{3})*(?:\.\d+)?(?:e[-+]?\d+)?(?![\w.]*\w)")
MARKUP = str.maketrans({**dict.fromkeys("$`\\*{} ,"), "−": "-", "√": "sqrt", "≈": "approx", "·": "cdot"})
ANCHOR = re.compile(r"\{ #(?P<id>[\w-]+) \}")


@pytest.fixture(params=AUDITED)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def text(name: str) -> str:
    """The page and that of its runs."""
    return "\n".join((DOCS / f"{each}.md").read_text(encoding="utf-8") for each in (name, f"{name}-runs"))


def rows(text: str) -> list[re.Match[str]]:
    return list(ROW.finditer(text))


def printed(text: str) -> list[re.Match[str]]:
    """What the sections of a page print about claims, in the page's order."""
    found = []
    for example in page.parse("", text).examples:
        if example.section == "tally":  # it counts what the others print
            continue
        outcome = session(ROOT).outcome(example.program)
        assert isinstance(outcome, Record), outcome
        found += PRINTED.finditer(outcome.sections[example.section].text)
    return found


def test_every_verdict_is_what_a_run_gives(text: str) -> None:
    run = {line["id"]: line for line in printed(text)}
    wrong = [
        f"{row['id']}: the page says {row['verdict']}, a run says {line[0].strip() if line else 'nothing'}"
        for row in rows(text)
        if not (line := run.get(row["id"])) or line["verdict"] != row["verdict"]
    ]
    assert not wrong, "\n".join(wrong)


def test_rows_and_runs_have_one_order(text: str) -> None:
    assert [row["id"] for row in rows(text)] == [line["id"] for line in printed(text)]


def test_every_row_of_the_table_is_read(text: str) -> None:
    """A row that this test cannot read would not be compared."""
    table = text[text.index('<div class="table-tools"') :].partition("</div>")[0]
    assert len(rows(text)) == sum(line.startswith("|") for line in table.split("\n")) - 2
    for row in rows(text):
        assert row["target"] == row["id"] and row["style"] == row["verdict"] in VERDICTS, row["id"]


def test_anchors_are_unique(text: str) -> None:
    assert [anchor for anchor, times in Counter(ANCHOR.findall(text)).items() if times > 1] == []


def test_every_row_links_to_a_heading_that_exists(text: str, name: str) -> None:
    for row in rows(text):
        links = list(LINK.finditer(row["link"]))
        assert links, f"{row['id']}: no link"
        for link in links:
            file = DOCS / (link["page"] or f"{name}.md")
            assert file.exists(), f"{row['id']}: {link[0]}"
            if link["heading"]:
                assert link["heading"] in ANCHOR.findall(file.read_text(encoding="utf-8")), f"{row['id']}: {link[0]}"


def test_the_tally_is_right(text: str, name: str) -> None:
    """The program that counts the verdicts counts those of the table."""
    outcome = session(ROOT).outcome(f"snippets/{name}/tally.py")
    assert isinstance(outcome, Record), outcome
    (_, *kinds), *lines = [line.split() for line in outcome.sections["tally"].text.splitlines()]
    tally = {part: dict(zip(kinds, map(int, counts), strict=True)) for part, *counts in lines}
    for part in (*dict.fromkeys(row["part"] for row in rows(text)), "all"):
        counts = Counter(row["verdict"] for row in rows(text) if part in (row["part"], "all"))
        counted = tally.pop(part)
        assert {verdict: counted[verdict] for verdict in VERDICTS} == {verdict: counts[verdict] for verdict in VERDICTS}
        assert [counted[word] for word in counted if word not in VERDICTS] == [counts.total()]
    assert not tally


def quoted(text: str) -> list[str]:
    """The messages of the asserts in a page's programs."""
    asserts = [
        node.msg
        for path in page.parse("", text).programs
        for node in ast.walk(session(ROOT).program(path).tree)
        if isinstance(node, ast.Assert)
    ]
    return [str(message.value) for message in asserts if isinstance(message, ast.Constant)]


def numbers(text: str) -> set[float]:
    """The numbers in a text that a slip of the hand could falsify: decimals, and integers above 12, but no years."""
    written = [found[0].replace(" ", "") for found in NUMBER.finditer(text)]
    kept = {float(number) for number in written if not number.isdigit() or int(number) > 12}
    return {number for number in kept if number not in range(1900, 2030)}


def unbound(cells: str, line: str, messages: list[str]) -> set[float]:
    """The numbers in a row's cells that neither its printed line has nor a message that quotes the cells."""
    cells = URL.sub("]", cells)
    plain = cells.translate(MARKUP)
    quotes = [message for message in messages if message.translate(MARKUP) in plain]
    return numbers(cells) - numbers(" | ".join([line, *quotes]))


def test_every_number_of_a_row_is_what_a_run_gives(text: str) -> None:
    run = {line["id"]: line["values"] for line in printed(text)}
    messages = quoted(text)
    loose = {row["id"]: unbound(f"{row['says']} | {row['run']}", run[row["id"]], messages) for row in rows(text)}
    assert not {name: found for name, found in loose.items() if found}


@pytest.mark.parametrize(
    ("cells", "line", "messages", "loose"),
    [
        ("gives $1.35$", " 1.3500 | 0.8500", [], set()),
        ("gives $1.36$", " 1.3500 | 0.8500", [], {1.36}),
        ("for `n=16`, 257 terms", " ", ["for n=16, 257 terms"], set()),
        ("for `n=16`, 258 terms", " ", ["for n=16, 257 terms"], {16, 258}),
        ("see [#123](https://a.b/123)", " ", [], set()),
        ("searched over 36 000 directions", " ", ["searched over 36 000 directions"], set()),
    ],
)
def test_a_number_is_bound_by_its_row_only(cells: str, line: str, messages: list[str], loose: set[float]) -> None:
    assert unbound(cells, line, messages) == loose


@pytest.mark.parametrize(
    ("told", "found", "more", "verdict"),
    [
        (1.0, 1.0, {}, "holds"),
        (1.0, 1.00001, {}, "holds"),
        (1.0, 1.0, {"without": 1.0}, "holds"),
        (1.0, 1.0, {"without": 2.0}, "condition"),
        ("zeros", "None", {"then": "zeros"}, "changed"),
        ("zeros", "None", {"then": "None"}, "unexplained"),
        (1.0, 2.0, {"right": 2.0}, "wrong"),
        (1.0, 2.0, {"right": 3.0}, "unexplained"),
        (1.0, 2.0, {}, "unexplained"),
        (1.0, 2.0, {"without": 3.0}, "unexplained"),
        ([1.0, 2.0], [1.0, 2.5], {"right": [1.0, 2.5]}, "wrong"),
    ],
)
def test_values_decide_the_verdict(
    name: str, told: object, found: object, more: dict[str, object], verdict: str, capsys: pytest.CaptureFixture[str]
) -> None:
    load(f"{name}/_claim", "claim").claim("row", told, found, **more)
    line = PRINTED.match(capsys.readouterr().out)
    assert line and line["verdict"] == verdict
