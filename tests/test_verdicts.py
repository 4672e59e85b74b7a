"""The audited pages: every row's verdict is what its page's programs print today, so an upgrade names what it changes.

A page is audited by adding its name to ``AUDITED``. Its rows read
``| [Claim](#id){ #id } | part | the text says | *verdict*{ .verdict } | a run says | [link](page.md#heading) |``,
in the order in which the programs print ``id verdict …``.
"""

from __future__ import annotations

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
    r"^\| \[[^\]]+\]\(#(?P<target>[\w-]+)\)\{ #(?P<id>[\w-]+) \} \| (?P<part>[\w ]+) \| .+ "
    r"\| \*(?P<verdict>\w+)\*\{ \.(?P<style>\w+) \} \| .+ \| (?P<link>[^|]+) \|$",
    re.M,
)
PRINTED = re.compile(rf"^(?P<id>[\w-]+) +(?P<verdict>{'|'.join(VERDICTS)}|unexplained)\b(?P<values>.*)$", re.M)
LINK = re.compile(r"\]\((?P<page>[^)#]*)#?(?P<heading>[^)]*)\)")
ANCHOR = re.compile(r"\{ #(?P<id>[\w-]+) \}")


@pytest.fixture(params=AUDITED)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def text(name: str) -> str:
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def rows(text: str) -> list[re.Match[str]]:
    return list(ROW.finditer(text))


def printed(text: str) -> list[re.Match[str]]:
    """What the sections of a page print about claims, in the page's order."""
    found = []
    for example in page.parse("", text).examples:
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


def test_the_tally_is_right(text: str) -> None:
    for part in dict.fromkeys(row["part"] for row in rows(text)):
        counts = Counter(row["verdict"] for row in rows(text) if row["part"] == part)
        line = [part, *(str(counts[verdict]) for verdict in VERDICTS), str(counts.total())]
        assert f"| {' | '.join(line)} |" in text
    counts = Counter(row["verdict"] for row in rows(text))
    line = ["**all**", *(str(counts[verdict]) for verdict in VERDICTS), str(counts.total())]
    assert f"| {' | '.join(line)} |" in text


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
