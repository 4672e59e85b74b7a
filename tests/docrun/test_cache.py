"""The cache: whole entries or none, and nothing that could be out of date."""

from __future__ import annotations

import errno
import json
import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from docrun import Drawing, Record, Shown, Warned, files
from docrun.author import program
from docrun.host import versions
from docrun.host.cache import Cache

RECORD = Record(
    {"one": Shown("NaN θ ✓ \ufffd\n", (Drawing("<g/>", 640.0, 480.5),)), "two": Shown()},
    (Warned(3, "UserWarning", "\ud800 odd"), Warned(None, "FutureWarning", "")),
    0.25,
    "3.11.7",
    {"numpy": "2.0"},
    ("numpy",),
)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path, tmp_path / ".cache")


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The versions that are installed, for the test to change."""
    known = {"numpy": "2.0"}
    monkeypatch.setattr(versions, "version", lambda name: known.get(name, ""))
    return known


def test_a_record_comes_back_as_it_was(cache: Cache) -> None:
    cache.put("k", RECORD)
    assert cache.get("k") == RECORD


def test_an_unknown_entry_is_a_miss_without_a_word(cache: Cache, caplog: pytest.LogCaptureFixture) -> None:
    assert cache.get("k") is None
    assert not caplog.records


def _with(**changes: Any) -> str:
    record = {**RECORD.to_json(), **changes}
    return files.seal(json.dumps({"key": "k", "record": record}))


DAMAGED = {
    "empty": "",
    "truncated": lambda text: text[: len(text) // 2],
    "one byte less": lambda text: text[:-1],
    "not text": b"\xff\xfe\x00",
    "garbage": "hello",
    "another shape": "[]",
    "no record": '{"key": "k"}',
    "written under another name": lambda text: text.replace('"k"', '"j"', 1),
    "one letter changed": lambda text: text.replace("NaN", "NaM"),
    "nested without end": "[" * 100_000,
    "a record without sections": lambda _: _with(sections=None),
    "a text that is a number": lambda _: _with(sections={"one": {"text": 3, "drawings": []}}),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_entry_is_a_miss_with_a_warning(cache: Cache, name: str, caplog: pytest.LogCaptureFixture) -> None:
    cache.put("k", RECORD)
    file = cache.folder / "k.json"
    damage = DAMAGED[name]
    damaged = damage(file.read_text()) if callable(damage) else damage
    file.write_bytes(damaged if isinstance(damaged, bytes) else damaged.encode())
    assert cache.get("k") is None
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "cache entry k.json is damaged" in caplog.text
    cache.put("k", RECORD)
    assert cache.get("k") == RECORD


def test_another_version_of_what_the_program_imported_is_a_miss(cache: Cache, installed: dict[str, str]) -> None:
    cache.put("k", RECORD)
    installed["numpy"] = "2.1"
    assert cache.get("k") is None
    del installed["numpy"]
    assert cache.get("k") is None
    installed["numpy"] = "2.0"
    assert cache.get("k") == RECORD


def test_a_changed_file_that_the_program_read_is_a_miss(cache: Cache, tmp_path: Path) -> None:
    import hashlib

    (tmp_path / "data.csv").write_text("1\n")
    cache.put("k", Record({}, files={"data.csv": hashlib.sha256(b"1\n").hexdigest()}))
    assert cache.get("k")
    (tmp_path / "data.csv").write_text("2\n")
    assert cache.get("k") is None
    (tmp_path / "data.csv").unlink()
    assert cache.get("k") is None


def test_the_name_of_an_entry_depends_on_all_that_is_known_before_the_run(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {
        cache.key(program.cut("a.py", "x = 1"), ""),
        cache.key(program.cut("b.py", "x = 1"), ""),
        cache.key(program.cut("a.py", "x = 2"), ""),
        cache.key(program.cut("a.py", "x = 1"), "lines.linewidth: 2"),
    }
    monkeypatch.setattr("docrun.host.cache.runner_version", lambda: "other")
    keys.add(cache.key(program.cut("a.py", "x = 1"), ""))
    monkeypatch.setattr("platform.python_version", lambda: "3.99")
    keys.add(cache.key(program.cut("a.py", "x = 1"), ""))
    assert len(keys) == 6


def test_a_folder_that_cannot_be_written_is_told_once(cache: Cache, caplog: pytest.LogCaptureFixture) -> None:
    cache.folder.write_text("a file in the folder's place")
    cache.put("k", RECORD)
    cache.put("l", RECORD)
    assert cache.text("p", ["x"], lambda: "made") == "made"
    assert cache.get("k") is None
    assert caplog.text.count("cannot write the cache") == 1


@pytest.mark.parametrize("step", ["write", "replace"])
def test_a_full_disk_leaves_nothing_half_written(
    cache: Cache, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, step: str
) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    cache.put("k", RECORD)
    monkeypatch.setattr(*{"write": ("builtins.open", full), "replace": ("os.replace", full)}[step])
    cache.put("k", Record({}))
    cache.put("l", Record({}))
    monkeypatch.undo()
    monkeypatch.setattr(versions, "version", lambda name: "2.0")
    assert "No space left on device" in caplog.text
    assert os.listdir(cache.folder) == ["k.json"]
    assert cache.get("k") == RECORD


def test_a_text_is_made_once(cache: Cache) -> None:
    made: list[str] = []

    def make() -> str:
        made.append("x")
        return "line\nθ"

    assert cache.text("p", ["a"], make) == cache.text("p", ["a"], make) == "line\nθ"
    assert made == ["x"]
    assert cache.text("p", ["b"], make)
    assert made == ["x", "x"]


def test_a_damaged_text_is_made_again(cache: Cache) -> None:
    cache.text("p", ["a"], lambda: "whole")
    (file,) = cache.entries()
    for damaged in (b"", b"\xff", file.read_bytes()[:-1], b"\0" * 100):
        file.write_bytes(damaged)
        assert cache.text("p", ["a"], lambda: "whole") == "whole"


def test_evict_keeps_what_is_named_and_what_another_language_still_needs(cache: Cache) -> None:
    for name in ("k", "l"):
        cache.put(name, RECORD)
    cache.text("docs/en/a.md", ["old"], lambda: "old")
    cache.text("docs/zh/a.md", ["zh"], lambda: "zh")
    cache.text("docs/en/gone.md", ["gone"], lambda: "gone")
    later = Cache(cache.root, cache.folder)
    later.text("docs/en/a.md", ["new"], lambda: "new")
    assert later.evict(["k"], ["docs/en/a.md", "docs/zh/a.md"]) == 3
    assert sorted(file.suffix for file in later.entries()) == [".json", ".txt", ".txt"]
    assert later.get("k") == RECORD
    assert later.text("docs/zh/a.md", ["zh"], lambda: "made again") == "zh"


def test_evict_removes_what_a_killed_build_left_but_not_what_another_is_writing(cache: Cache) -> None:
    cache.put("k", RECORD)
    old, new = cache.folder / ".new-old", cache.folder / ".new-now"
    for file in (old, new):
        file.write_text("{")
    os.utime(old, (time.time() - 9000,) * 2)
    cache.evict(["k"])
    assert not old.exists()
    assert new.exists()


def test_evict_without_a_folder(cache: Cache) -> None:
    assert cache.evict([]) == 0


WRITER = """
import sys
from pathlib import Path
from docrun import Record, Shown
from docrun.host.cache import Cache
cache = Cache(Path(sys.argv[1]), Path(sys.argv[1], ".cache"))
for number in range(150):
    cache.put("k", Record({"one": Shown(sys.argv[2] * 20_000)}))
    record = cache.get("k")
    assert record and len(set(record.sections["one"].text)) == 1, "a mixture"
    cache.evict(["k"])
"""


def test_two_processes_write_one_entry(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    writers = [subprocess.Popen([*command, letter], stderr=subprocess.PIPE, text=True) for letter in "ab"]
    said = [writer.communicate(timeout=60)[1] for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0], said
    assert said == ["", ""]
    assert os.listdir(tmp_path / ".cache") == ["k.json"]
