"""The cache: hits start nothing, damage is a miss, two builds at once are safe."""

from __future__ import annotations

import json
import logging
import threading
import time
from pathlib import Path

import pytest

from docrun.shards import Shards
from typeset import Macros, Typesetter, close
from typeset import engine as engine_module
from typeset.cache import Cache, key
from typeset.engine import Drawn, Source
from typeset.typesetter import forget
from typeset_host import host

PAGE = "$x$ and $\\vtheta$\n\n$$\n\\begin{align} a &= 1 \\label{eq:a} \\\\ b &= 2 \\label{eq:b} \\end{align}\n$$"
SOME = Drawn("<path/>", "0 0 1 1", 1.0, 2.0, 0.5, "<mi>x</mi>", (None, 1.5))


def test_second_build_starts_no_engine(tmp_path):
    first = host(cache=str(tmp_path)).convert(PAGE)
    close()
    forget()
    assert host(cache=str(tmp_path)).convert(PAGE) == first
    assert not engine_module.running()


def test_address_depends_on_everything_that_matters():
    r = (("R", r"\mathbb{R}"),)
    sources = [
        Source("x", False),
        Source("x", True),
        Source("y", False),
        Source("x", False, "", r),
        Source("x", True, "x"),
    ]
    assert len({key(source) for source in sources}) == len(sources)


def test_a_changed_macro_touches_only_its_formulas(tmp_path):
    Typesetter(Macros.parse(r"\newcommand{\a}{x}"), tmp_path).typeset([(r"\a", False, ""), ("y", False, "")])
    changed = Typesetter(Macros.parse(r"\newcommand{\a}{z}"), tmp_path)
    close()
    changed.typeset([("y", False, "")])
    assert not engine_module.running()
    changed.typeset([(r"\a", False, "")])
    assert engine_module.running()


def test_what_is_written_is_read_back(tmp_path):
    cache = Cache(tmp_path)
    cache.put("a1", SOME)
    cache.flush()
    assert Cache(tmp_path).get("a1") == SOME
    assert Cache(tmp_path).get("a2") is None
    assert not list(tmp_path.glob(".*"))  # no temporary file is left


@pytest.mark.parametrize("content", ["", "{", "[]", '{"a1": 3}', '{"a1": {"body": "x"}}', '{"a1": null}', "\x00\xff"])
def test_damage_is_a_miss_with_a_warning(tmp_path, content, caplog):
    (tmp_path / "a.json").write_text(content, encoding="latin-1")
    with caplog.at_level(logging.WARNING, "typeset"):
        cache = Cache(tmp_path)
        assert cache.get("a1") is None
    assert "it is made again" in caplog.text
    cache.put("a1", SOME)
    cache.flush()
    assert Cache(tmp_path).get("a1") == SOME


def test_wrong_types_in_an_entry_are_damage(tmp_path):
    cache = Cache(tmp_path)
    cache.put("a1", SOME)
    cache.flush()
    file = tmp_path / "a.json"
    file.write_text(file.read_text().replace('"width":1.0', '"width":"wide"'))
    assert Cache(tmp_path).get("a1") is None


def test_a_folder_that_cannot_be_written_does_not_stop_the_build(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    page = host(cache=str(tmp_path / "file" / "cache")).convert("$x$")
    assert "<svg" in page
    assert "cannot write the cache" in caplog.text


def test_failures_are_not_cached(tmp_path):
    typesetter = Typesetter(None, tmp_path)
    assert typesetter.typeset([(r"\foo", False, "")]) == [r"Undefined control sequence \foo"]
    typesetter.flush()
    assert not list(tmp_path.iterdir())


def test_builds_at_once_lose_nothing_that_matters(tmp_path):
    def build(number: int) -> None:
        for step in range(20):
            cache = Cache(tmp_path)
            cache.put(f"a{number}-{step}", SOME)
            cache.flush()
            assert cache.get(f"a{number}-{step}") == SOME

    threads = [threading.Thread(target=build, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    content = json.loads((tmp_path / "a.json").read_text())
    assert content and all(Cache(tmp_path).get(name) == SOME for name in content)


def test_a_shard_does_not_grow_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr("docrun.shards.MOST", 3)
    for n in range(5):
        cache = Cache(tmp_path)
        cache.put(f"a{n}", SOME)
        cache.flush()
    assert list(json.loads((tmp_path / "a.json").read_text())) == ["a2", "a3", "a4"]


def test_a_full_shard_keeps_the_formulas_in_use(tmp_path, monkeypatch):
    monkeypatch.setattr("docrun.shards.MOST", 3)
    for n in range(3):
        Cache(tmp_path).put(f"a{n}", SOME)
    first = Cache(tmp_path)
    for n in range(3):
        first.put(f"a{n}", SOME)
    first.flush()
    again = Cache(tmp_path)
    assert again.get("a0") and again.get("a1")
    again.put("a3", SOME)
    again.flush()
    assert set(json.loads((tmp_path / "a.json").read_text())) == {"a0", "a1", "a3"}


def test_new_formulas_do_not_read_the_shard_again_and_again(tmp_path, monkeypatch):
    reads = []
    read = Shards._read
    monkeypatch.setattr(Shards, "_read", lambda self, shard: reads.append(shard) or read(self, shard))
    cache = Cache(tmp_path)
    for n in range(100):
        assert cache.get(f"a{n}") is None
        cache.put(f"a{n}", SOME)
    cache.flush()
    assert len(reads) == 2  # once to look, once to write on top of what others wrote


def test_thousands_of_known_formulas_take_no_time(tmp_path: Path):
    cache = Cache(tmp_path)
    formulas = [(rf"\alpha_{{{n}}} + \vtheta", False, "") for n in range(3000)]
    macros = Macros.parse(r"\newcommand{\vtheta}{\theta}")
    for tex, display, tagged in formulas:
        cache.put(
            key(Source(tex, display, tagged, macros.used(tex))),
            Drawn("x" * 3000, "0 0 1 1", 1.0, 1.0, 0.0, "<mi>x</mi>"),
        )
    cache.flush()
    begin = time.process_time()
    results = Typesetter(macros, tmp_path).typeset(formulas)
    assert time.process_time() - begin < 1.5  # 0.2 s when nothing else runs
    assert all(isinstance(result, Drawn) for result in results)
