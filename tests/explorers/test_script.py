"""The deno process: values arrive as they were sent, and every way to fail says what failed."""

from __future__ import annotations

import math
from array import array
from pathlib import Path

import pytest

from script import Deno, Floats, ScriptError

MODULE = """
export const echo = (value) => value;
export const kind = (value) => Object.prototype.toString.call(value);
export const nested = { deep: { add: (a, b) => a + b } };
export const fail = () => { throw new Error("no such weight"); };
export const hang = () => { for (;;) { /* for ever */ } };
export const leave = () => Deno.exit(3);
export const chatty = () => { console.log("between the answers"); return 1; };
export const peek = (path) => Deno.readTextFileSync(path);
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "m.js").write_text(MODULE, encoding="utf-8")
    return tmp_path


def test_doubles_come_back_bit_for_bit(folder: Path) -> None:
    values = [0.1, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1.7976931348623157e308]
    with Deno(folder) as deno:
        back = deno.call("m.js", "echo", Floats(values))
        assert back.tobytes() == array("d", values).tobytes()
        assert deno.call("m.js", "kind", Floats(values)) == "[object Float64Array]"
        assert deno.call("m.js", "kind", [1.0]) == "[object Array]"


def test_numbers_that_json_does_not_know_arrive(folder: Path) -> None:
    with Deno(folder) as deno:
        back = deno.call("m.js", "echo", {"a": [math.inf, -math.inf, math.nan, None, "text", 2**53]})
    assert back["a"][:2] == [math.inf, -math.inf]
    assert math.isnan(back["a"][2])
    assert back["a"][3:] == [None, "text", 2**53]


def test_dots_reach_into_exported_objects(folder: Path) -> None:
    with Deno(folder) as deno:
        assert deno.call("m.js", "nested.deep.add", 2, 3) == 5


def test_what_a_module_prints_is_no_answer(folder: Path) -> None:
    with Deno(folder) as deno:
        assert deno.call("m.js", "chatty") == 1


def test_an_error_names_the_module_the_function_and_the_cause(folder: Path) -> None:
    with Deno(folder) as deno:
        with pytest.raises(ScriptError, match=r"m\.js: fail failed: Error: no such weight"):
            deno.call("m.js", "fail")
        assert deno.call("m.js", "nested.deep.add", 1, 1) == 2  # the process lives on
        with pytest.raises(ScriptError, match=r"no function nested\.gone"):
            deno.call("m.js", "nested.gone")
        with pytest.raises(ScriptError, match=r"other\.js: no such module"):
            deno.call("other.js", "f")


def test_a_call_that_never_ends_is_ended(folder: Path) -> None:
    with Deno(folder, timeout=1.5) as deno:
        with pytest.raises(ScriptError, match=r"hang gave no answer within 1\.5 s"):
            deno.call("m.js", "hang")
        deno.timeout = 60
        assert deno.call("m.js", "nested.deep.add", 1, 1) == 2  # a new process


def test_a_process_that_dies_says_so(folder: Path) -> None:
    with Deno(folder) as deno, pytest.raises(ScriptError, match="leave: deno ended with code 3"):
        deno.call("m.js", "leave")


def test_a_module_may_read_nothing_else(folder: Path) -> None:
    with Deno(folder) as deno, pytest.raises(ScriptError, match="read access"):
        deno.call("m.js", "peek", "/etc/hostname")
