"""What a run sees, what it leaves in its record, and that nothing of it reaches the next."""

from __future__ import annotations

import math
import os
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from docrun import Record, Session
from project import Project

Run = Callable[..., Any]


def texts(outcome: Any) -> list[str]:
    """The text of each section."""
    assert isinstance(outcome, Record), outcome
    return [shown.text for shown in outcome.sections.values()]


def test_each_section_has_its_own_text(outcome: Run) -> None:
    assert texts(outcome("print(1)", "print(2)\nprint(3)", "x = 4")) == ["1\n", "2\n3\n", ""]


def test_what_stands_between_sections_runs_and_is_not_shown(shared: Project, running: Session) -> None:
    text = """
        # a comment
        print("before")
        # --8<-- [start:one]
        print(1)
        # --8<-- [end:one]
        x = 2
        print("between")

        # --8<-- [start:two]

        print(x)
        # --8<-- [end:two]
        print("after")
        assert x == 2
    """
    shared.write("snippets/hidden.py", text)
    assert texts(running.outcome("snippets/hidden.py")) == ["1\n", "2\n"]


def test_python_c_and_descriptor_output_keep_their_order(outcome: Run) -> None:
    text = """
        import ctypes, os, subprocess, sys
        libc = ctypes.CDLL(None)
        print("1 print, no end", end="; ")
        os.write(1, b"2 os.write; ")
        libc.printf(b"3 printf; ")
        print("4 stderr; ", end="", file=sys.stderr)
        sys.stdout.buffer.write(b"5 buffer; ")
        subprocess.run(["echo", "6 subprocess"])
        libc.puts(b"7 puts")
        print("8 print")
    """
    said = "1 print, no end; 2 os.write; 3 printf; 4 stderr; 5 buffer; 6 subprocess\n7 puts\n8 print\n"
    assert texts(outcome(text)) == [said]


def test_c_output_belongs_to_its_section(outcome: Run) -> None:
    one = "import ctypes\nctypes.CDLL(None).printf(b'c')"
    assert texts(outcome(one, "print('p')")) == ["c", "p\n"]


def test_odd_output_comes_through(outcome: Run) -> None:
    text = """
        import os
        print(float("nan"), float("inf"), "θ ≈ ✓ 动量", "\\ud800")
        os.write(1, b"\\xff\\n")
    """
    assert texts(outcome(text)) == ["nan inf θ ≈ ✓ 动量 \\ud800\n\ufffd\n"]


def test_a_program_with_crlf_and_a_byte_order_mark(shared: Project, running: Session) -> None:
    text = "\ufeff# --8<-- [start:one]\nprint('''a\nb''')\n# --8<-- [end:one]\n"
    shared.write("snippets/windows.py", text.replace("\n", "\r\n").encode())
    assert texts(running.outcome("snippets/windows.py")) == ["a\nb\n"]


def test_a_program_sees_itself_as_main(outcome: Run) -> None:
    text = """
        import inspect, pickle, sys
        def f(): return 1
        class A: pass
        print(__name__, __file__ == sys.argv[0], len(sys.argv))
        print(inspect.getsource(f).strip(), pickle.loads(pickle.dumps(A)) is A, sys.modules["__main__"].f is f)
    """
    assert texts(outcome(text)) == ["__main__ True 1\ndef f(): return 1 True True\n"]


def test_future_imports_hold_for_the_whole_program(outcome: Run) -> None:
    text = "from __future__ import annotations\ndef f(x: Missing): ...\nprint(f.__annotations__)"
    assert texts(outcome(text)) == ["{'x': 'Missing'}\n"]


def test_the_process_is_like_any_other(outcome: Run) -> None:
    text = """
        import gc, signal, sys, threading, warnings
        print(gc.isenabled(), signal.getsignal(signal.SIGINT) is signal.default_int_handler)
        print(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL, threading.active_count(), sys.flags.optimize)
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            print("interrupted")
    """
    assert texts(outcome(text)) == ["True True\nTrue 1 0\ninterrupted\n"]


def test_the_authors_environment_does_not_change_what_is_checked(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PYTHONOPTIMIZE", "PYTHONWARNINGS", "PYTHONDEVMODE", "COLUMNS"):
        monkeypatch.setenv(name, "1")
    path = project.program("a", "import os, sys\nprint(sys.flags.optimize, sys.warnoptions, os.environ.get('COLUMNS'))")
    with project.session() as session:
        assert texts(session.outcome(path)) == ["0 [] None\n"]


LEAKS = {
    "math.pi": ("import math\nmath.pi = 3", "import math\nprint(math.pi)", f"{math.pi}\n"),
    "the environment": (
        "import os\nos.environ['LEAK'] = '1'",
        "import os\nprint(os.environ.get('LEAK'))",
        "None\n",
    ),
    "the random state": (
        "import random\nrandom.seed(1)",
        "import random\nrandom.seed(0)\nprint(random.randint(0, 9))",
        "6\n",
    ),
    "the working folder": ("import os\nos.chdir('/')", "import os\nprint(os.listdir())", "[]\n"),
    "a file": ("open('f', 'w').write('1')", "import os\nprint(os.path.exists('f'))", "False\n"),
    "a temporary file": (
        "import tempfile\ntempfile.NamedTemporaryFile(delete=False).write(b'1')",
        "import os, tempfile\nprint(os.listdir(tempfile.gettempdir()))",
        "[]\n",
    ),
    "sys.path": ("import sys\nsys.path.clear()", "import colorsys\nprint(1)", "1\n"),
    "the output streams": ("import sys\nsys.stdout = sys.stderr = None", "print(1)", "1\n"),
    "the locale": (
        "import locale\nlocale.setlocale(locale.LC_ALL, 'C')",
        "import locale\nprint(locale.setlocale(locale.LC_NUMERIC))",
        "C\n",
    ),
    "a limit": (
        "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))",
        "files = [open('/dev/null') for _ in range(50)]\nprint(1)",
        "1\n",
    ),
    "a read-only folder": (
        "import os\nos.mkdir('d')\nopen('d/f', 'w').close()\nos.chmod('d', 0)",
        "print(1)",
        "1\n",
    ),
}


@pytest.mark.parametrize("name", LEAKS)
def test_nothing_leaks_into_the_next_program(outcome: Run, name: str) -> None:
    first, second, said = LEAKS[name]
    assert isinstance(outcome(first), Record)
    assert texts(outcome(second)) == [said]


def test_the_host_is_untouched(outcome: Run) -> None:
    before = dict(os.environ), os.getcwd(), math.pi
    outcome("import math, os\nmath.pi = 3\nos.environ['LEAK'] = '1'\nos.chdir('/')")
    assert before == (dict(os.environ), os.getcwd(), math.pi)


def test_warnings_are_recorded_and_not_shown(outcome: Run) -> None:
    text = """
        import warnings
        def f():
            warnings.warn("deep", stacklevel=1)
        print(1)
        f()
        warnings.warn("pending", PendingDeprecationWarning)
        warnings.warn("deprecated", DeprecationWarning)
        with warnings.catch_warnings(record=True) as caught:
            warnings.warn("caught")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.warn("ignored")
    """
    record = outcome(text)
    assert texts(record) == ["1\n"]
    assert [(warned.line, warned.text) for warned in record.warnings] == [(4, "deep"), (8, "deprecated")]


def test_a_warning_from_a_module_beside_is_told_at_the_programs_line(shared: Project, outcome: Run) -> None:
    shared.write("snippets/_warner.py", "import warnings\ndef f():\n    warnings.warn('beside')\n")
    (warned,) = outcome("import _warner\n\n_warner.f()").warnings
    assert (warned.line, warned.category, warned.text) == (4, "UserWarning", "beside")


def test_the_files_a_program_used(shared: Project, outcome: Run) -> None:
    shared.write("snippets/_beside.py", "VALUE = 1\n")
    shared.write("snippets/data.csv", "2\n")
    text = """
        import pathlib
        import _beside
        print(_beside.VALUE, (pathlib.Path(__file__).parent / "data.csv").read_text())
    """
    record = outcome(text)
    assert [name for name, state in record.files.items() if state] == ["snippets/_beside.py", "snippets/data.csv"]
    assert record.modules == ("snippets/_beside.py",)
    assert not list(shared.root.rglob("__pycache__"))


def test_a_change_to_the_project_is_refused_without_harm(shared: Project, outcome: Run) -> None:
    file = shared.write("keep/me.txt", "1")
    for text in (
        f"import os\nos.remove({str(file)!r})",
        f"import os\nos.rename({str(file)!r}, 'x')",
        f"import shutil\nshutil.rmtree({str(file.parent)!r})",
        f"import shutil\nopen('x', 'w').close()\nshutil.move('x', {str(file)!r})",
        f"import os\nos.symlink('/', {str(file.parent / 'link')!r})",
        f"import pathlib\npathlib.Path({str(file)!r}).write_text('2')",
        f"import pathlib, io\nio.FileIO(pathlib.Path({str(file)!r}), 'w')",
        f"import os\nos.truncate({str(file)!r}, 0)",
        f"open({os.fsencode(file)!r}, 'ab')",
    ):
        assert "a program may not change the checkout (keep" in str(outcome(text)), text
    assert file.read_text() == "1"
    assert os.listdir(file.parent) == ["me.txt"]


def test_two_programs_run_at_the_same_time(tmp_path: Any) -> None:
    project = Project(tmp_path, jobs=2, timeout=20.0)
    meet = f"""
        import pathlib, time
        here, there = pathlib.Path({str(tmp_path)!r}, "NAME"), pathlib.Path({str(tmp_path)!r}, "OTHER")
        here.touch()
        while not there.exists():
            time.sleep(0.01)
        print("met")
    """
    paths = [project.program(name, meet.replace("NAME", name).replace("OTHER", other)) for name, other in ("ab", "ba")]
    with project.session() as session:
        session.prefetch(paths)
        assert [texts(session.outcome(path)) for path in paths] == [["met\n"], ["met\n"]]


def test_without_fork_the_record_is_the_same(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    start = subprocess.Popen

    def without_fork(command: list[str], **options: Any) -> Any:
        assert command[-2:] == ["-m", "docrun.worker.server"]
        code = "from docrun.worker import server; server._FORKS = False; server.main()"
        return start([*command[:-2], "-c", code], **options)

    project.write("snippets/_beside.py", "VALUE = 1\n")
    text = """
        import gc, os, signal, sys, warnings
        import _beside
        print(_beside.VALUE, gc.isenabled(), os.getcwd() != "/", os.listdir(), len(sys.argv), __name__)
        print(signal.getsignal(signal.SIGINT) is signal.default_int_handler, os.environ["OMP_NUM_THREADS"])
        warnings.warn("odd")
    """
    path = project.program("a", text)
    broken = project.program("b", "1 / 0")
    records = []
    for _ in range(2):
        with project.session(timeout=20.0) as session:
            session.cache.folder.mkdir(parents=True, exist_ok=True)
            for entry in session.cache.entries():
                entry.unlink()
            assert str(session.outcome(broken)) == "snippets/b.py:2: ZeroDivisionError: division by zero"
            records.append(session.outcome(path))
        monkeypatch.setattr("docrun.host.pool.subprocess.Popen", without_fork)
    forked, spawned = ({**record.to_json(), "seconds": 0} for record in records)
    assert forked == spawned
