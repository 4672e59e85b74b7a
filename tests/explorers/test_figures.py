"""What holds for every explorer: in any state it draws, speaks, keeps its address, and prints a program that runs."""

from __future__ import annotations

import json
import random
import re
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import pytest
import torch

from explorers import draw
from explorers.stage import ROOT, names, pictured
from script import Deno

DRIVER = "tests/explorers/figures.js"
WORDS = json.loads((ROOT / "docs/theme/words/en.json").read_text("utf-8"))
SET_BY_SCRIPT = {
    "copied",
    "not_copied",
    "refused",
    "invalid",
    "invalid_word",
}  # said by ui/ only, in the browser's tests
NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|nan|inf)(?![\w.])")


def words(name: str) -> dict[str, Any]:
    """What an explorer may say."""
    return {**WORDS["common"], **WORDS[name]}


def states(deno: Deno, name: str, count: int) -> list[dict[str, Any]]:
    """The default state, every preset, and random ones."""
    spec = deno.call(DRIVER, "spec", name)
    rng = random.Random(name)
    presets = deno.call(DRIVER, "presets", name)
    return [draw.defaults(spec), *presets, *(draw.state(spec, rng) for _ in range(count))]


@pytest.mark.parametrize("name", names())
def test_every_state_can_be_drawn_and_said(deno: Deno, name: str) -> None:
    for state, parts in zip(
        tried := states(deno, name, 40), deno.call(DRIVER, "shown", name, tried, words(name)), strict=True
    ):
        assert parts["sentence"] and len(parts["pictures"]) == 2, state
        texts = [*parts["pictures"], parts["sentence"], parts["table"], parts["legend"]]
        for text in texts:
            wrong = re.search(r"undefined|NaN|Infinity|\[object|\{\w+\}", text)
            assert not wrong, (state, text[max(0, wrong.start() - 80) : wrong.end() + 40])
        for picture in parts["pictures"]:
            assert 'role="img"' in picture and 'aria-label="' in picture


@pytest.mark.parametrize("name", names())
def test_an_address_leads_back_to_its_state(deno: Deno, name: str) -> None:
    tried = states(deno, name, 40)
    for state, answer in zip(tried, deno.call(DRIVER, "addresses", name, tried), strict=True):
        assert answer["state"] == state and answer["refused"] == []
        others = sum(len(part) + 1 for part in answer["text"].split(";") if re.search(r"\.(first|second)\.", part))
        assert len(answer["text"]) - others < 1500  # nobody sets the options of all children that are not chosen
    assert deno.call(DRIVER, "addresses", name, tried[:1])[0]["text"] == ""


@pytest.mark.parametrize("name", names())
def test_what_an_address_asks_in_vain_is_said(deno: Deno, name: str) -> None:
    spec = deno.call(DRIVER, "spec", name)
    key = next((key for key, field in spec.items() if "max" in field), next(iter(spec)))
    for part in (f"{key}:1e99", f"{key}:", f"{key}:x", "no_such_field:1", "constructor:1"):
        answer = deno.call(DRIVER, "asked", name, f"a;{part}")
        assert answer["refused"] == [part] and answer["state"] == draw.defaults(spec)
    assert deno.call(DRIVER, "asked", name, f"z;{key}:1")["refused"] == [f"z;{key}:1"]


@pytest.mark.parametrize("name", names())
def test_no_word_is_missing_or_too_many(deno: Deno, name: str) -> None:
    tried = states(deno, name, 40)
    used = set(deno.call(DRIVER, "used", name, tried, words(name)))
    assert sorted(set(WORDS[name]) - used) == []


def test_every_explorer_has_words_and_all_words_are_somebodys(deno: Deno) -> None:
    assert set(names()) <= set(WORDS)
    used = {word for name in names() for word in deno.call(DRIVER, "used", name, states(deno, name, 5), words(name))}
    said = (ROOT / "docs/theme/js/ui/mount.js").read_text("utf-8") + (ROOT / "docs/theme/js/ui/hand.js").read_text(
        "utf-8"
    )
    assert all(f'"{word}"' in said for word in SET_BY_SCRIPT)
    assert sorted(set(WORDS["common"]) - used - SET_BY_SCRIPT) == []


@pytest.mark.parametrize("name", pictured())
def test_every_explorer_also_stands_alone(name: str) -> None:
    page = (ROOT / f"docs/en/explore/{name}.md").read_text("utf-8")
    assert f'```explorer name="{name}"\n```' in page, "with its own first state"
    assert f": explore/{name}.md\n" in (ROOT / "mkdocs.yml").read_text("utf-8"), "in the navigation"


def printed(program: str) -> str:
    """What a program prints."""
    out = StringIO()
    try:
        with redirect_stdout(out):
            exec(compile(program, "<copied program>", "exec"), {"__name__": "__main__"})
    finally:
        torch.set_default_dtype(torch.float32)  # programs may set it
    return out.getvalue()


def numbers(text: str) -> list[float]:
    """Every number of a text, in order."""
    return [float(found) for found in NUMBER.findall(text)]


def columns(table: dict[str, Any], wanted: list[int]) -> list[float]:
    """A table's numbers, column by column, without blanks."""
    return [float(row[column]) for column in wanted for row in table["rows"] if row[column] not in ("", None)]


def compare(found: list[float], shown: list[float], what: Any) -> None:
    """The same numbers to the six digits that are printed."""
    assert len(found) == len(shown), what
    for one, other in zip(found, shown, strict=True):
        assert one == pytest.approx(other, rel=2e-5, abs=1e-12, nan_ok=True), what


def test_programs_of_schedules_print_the_table(deno: Deno) -> None:
    name = "schedules"
    tried = states(deno, name, 40)
    for state, table in zip(tried, deno.call(DRIVER, "tables", name, tried, words(name)), strict=True):
        found = re.findall(r"lr (\S+)  momentum (\S+)", printed(table["program"]))
        count = len(state["choose"])
        rates = [float(lr) for lr, _ in found]
        shown = [v for v in columns(table, list(range(1, count + 1))) if v == v]
        compare(rates, shown, state)


def test_programs_of_loss_curves_print_the_table(deno: Deno) -> None:
    name = "loss-curves"
    tried = states(deno, name, 40)
    for state, table in zip(tried, deno.call(DRIVER, "tables", name, tried, words(name)), strict=True):
        found = re.findall(r"loss (\S+)  slope (\S+)", printed(table["program"]))
        for index in range(len(state["choose"])):
            rows = [(row[1 + 2 * index], row[2 + 2 * index]) for row in table["rows"]]
            rows = [row for row in rows if row != ("", "")]
            mine, found = found[: len(rows)], found[len(rows) :]
            compare([float(v) for pair in mine for v in pair], [float(v) for pair in rows for v in pair], state)
        assert not found


def test_programs_of_momentum_print_the_table(deno: Deno) -> None:
    name = "momentum"
    tried = states(deno, name, 40)
    for state, table in zip(tried, deno.call(DRIVER, "tables", name, tried, words(name)), strict=True):
        found = re.findall(r"theta (\S+) (\S+)  loss (\S+)", printed(table["program"]))
        assert len(found) == state["steps"] + 1
        for row, mine in zip(table["rows"], found, strict=True):
            for one, other in zip(mine, row[1:], strict=True):
                assert float(one) == pytest.approx(other, rel=2e-5, abs=1e-12), state


def test_programs_of_cross_entropy_print_the_table(deno: Deno) -> None:
    name = "cross-entropy"
    tried = states(deno, name, 40)
    tables = deno.call(DRIVER, "tables", name, tried, words(name))
    sentences = [parts["sentence"] for parts in deno.call(DRIVER, "shown", name, tried, words(name))]
    for state, table, sentence in zip(tried, tables, sentences, strict=True):
        text = printed(table["program"])
        found = re.findall(r"probability (\S+)  gradient (\S+)", text)
        compare(
            [float(v) for pair in found for v in pair], [v for row in table["rows"] for v in (row[2], row[4])], state
        )
        loss = float(re.findall(r"loss (\S+)", text)[0])
        said = re.findall(r"loss is (\S+)\. ", sentence)[0].replace("−", "-").replace("-0.", "0.")
        assert float(said.replace(",", "")) == pytest.approx(loss, rel=6e-3, abs=1e-12), state


def test_programs_of_ctc_print_the_gradient(deno: Deno) -> None:
    name = "ctc"
    tried = states(deno, name, 40)
    for state, table in zip(tried, deno.call(DRIVER, "tables", name, tried, words(name)), strict=True):
        text = printed(table["program"])
        found = [float(v) for line in text.splitlines() if line.startswith("gradient") for v in line.split()[1:]]
        shown = [float("nan") if v is None else v for row in table["rows"] for v in row[-4:]]
        compare(found, shown, state)


def test_programs_of_signal_print_the_table(deno: Deno) -> None:
    name = "signal"
    tried = states(deno, name, 40)
    for state, table in zip(tried, deno.call(DRIVER, "tables", name, tried, words(name)), strict=True):
        program = table["program"]
        found = sizes(program)
        # With large weights a deep tanh network is chaotic: it doubles the last bit's error in each layer. So torch is
        # also compared with itself, from inputs that are one bit apart, and by an equal formula where rounding decides.
        program = re.sub(r"^activation = .*", EQUAL.get(state["activation"], r"\g<0>"), program, flags=re.M)
        moved = sizes(program.replace("at_the_top =", "x = x * (1 + 2**-52)\nat_the_top ="))
        assert len(found) == len(moved) == state["depth"]
        for row, mine, other in zip(table["rows"], found, moved, strict=True):
            for shown, one, two in zip(row[1:3], mine, other, strict=False):
                room = 1e-150 + 1000 * abs(one - two) if abs(one - two) < float("inf") else 0
                assert shown == pytest.approx(one, rel=2e-5, abs=room, nan_ok=True), state
            # Smooth activations reach 0 by rounding, at a place that is the CPU's own; those with a kink are exact.
            rounding = 1e-6 if state["activation"] in ("relu", "relu6", "identity", "leaky_relu", "hardtanh") else 0.02
            assert row[3] == pytest.approx(mine[2], abs=rounding + 1000 * abs(mine[2] - other[2])), state


# Far below 0, GELU's own formula subtracts two numbers that are equal but for their last bits.
EQUAL = {
    "gelu": "activation = lambda z: z * torch.erfc(-z / 2**0.5) / 2",
    "gelu_tanh": "activation = lambda z: z * torch.sigmoid((8 / torch.pi) ** 0.5 * (z + 0.044715 * z**3))",
}


def sizes(program: str) -> list[list[float]]:
    """What a program of the signal prints, layer by layer."""
    found = re.findall(r"std (\S+)  gradient (\S+)  zeros (\S+)", printed(program))
    return [[float(each) for each in row] for row in found]


def test_programs_of_effective_batch_print_the_gradients(deno: Deno) -> None:
    name = "effective-batch"
    tried = states(deno, name, 40)
    for state, table in zip(tried, deno.call(DRIVER, "tables", name, tried, words(name)), strict=True):
        found = re.findall(r"gradient (\S+) (\S+)", printed(table["program"]))
        shown = [row[3:5] for row in table["rows"]]
        compare([float(v) for pair in found for v in pair], [v for pair in shown for v in pair], state)


def test_programs_of_race_print_the_table(deno: Deno) -> None:
    name = "race"
    tried = states(deno, name, 40)
    for state, table in zip(tried, deno.call(DRIVER, "tables", name, tried, words(name)), strict=True):
        found = re.findall(r"theta (\S+) (\S+)  loss (\S+)", printed(table["program"]))
        assert len(found) == 100 * len(state["choose"])
        for racer in range(len(state["choose"])):
            shown = [row[1 + 3 * racer : 4 + 3 * racer] for row in table["rows"]]
            for one, other in zip(found[100 * racer : 100 * (racer + 1)], shown, strict=True):
                for mine, theirs in zip(one, other, strict=True):
                    assert float(mine) == pytest.approx(theirs, rel=1e-4, abs=1e-10, nan_ok=True), state
