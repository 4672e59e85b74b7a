"""What an author sees of each fault: ``page:line → program:line: cause``, a failed command, and nothing left behind."""

from __future__ import annotations

import time

import pytest

from project import Project

BEGIN, END = "# --8<-- [start:one]", "# --8<-- [end:one]"

# name → (the program, from its first section mark on; the line and the cause that the author sees)
PROGRAMS = {
    "it raises": ("x = 1\n1 / 0", 3, "ZeroDivisionError: division by zero"),
    "it raises in a function": ("def f():\n    return [][0]\n\n\nf()", 3, "IndexError: list index out of range"),
    "a check fails": ("x = 1\nassert x == 2", 3, "AssertionError: assert x == 2"),
    "it is not Python": ("x = (\n", 2, "SyntaxError: '(' was never closed"),
    "it cannot be compiled": ("def f():\n    x = 1\n    break", 4, "SyntaxError: 'break' outside loop"),
    "it leaves early": ("import sys\nsys.exit(0)\nprint(1)", 3, "the program ended itself early, with sys.exit(0)"),
    "it ends its process": ("import os\nos._exit(3)", 3, "the program ended its own process, with status 3"),
    "it ends its process well": ("import os\nos._exit(0)", 3, "the program ended its own process, with status 0"),
    "it crashes": ("import ctypes\nctypes.string_at(0)", 3, "ended by signal 11 (Segmentation fault)"),
    "it asks": ("print(1)\ninput('name? ')", 3, "EOFError: EOF when reading a line: a program has no input"),
    "it leaves a thread": (
        "import threading, time\nt = threading.Thread(target=time.sleep, args=(60,), name='slow')\nt.start()",
        4,
        "the program ended with a thread still running: slow",
    ),
    "it leaves a process": (
        "import multiprocessing, time\n"
        "p = multiprocessing.get_context('fork').Process(target=time.sleep, args=(60,), name='slow')\n"
        "p.start()",
        4,
        "the program ended with a process still running: slow",
    ),
    "a thread of it raises": (
        "import threading\nt = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()",
        5,
        "a traceback was printed",
    ),
    "it prints without end": ("while True: print('x' * 1000)", 2, "the program wrote too much: its limit is"),
    "it prints 50 MB": ("print('x' * 50_000_000)", 2, "the program wrote too much: its limit is 1,000,000 bytes"),
    "it writes into the project": ("open(__file__, 'a')", 2, "a program may not change the checkout (snippets/a.py)"),
    "it makes a folder there": (
        "import os, pathlib\nos.mkdir(pathlib.Path(__file__).parent / 'new')",
        3,
        "a program may not change the checkout (snippets/new)",
    ),
    "it removes a folder there": (
        "import pathlib, shutil\nshutil.rmtree(pathlib.Path(__file__).parents[1] / 'docs')",
        3,
        "a program may not change the checkout (docs)",
    ),
    "it warns": ("import warnings\n\nwarnings.warn('old', FutureWarning)\nprint(1)", 4, "FutureWarning: old"),
    "Python warns of it": ("x = 1\nprint(x is 1)", 3, 'SyntaxWarning: "is" with'),
    "its message has odd characters": ("raise ValueError('\\ud800 \\x1b[31m')", 2, "ValueError: \\ud800 \\x1b[31m"),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_fault_of_a_program(project: Project, name: str) -> None:
    text, line, cause = PROGRAMS[name]
    project.write("snippets/a.py", f"{BEGIN}\n{text}\n{END}\n")
    project.page("a", "a.py:one")
    result = project.run("check")
    assert f"docs/a.md:3 → snippets/a.py:{line}: " in result.stderr
    assert cause in result.stderr
    assert result.exit_code == 1
    assert project.root.joinpath("docs/a.md").exists()
    assert not list(project.root.rglob("*.json")) or "warn" in name, "a failure is never cached"


def test_the_message_names_the_authors_frames_only(project: Project) -> None:
    project.write("snippets/_beside.py", "def f(x):\n    return x[5]\n")
    project.write("snippets/a.py", f"from _beside import f\n\n{BEGIN}\nf(\n    [])\n{END}\n")
    project.page("a", "a.py:one")
    said = project.run("check").stderr
    assert "docs/a.md:3 → snippets/a.py:4: IndexError" in said
    assert 'File "snippets/_beside.py", line 2, in f' in said
    assert str(project.root) not in said
    assert "docrun/child.py" not in said


def test_a_message_of_several_lines_is_told_in_full(project: Project) -> None:
    project.program("a", "raise RuntimeError('sizes differ:\\n  weight (2, 3)\\n  bias (4,)')")
    project.page("a", "a.py:one")
    said = project.run("check").stderr
    assert "snippets/a.py:2: RuntimeError: sizes differ:" in said
    assert "bias (4,)" in said


SLOW = {
    "an infinite loop": ("x = 0\nwhile True: x += 1", 3),
    "an infinite loop in a function": ("def f():\n    while True: pass\n\n\nf()", 3),
    "a sleep": ("import time\ntime.sleep(60)", 3),
    "an infinite loop that swallows everything": (
        "while True:\n    try:\n        x = 1\n    except BaseException:\n        pass",
        None,
    ),
    "a process that hangs": ("import subprocess\nsubprocess.run(['sleep', '60'])", 3),
    "a process in a session of its own": (
        "import subprocess\nsubprocess.Popen(['sleep', '60'], start_new_session=True)\nwhile True: pass",
        4,
    ),
    "a stopped process": ("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", 3),
}


@pytest.mark.parametrize("name", SLOW)
def test_a_program_that_never_ends(tmp_path: object, name: str) -> None:
    text, line = SLOW[name]
    project = Project(tmp_path, timeout=0.3)  # type: ignore[arg-type]
    project.program("a", text)
    project.page("a", "a.py:one")
    began = time.monotonic()
    result = project.run("check")
    assert time.monotonic() - began < 5
    assert f"docs/a.md:3 → snippets/a.py:{line or ''}" in result.stderr
    assert "the program ran longer than its limit of 0.3 s" in result.stderr
    assert result.exit_code == 1


@pytest.mark.parametrize(
    "text",
    [
        "x = bytearray(10**10)",
        "x = []\nwhile True:\n    x.append(bytes(10_000))",
        "x = []\nwhile True:\n    x.append([])",
    ],
)
def test_a_program_out_of_memory(tmp_path: object, text: str) -> None:
    project = Project(tmp_path, memory=150)  # type: ignore[arg-type]
    project.program("a", text)
    project.page("a", "a.py:one")
    result = project.run("check")
    assert "docs/a.md:3 → snippets/a.py:" in result.stderr
    assert "out of memory: the limit is 150 MB (MemoryError)" in result.stderr
    assert result.exit_code == 1


WORKER = """
    import multiprocessing

    def work():
        {work}

    worker = multiprocessing.get_context("spawn").Process(target=work)
    if __name__ {guard} "__main__":
        worker.start()
        worker.join()
"""


def test_a_spawned_worker_without_a_guard(project: Project) -> None:
    project.program("a", WORKER.format(work="pass", guard="!="), "worker.start()\nworker.join()")
    project.page("a", "a.py:two")
    result = project.run("check")
    assert "docs/a.md:3 → snippets/a.py:" in result.stderr
    assert "a traceback was printed" in result.stderr
    assert "bootstrapping phase" in result.stderr
    assert result.exit_code == 1


def test_a_spawned_worker_that_raises(project: Project) -> None:
    project.program("a", WORKER.format(work="1 / 0", guard="=="))
    project.page("a", "a.py:one")
    result = project.run("check")
    assert "ZeroDivisionError" in result.stderr
    assert result.exit_code == 1


def test_a_spawned_worker_that_hangs(tmp_path: object) -> None:
    project = Project(tmp_path, timeout=1.0)  # type: ignore[arg-type]
    project.program("a", WORKER.format(work="import time; time.sleep(60)", guard="=="))
    project.page("a", "a.py:one")
    result = project.run("check")
    assert "the program ran longer than its limit of 1 s" in result.stderr
    assert result.exit_code == 1


def test_a_raise_at_module_level_while_a_spawned_worker_hangs(project: Project) -> None:
    worker = WORKER.format(work="import time; time.sleep(60)", guard="==").replace("worker.join()", "raise KeyError(1)")
    project.program("a", worker)
    project.page("a", "a.py:one")
    began = time.monotonic()
    result = project.run("check")
    assert "KeyError: 1" in result.stderr
    assert result.exit_code == 1
    assert time.monotonic() - began < 5


def test_a_spawned_worker_works(project: Project) -> None:
    project.program("a", WORKER.format(work="print('done', flush=True)", guard="=="))
    project.page("a", "a.py:one")
    assert project.run("check").exit_code == 0
    assert not list(project.root.rglob("__pycache__"))


def test_a_program_that_forks_tells_its_story_once(project: Project) -> None:
    text = "import os\npid = os.fork()\nif pid:\n    os.waitpid(pid, 0)\nprint('parent' if pid else 'child')"
    path = project.program("a", text)
    result = project.run("run", str(project.root / path))
    assert result.stdout.splitlines()[1:] == ["child", "parent"]
    assert result.exit_code == 0


# name → (the page after its heading, the line, the cause); the program a.py has the section ``one``, which prints
PAGES = {
    "no such program": ('```python\n--8<-- "snippets/b.py:one"\n```\n', "3 → snippets/b.py: no such program"),
    "no such section": (
        '```python\n--8<-- "snippets/a.py:two"\n```\n',
        "3: snippets/a.py has no section 'two'; its sections: one, plot",
    ),
    "outside the project": (
        '```python\n--8<-- "../a.py:one"\n```\n',
        "3 → ../a.py: the program stands outside the project",
    ),
    "output without a program": ("```output\n```\n", "3: an output fence needs a python fence of its own above it"),
    "two outputs": (
        '```python\n--8<-- "snippets/a.py:one"\n```\n```output\n```\n```output\n```\n',
        "8: an output fence needs a python fence of its own above it",
    ),
    "typed code": ("```python\nprint(1)\n```\n", "3: a python fence holds exactly one reference"),
    "line numbers": (
        '```python\n--8<-- "snippets/a.py:1:2"\n```\n',
        "3: a python fence holds exactly one reference",
    ),
    "an option on code": (
        '```python title="a"\n--8<-- "snippets/a.py:one"\n```\n',
        "3: a python fence takes no option, but has 'title=\"a\"'",
    ),
    "an unknown option": (
        '```python\n--8<-- "snippets/a.py:one"\n```\n```output width="3"\n```\n',
        '6: unknown fence option \'width\'; an output fence takes alt="…", caption="…"',
    ),
    "an option without quotes": (
        '```python\n--8<-- "snippets/a.py:one"\n```\n```output alt=x\n```\n',
        "6: unknown fence option 'alt=x'",
    ),
    "an output that is not empty": (
        '```python\n--8<-- "snippets/a.py:one"\n```\n```output\n1\n```\n',
        "6: an output fence is empty: the runner fills it",
    ),
    "a figure without alt": (
        '```python\n--8<-- "snippets/a.py:plot"\n```\n```output\n```\n',
        '6: the figure has no alt="…"',
    ),
    "alt without a figure": (
        '```python\n--8<-- "snippets/a.py:one"\n```\n```output alt="x"\n```\n',
        "6: alt is given, but section 'one' draws no figure",
    ),
    "an indented fence": (
        '- a\n\n    ```python\n    --8<-- "snippets/a.py:one"\n    ```\n',
        "5: an indented python fence",
    ),
    "a fence that is never closed": (
        "```text\nabc\n",
        "3: this fence is never closed",
    ),
}


@pytest.fixture(scope="module")
def pages(shared: Project) -> Project:
    draw = "# --8<-- [start:plot]\nimport matplotlib.pyplot as plt\nplt.plot([1])\n# --8<-- [end:plot]\n"
    shared.write("snippets/a.py", f"{BEGIN}\nprint(1)\n{END}\n{draw}")
    return shared


@pytest.mark.parametrize("name", PAGES)
def test_a_fault_of_a_page(pages: Project, name: str) -> None:
    text, message = PAGES[name]
    pages.write("docs/a.md", f"# Title\n\n{text}")
    result = pages.run("check")
    assert f"docs/a.md:{message}" in result.stderr
    assert result.exit_code == 1


# name → (the whole program, the line, the cause)
MARKS = {
    "a section that is never closed": (f"{BEGIN}\nx = 1\n", 1, "section 'one' is never closed"),
    "a section that did not start": (f"x = 1\n{END}\n", 2, "section 'one' ends here but did not start"),
    "two sections of one name": (f"{BEGIN}\n{END}\n{BEGIN}\n{END}\n", 3, "two sections are named 'one'"),
    "a section in a section": (
        f"{BEGIN}\n# --8<-- [start:two]\n# --8<-- [end:two]\n{END}\n",
        2,
        "section 'two' starts inside section 'one'",
    ),
    "an indented mark": (f"if 1:\n    {BEGIN}\n    x = 1\n    {END}\n", 2, "the mark of section 'one' is indented"),
    "a mark inside a statement": (f"x = (\n{BEGIN}\n1)\n{END}\n", 2, "the start of section 'one' stands inside"),
    "a mark below a decorator": (
        f"@property\n{BEGIN}\ndef f(self): ...\n{END}\n",
        2,
        "the start of section 'one' stands inside",
    ),
    "a mark behind code": (f"x = 1  {BEGIN}\ny = 1\n{END}\n", 1, "a section's mark stands alone on its line"),
    "a name that snippets does not know": (
        "# --8<-- [start:1st]\nx = 1\n# --8<-- [end:1st]\n",
        1,
        "the name of section '1st' must begin with a letter",
    ),
    "a null byte": (f"{BEGIN}\nx = 1\n{END}\n\0", None, "SyntaxError: source code string cannot contain null bytes"),
}


@pytest.mark.parametrize("name", MARKS)
def test_a_fault_of_the_marks(shared: Project, name: str) -> None:
    text, line, cause = MARKS[name]
    shared.write("snippets/marks.py", text)
    shared.write("docs/a.md", '# Title\n\n```python\n--8<-- "snippets/marks.py:one"\n```\n')
    result = shared.run("check")
    place = f"snippets/marks.py:{line}" if line else "snippets/marks.py"
    assert f"docs/a.md:3 → {place}: {cause}" in result.stderr
    assert result.exit_code == 1


def test_a_program_that_is_not_utf8(shared: Project) -> None:
    shared.write("snippets/marks.py", b"# \xff\n")
    shared.write("docs/a.md", '# Title\n\n```python\n--8<-- "snippets/marks.py:one"\n```\n')
    assert "docs/a.md:3 → snippets/marks.py: not UTF-8" in shared.run("check").stderr


def test_a_page_that_is_not_utf8(shared: Project) -> None:
    shared.write("docs/a.md", b"# \xff\n")
    result = shared.run("check")
    assert "docs/a.md: not UTF-8" in result.stderr
    assert result.exit_code == 1


def test_all_faults_and_warnings_are_listed_at_once(project: Project) -> None:
    project.program("a", "raise ValueError(1)")
    project.program("b", "import warnings\nwarnings.warn('b')\nprint(1)")
    project.page("a", "a.py:one")
    project.page("b", "b.py:one")
    said = project.run("check").stderr
    assert "docs/a.md:3 → snippets/a.py:2: ValueError: 1" in said
    assert "docs/b.md:3 → snippets/b.py:3: UserWarning: b" in said


SPARKS = f"""\
import matplotlib.pyplot as plt

{BEGIN}
plt.figure("small").gca().plot([1, 2])
{END}
"""


def test_a_small_figure_that_nobody_draws_is_a_fault(project: Project) -> None:
    project.write("snippets/a.py", SPARKS)
    lent = '```python\n--8<-- "snippets/a.py:one"\n```\n\n```output as="sparks"\n```\n'
    project.write(
        "docs/a.md", f"---\ntitle: A\n---\n{lent}\n![](#spark-small)\n\n`![](#spark-x)`\n\n![x](#spark-smal)\n"
    )
    result = project.run("check")
    said = "docs/a.md:15: no figure 'smal' is lent to this page"
    assert said in result.stderr and result.stderr.count("#spark") == 0 and result.exit_code == 1


def test_a_small_figure_on_a_page_without_programs_is_a_fault(project: Project) -> None:
    project.write("docs/a.md", "# A\n\n![x](#spark-one)\n")
    result = project.run("check")
    assert "docs/a.md:3: no figure 'one' is lent to this page" in result.stderr and result.exit_code == 1
