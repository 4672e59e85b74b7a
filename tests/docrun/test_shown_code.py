"""What a reader copies runs: every name that shown code uses is defined by shown code, in order."""

from __future__ import annotations

import pytest

from docrun.author import names, page
from docrun.author import program as programs
from docrun.author.program import Program

MARK = "# --8<-- [{}:{}]\n"


def _program(**sections: str) -> Program:
    text = "".join(
        MARK.format("start", name) + code + "\n" + MARK.format("end", name) for name, code in sections.items()
    )
    return programs.cut("snippets/a.py", text)


def _page(*sections: str) -> page.Page:
    fences = (f'```python\n--8<-- "snippets/a.py:{name}"\n```\n\n' for name in sections)
    return page.parse("docs/a.md", "".join(fences))


@pytest.mark.parametrize(
    "code",
    [
        "print(torch)",
        "x = [torch for _ in range(3)]",
        "class A:\n    b = torch",
        "def f(x=torch):\n    return x",
        "def f():\n    return torch",
        "f = lambda: torch.zeros(1)",
    ],
)
def test_a_name_that_nothing_defines_is_told_with_both_lines(code: str) -> None:
    program = _program(imports="import torch", one="y = 1", two=code)
    assert not names.undefined(_page("imports", "one", "two"), program)
    (fault,) = names.undefined(_page("one", "two"), program)
    assert "'torch'" in fault.cause
    assert fault.page and fault.page.line == 5
    assert fault.program and "torch" in program.lines[(fault.program.line or 0) - 1]


@pytest.mark.parametrize(
    "code",
    [
        "print(len([1]))",
        "def f(x):\n    return [y for y in x if y]",
        "class A:\n    def f(self):\n        return A",
        "for i in range(3):\n    j = i",
        "with open('a') as file:\n    file.read()",
        "try:\n    pass\nexcept ValueError as error:\n    print(error)",
        "def f():\n    global made\n    made = 1\nf()\nprint(made)",
        "from math import pi as π\nprint(π)",
        "if (n := 3) > 2:\n    print(n)",
    ],
)
def test_names_of_python_and_of_the_code_itself_are_fine(code: str) -> None:
    assert not names.undefined(_page("one"), _program(one=code))


def test_a_function_may_use_what_a_later_block_defines_but_a_statement_may_not() -> None:
    program = _program(one="def f():\n    return later", two="later = 1")
    assert not names.undefined(_page("one", "two"), program)
    program = _program(one="x = later", two="later = 1")
    assert len(names.undefined(_page("one", "two"), program)) == 1


def test_an_output_apart_shows_no_code() -> None:
    read = page.parse("docs/a.md", '```output of="snippets/a.py:one" alt="x"\n```\n')
    assert not names.undefined(read, _program(one="print(torch)"))
