"""The page parser, on its own."""

from __future__ import annotations

import pytest

from docrun.author import page
from docrun.author.page import Example, Output

REF = '--8<-- "snippets/a.py:one"'


def test_examples_and_their_outputs() -> None:
    text = f'# T\n\n```python\n{REF}\n```\n\n```output alt="A = \'b\'" caption="c d"\n```\n\n```python\n{REF}\n```\n'
    read = page.parse("p.md", text)
    assert read.examples == (
        Example(3, 5, "snippets/a.py", "one", Output(7, 8, "A = 'b'", "c d")),
        Example(10, 12, "snippets/a.py", "one"),
    )
    assert read.programs == ("snippets/a.py",)
    assert not read.faults


@pytest.mark.parametrize(
    "text",
    [
        f"~~~python\n{REF}\n~~~\n",
        f"````python\n{REF}\n````\n",
        f"``` python\n{REF}\n```   \n",
        f"```{{.python}}\n{REF}\n```\n",
        f"```{{ .python }}\n{REF}\n```\n",
        f"```py\n\n  {REF}\n\n```\n",
        f"```python\r\n{REF}\r\n```\r\n",
        f"\ufeff```python\n{REF}\n```\n",
        f"```python\n{REF}\n```",
        "```python\n--8<-- 'snippets/a.py:one'\n```\n",
        '```python\n-8<- "snippets/a.py: one"\n```\n',
    ],
)
def test_every_way_to_write_an_example(text: str) -> None:
    read = page.parse("p.md", text)
    assert [(example.program, example.section) for example in read.examples] == [("snippets/a.py", "one")]
    assert not read.faults


@pytest.mark.parametrize(
    "text",
    [
        f"````markdown\n```python\n{REF}\n```\n````\n",
        f"~~~text\n```python\n{REF}\n```\n~~~\n",
        f"```text\n~~~python\n{REF}\n~~~\n```\n",
        "```text\nprint(1)\n```\n",
        "```bash\npython a.py\n```\n",
        "```\nno language\n```\n",
        "A line with ```python in it\n",
        "```python``` at the start of a line\n",
        "",
    ],
)
def test_what_is_no_example(text: str) -> None:
    read = page.parse("p.md", text)
    assert not read.examples
    assert not read.faults


@pytest.mark.parametrize(
    ("text", "line", "cause"),
    [
        (f"> ```python\n> {REF}\n> ```\n", 1, "indented"),
        (f"=== tab\n\n    ```python\n    {REF}\n    ```\n", 3, "indented"),
        ("    ```output\n    ```\n", 1, "must stand at the left margin"),
        (f"```python\n{REF}\n{REF}\n```\n", 1, "exactly one reference"),
        ('```python\n--8<-- "snippets/a.py"\n```\n', 1, "exactly one reference"),
        ('```python\n;--8<-- "snippets/a.py:one"\n```\n', 1, "exactly one reference"),
        (f"```{{.python title='x'}}\n{REF}\n```\n", 1, "takes no option"),
        ("```python\n```\n", 1, "exactly one reference"),
        (f'```python\n{REF}\n```\n```output alt="x" alt2="y"\n```\n', 4, "'alt2'"),
        (f"```python\n{REF}\n```\n```output alt=“x”\n```\n", 4, "unknown fence option"),
        (f"```python\n{REF}\n", 1, "never closed"),
        (f"```python\n{REF}\n```\n```output\n```\n" * 2, 9, "of section 'one' is shown on line 14 already"),
        (
            f"```python\n{REF}\n```\n```python\n{REF.replace('snippets', 'other')}\n```\n",
            4,
            "two programs on one page are named a.py",
        ),
        (f"text\n\n~~~~text\n~~~\n```python\n{REF}\n```\n", 3, "never closed"),
    ],
)
def test_faults_name_the_line_in_the_file(text: str, line: int, cause: str) -> None:
    (fault,) = page.parse("p.md", text, offset=10).faults
    assert (fault.page.path, fault.page.line) == ("p.md", line + 10) if fault.page else False
    assert cause in fault.cause


def test_an_output_may_stand_apart_from_its_code_before_and_after_it() -> None:
    apart = '```output of="snippets/a.py:one" alt="A figure"\n```\n'
    for text in (f"{apart}\n```python\n{REF}\n```\n", f"```python\n{REF}\n```\n\n{apart}"):
        read = page.parse("p.md", text)
        assert not read.faults
        assert sorted(example.apart for example in read.examples) == [False, True]
        assert [example.output.alt for example in read.examples if example.output] == ["A figure"]
        assert read.programs == ("snippets/a.py",)


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        ('of="one"', "names a section"),
        ('of="other/a.py:one"', "two programs on one page are named a.py"),
        ('as="list"', 'may be shown as="table"'),
    ],
)
def test_what_an_output_cannot_be_is_told(options: str, cause: str) -> None:
    read = page.parse("p.md", f"```python\n{REF}\n```\n\n```output {options}\n```\n")
    assert [cause in fault.cause for fault in read.faults] == [True]


def test_examples_count_from_the_text_and_places_from_the_file() -> None:
    read = page.parse("p.md", f"\n```python\n{REF}\n```\n", offset=5)
    assert read.examples[0].line == 2
    assert str(read.place(2)) == "p.md:7"
