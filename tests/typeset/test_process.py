"""An engine must not keep Python from ending."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import typeset
from script import Deno, ScriptError
from typeset_host import ROOT


def python_ends(program: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30, env=environment)


DRAW = "import typeset; from typeset.engine import Engine, Source; "


@pytest.mark.parametrize(
    "program",
    [
        DRAW + "typeset.Typesetter().typeset([('x', False, '')])",
        DRAW + "typeset.Typesetter().typeset([('x', False, '')]); typeset.close(); typeset.close()",
        DRAW + "a, b = Engine(), Engine(); assert a.render([Source('x', True)]) == b.render([Source('x', True)]); "
        "a.close(); b.close()",
        DRAW + "typeset.Typesetter().typeset([('x', False, '')]); typeset.close(); "
        "typeset.Typesetter().typeset([('x', False, '')])",
        DRAW + "typeset.Typesetter().typeset([('x', False, '')]); raise SystemExit(0)",
        "import asyncio; " + DRAW + "draw = lambda: typeset.Typesetter().typeset([('x', False, '')])\n"
        "async def main(): draw(); typeset.close(); draw()\n"
        "asyncio.run(main())",
    ],
    ids=["forgotten", "closed twice", "two engines", "started again", "system exit", "event loop"],
)
def test_python_ends(program):
    python_ends(program)


def test_importing_starts_nothing():
    program = (
        "import sys, typeset; from typeset import engine; assert not engine.running() and 'mkdocs' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        timeout=30,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )


def test_an_engine_may_be_started_in_one_thread_and_ended_in_another():
    """What MkDocs does when a preview builds in one thread and ends in another."""
    python_ends(
        "from concurrent.futures import ThreadPoolExecutor; " + DRAW + "draw = lambda: "
        "typeset.Typesetter().typeset([('x', False, '')])\n"
        "for _ in range(3):\n"
        "    with ThreadPoolExecutor(1) as one: one.submit(draw).result()\n"
        "    with ThreadPoolExecutor(1) as other: other.submit(typeset.close).result()\n"
        "draw()"
    )


def test_a_process_that_died_is_told_and_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    typesetter = typeset.Typesetter()
    [before] = typesetter.typeset([("x", False, "")])
    monkeypatch.setattr(Deno, "call", _refuse)
    with pytest.raises(typeset.EngineError, match="deno ended with code 9"):
        typesetter.typeset([("y", False, "")])
    monkeypatch.undo()
    assert typesetter.typeset([("x", False, "")]) == [before]


def _refuse(*_: object) -> None:
    raise ScriptError("deno ended with code 9")
