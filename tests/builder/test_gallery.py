"""The gallery: real runs, each made once; rows whose links open what they show."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import markdown
import pytest

from builder import gallery
from builder.runs import RunError, Runs
from docrun import Fault
from emitted import training
from script import Deno
from sitekit import fences

ROOT = Path(__file__).parents[2]


def text(emitted: Any, **run: Any) -> str:
    return str(emitted("program", training.program(run={"plot": False, "progress": False, **run}))["text"])


def test_a_program_runs_once_and_is_remembered(emitted: Any, tmp_path: Path) -> None:
    programs = {"one": text(emitted, epochs=1), "two": text(emitted, epochs=2)}
    first = Runs(tmp_path).of(programs)
    assert [len(first[name]["history"]) for name in ("one", "two")] == [1, 2]
    assert 0 <= first["two"]["accuracy"] <= 1
    assert Runs(tmp_path).of({"other": programs["two"]}) == {"other": first["two"]}
    fresh = Runs(tmp_path / "fresh").of({"two": programs["two"]})
    assert fresh == {"two": first["two"]}, "a second cold run gives the same digits"


def test_a_program_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="ZeroDivisionError"):
        Runs(tmp_path).of({"bad": "1 / 0"})


def test_a_failing_program_is_a_fault_with_page_and_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> str:
        raise RunError("a program of the gallery failed:\nZeroDivisionError: division by zero")

    monkeypatch.setattr(gallery, "html", fails)
    heard: list[Fault] = []
    monkeypatch.setattr(fences.HOST, "path", "docs/en/gallery.md")
    monkeypatch.setattr(fences.HOST, "report", heard.append)
    shown = markdown.markdown("# Nets\n\n```nets\n```\n\nbelow\n", extensions=["builder.gallery"])
    assert "below" in shown and "division by zero" in heard[0].detail
    assert str(heard[0]).startswith("docs/en/gallery.md:3") and "a program of the gallery failed" in str(heard[0])


@pytest.fixture(scope="module")
def rows(table: dict[str, Any]) -> str:
    every = json.loads((ROOT / "docs/theme/words/en.json").read_text())
    words = {**every["common"], **every["builder"], **every["gallery"]}
    with Deno(ROOT / "docs/theme/js") as deno:
        programs = deno.call("build/ui/gallery.js", "programs", table, words, "en")
        runs = {name: {"history": [[1.0, 0.9], [0.5, 0.6]], "accuracy": 0.75} for name in programs}
        runs["ctc"]["accuracy"] = None
        return str(deno.call("build/ui/gallery.js", "render", table, words, "en", runs, "../build/"))


def test_every_preset_has_a_row_with_its_numbers(rows: str, emitted: Any) -> None:
    names = list(emitted("presets"))
    assert re.findall(r'<h2 id="net-(\w+)"', rows) == names
    assert rows.count('class="build-diagram"') == rows.count('class="explorer-picture"') == len(names)
    assert (
        "2 epochs: training loss 0.5, test loss 0.6 at the end. 75\u00a0% of the test targets predicted right." in rows
    )
    assert rows.count("predicted right") == 2 * (len(names) - 1)  # as a label and as a caption; not for CTC
    for name in names:
        made = emitted("program", emitted("preset", name))
        assert f"{made['params']:,}" in rows, name


def test_a_row_s_link_is_the_preset(rows: str, emitted: Any) -> None:
    links = [html.unescape(link) for link in re.findall(r'href="\.\./build/(#[^"]+)"', rows)]
    presets = emitted("presets")
    assert len(links) == len(presets)
    for link, (name, preset) in zip(links, presets.items(), strict=True):
        assert emitted("opened", link) == emitted("written", preset), name


def test_no_word_of_the_gallery_is_never_said() -> None:
    words = json.loads((ROOT / "docs/theme/words/en.json").read_text())["gallery"]
    files = [*(ROOT / "docs/theme/js/build/ui").glob("*.js"), *(ROOT / "src/builder").glob("*.py")]
    source = "\n".join(file.read_text() for file in files)
    prefixed = tuple(re.findall(r"say\(`([\w.]+)\$\{", source))
    canvases = {"see.picture", "see.mask", "see.disc", "see.square", "see.clear"}
    for word in set(words) - canvases:
        assert f'"{word}"' in source or word.startswith(prefixed), word
