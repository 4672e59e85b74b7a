"""From a page of torch's names to the builder: programs that run, and a line on the page that opens them."""

from __future__ import annotations

import html
import itertools
import json
import os
import re
from pathlib import Path
from typing import Any

import markdown
import pytest

from builder import uses
from emitted import run
from sample import some

ROOT = Path(__file__).parents[2]


def names(table: dict[str, Any]) -> dict[str, str]:
    parts = {"losses": "loss", "optimizers": "opt", "schedulers": "sched", "inits": "init"}
    return {name: key for part, key in parts.items() for name in table[part]}


def test_every_name_has_a_program_that_uses_it_and_runs(table: dict[str, Any], emitted: Any) -> None:
    uses = emitted("uses")
    assert set(uses) == set(names(table)) and len(uses) == 68
    for name in some(sorted(uses), 12):
        made = uses[name]
        assert name in json.dumps(made[names(table)[name]])
        made["run"] = {"epochs": 1, "plot": False, "progress": False}
        with run.shortened(2):
            run.execute(emitted("program", made)["text"], accept="The epoch parameter in `scheduler.step")


def test_the_builder_has_nothing_against_them(table: dict[str, Any], emitted: Any) -> None:
    # Pages of starts that do not train, and of what the loss asks for as it is.
    meant = {"zeros_", "ones_", "constant_", "eye_", "sparse_", "uniform_", "normal_", "orthogonal_"}
    for name, made in emitted("uses").items():
        bad = [each for each in emitted("findings", made) if not each.startswith("note")]
        assert name in meant or not bad, f"{name}: {bad}"
        assert not any(each.startswith("error") for each in bad), f"{name}: {bad}"


def rendered(text: str) -> str:
    options = {"builder.uses": {"root": str(ROOT)}}
    return markdown.markdown(text, extensions=["attr_list", "builder.uses"], extension_configs=options)


def test_a_page_opens_the_builder_with_its_name(emitted: Any) -> None:
    made = rendered("# AdamW { #adamw }\n\nIt decays.\n\n## The rule { #rule }\n\n## More\n")
    assert made.index("It decays") < made.index("Open the builder with AdamW") < made.index("The rule")
    [link] = re.findall(r'href="\.\./\.\./build/(#[^"]+)"', made)
    assert json.loads(emitted("opened", html.unescape(link)))["opt"] == ["AdamW"]


def test_other_pages_stay_as_they_are() -> None:
    for text in ("# Momentum\n\n## Why\n", "# AdamW\n\nno second heading\n", "## AdamW\n"):
        assert "build" not in rendered(text)


def test_under_serve_an_edited_module_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.js").write_text("")
    count = itertools.count()
    monkeypatch.setattr(uses, "made", lambda *_: {"SGD": str(next(count))})
    first = [uses.links(tmp_path, ".", "cache")["SGD"] for _ in range(2)]
    os.utime(tmp_path / "a.js", ns=(0, 2**62))
    assert first == ["0", "0"] and uses.links(tmp_path, ".", "cache")["SGD"] == "1"
