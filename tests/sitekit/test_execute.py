"""Labs are run honestly: what changes a run changes the key, a failure is named and never kept."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import nbformat
import pytest

from sitekit import execute
from sitekit.execute import Executor
from sitekit.lab import Lab, LabError
from sitekit.runs import LabRuns

LAB = Lab("labs/a.py", "# %%\nprint('hello')\n")


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replace the kernel: note each run and give the notebook back."""
    runs: list[str] = []

    def run(self: Executor, lab: Lab) -> object:
        runs.append(lab.text)
        return lab.notebook()

    monkeypatch.setattr(Executor, "_execute", run)
    return runs


def test_the_same_lab_runs_once(tmp_path: Path, counted: list[str]) -> None:
    first = Executor(tmp_path).run(LAB)
    assert Executor(tmp_path).run(LAB) == first and len(counted) == 1
    assert [file.suffix for file in tmp_path.iterdir()] == [".json"]  # no temporary file stays


def test_source_style_and_versions_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {Executor(tmp_path).key(LAB), Executor(tmp_path, style="font.size: 9").key(LAB)}
    keys.add(Executor(tmp_path).key(Lab(LAB.path, LAB.text + "\n")))
    monkeypatch.setattr(Lab, "used", lambda self: {"ipykernel": "0.0"})
    keys.add(Executor(tmp_path).key(LAB))
    monkeypatch.setattr(execute.platform, "python_version", lambda: "9.9")
    keys.add(Executor(tmp_path).key(LAB))
    assert len(keys) == 5


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"cells": 3}', "\x00"])
def test_a_damaged_entry_is_a_miss_with_a_warning(
    tmp_path: Path, counted: list[str], caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    executor = Executor(tmp_path)
    executor.run(LAB)
    (tmp_path / f"{executor.key(LAB)}.json").write_text(damage)
    with caplog.at_level(logging.WARNING):
        executor.run(LAB)
    assert len(counted) == 2 and "damaged" in caplog.text
    executor.run(LAB)
    assert len(counted) == 2


def test_a_folder_that_cannot_be_written_is_a_warning(
    tmp_path: Path, counted: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    with caplog.at_level(logging.WARNING):
        Executor(tmp_path / "file" / "cache").run(LAB)
    assert len(counted) == 1 and "cannot write the cache" in caplog.text


def test_a_run_keeps_text_and_picture_and_is_the_same_again(tmp_path: Path) -> None:
    lab = Lab(
        "labs/a.py",
        "# %%\nimport matplotlib.pyplot as plt\nimport os\nprint(sorted(os.listdir()))\n\n"
        '# %% alt="A line."\nplt.plot([1, 2])\nplt.show()\n',
    )
    style = "figure.figsize: 3, 2"
    first = Executor(tmp_path / "1", style).run(lab)
    assert first.cells[0].outputs[0].text == "['matplotlibrc']\n"
    svg = next(o.data["image/svg+xml"] for o in first.cells[1].outputs if "data" in o and "image/svg+xml" in o.data)
    assert 'width="216pt" height="144pt"' in svg  # the style sheet's size, not cropped
    assert Executor(tmp_path / "2", style).run(lab) == first


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("x = 1\n\ny = x / 0", r"^labs/a\.py:5: ZeroDivisionError: division by zero\n"),
        ("import os\nos._exit(3)", r"^labs/a\.py: .*[Kk]ernel died"),
    ],
)
def test_a_failure_is_named_and_not_kept(tmp_path: Path, code: str, message: str) -> None:
    with pytest.raises(LabError, match=message):
        Executor(tmp_path).run(Lab("labs/a.py", f"# %%\n\n{code}\n"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ({"output_type": "stream", "name": "stderr", "text": "careful\n"}, "writes to stderr: careful"),
        ({"output_type": "display_data", "data": {"image/svg+xml": "<svg/>"}, "metadata": {}}, "draws a figure"),
    ],
)
def test_a_warning_and_a_figure_without_words_are_refused(output: dict[str, object], message: str) -> None:
    notebook = LAB.notebook()
    notebook.cells[0].outputs = [nbformat.from_dict(output)]
    with pytest.raises(LabError, match=rf"^labs/a\.py:2: {message}"):
        execute.checked(LAB, notebook)


def test_a_lab_that_does_not_end_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"^labs/a\.py: .*timed out"):
        Executor(tmp_path, timeout=2).run(Lab("labs/a.py", "# %%\nimport time\ntime.sleep(60)\n"))


def test_a_lab_that_runs_is_ended_at_once(tmp_path: Path) -> None:
    started = tmp_path / "started"
    text = f"# %%\nimport pathlib, time\npathlib.Path({str(started)!r}).touch()\ntime.sleep(60)\n"
    runs = LabRuns(tmp_path / "cache")
    run = runs.start({"a": Lab("labs/a.py", text)}, "")["a"]
    end = time.monotonic() + 60
    while not started.exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    began = time.monotonic()
    runs.stop()
    with pytest.raises(LabError):
        run.result(20)
    assert time.monotonic() - began < 20, "nobody waits for its minute"


def test_the_run_of_an_old_text_ends_and_the_same_text_runs_once(tmp_path: Path, counted: list[str]) -> None:
    runs = LabRuns(tmp_path)
    first = runs.start({"a": LAB}, "")["a"]
    assert runs.start({"a": LAB}, "")["a"] is first
    first.result(20)
    other = runs.start({"a": Lab(LAB.path, LAB.text + "\n")}, "")["a"]
    other.result(20)
    assert len(counted) == 2 and not runs.busy
