"""Every word that the builder can say stands in the words' file, and no word stands there that it never says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
EVERY = json.loads((ROOT / "docs/theme/words/en.json").read_text("utf-8"))
WORDS: dict[str, Any] = {**EVERY["common"], **EVERY["builder"]}
FILES = sorted((ROOT / "docs/theme/js/build").rglob("*.js"))
SOURCE = "\n".join(file.read_text("utf-8") for file in FILES)


def known(prefix: str) -> set[str]:
    """The words behind a prefix."""
    return {word.removeprefix(prefix) for word in WORDS if word.startswith(prefix)}


def test_every_word_that_is_named_is_there() -> None:
    said = set(re.findall(r'words\.say\(\s*"([\w.]+)"', SOURCE))
    assert said - {word for part in EVERY.values() for word in part} == set()


def test_no_word_is_never_said() -> None:
    prefixes = set(re.findall(r"(?:say|has)\(`([\w.]+)\$\{", SOURCE))
    unsaid = {word for word in EVERY["builder"] if f'"{word}"' not in SOURCE}
    assert {word for word in unsaid if not any(word.startswith(prefix) for prefix in prefixes)} == set()


def test_every_kind_of_thing_has_its_word(call: Any, table: dict[str, Any]) -> None:
    codes = set(re.findall(r'"(?:error|warn|note)", "(\w+)"', SOURCE))
    codes |= set(re.findall(r'\? "(softmax_twice_any)" : "(softmax_twice)"', SOURCE)[0])
    assert known("pair.") == codes
    assert known("trouble.") == set(re.findall(r'new Unfit\("(\w+)"', SOURCE)) | {"mixes"}
    thrown = set(re.findall(r'new ProgramError\("(\w+)"', SOURCE))
    assert known("refused.") == thrown
    assert known("problem.") == set(re.findall(r'code: "(\w+)", name', SOURCE)) - {"insert"}
    assert known("fix.") == {"unset", "set", "insert"}
    assert known("preset.") == set(call("words.presets"))
    assert known("group.") == {entry["group"] for entry in table["layers"].values()} | {"named", "structure"}
    assert known("reason.") == set(table["left_out"].values())
    assert known("did.") - set(call("words.edits")) == {"undo", "redo"}


def test_no_sentence_about_an_argument_is_about_none(call: Any, table: dict[str, Any]) -> None:
    parts = [table[part] for part in ("layers", "own", "inits", "losses", "optimizers", "schedulers")]
    named = {each["name"] for part in parts for entry in part.values() for each in entry["args"]}
    assert known("arg.") - named - set(call("words.options")) == set()


def test_every_comment_of_a_program_has_its_word() -> None:
    assert known("note.") == set(re.findall(r"# \{(\w+)\}", SOURCE)) - {"key"}
