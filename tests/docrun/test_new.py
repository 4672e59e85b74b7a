"""`docrun new` gives an author a page that runs, a proof that passes, and a place in the navigation."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from docrun.cli import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project without its pages and programs."""
    for name in ("pyproject.toml", "mkdocs.yml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "docs").mkdir()
    for name in ("figures.mplstyle", "rules.toml"):
        shutil.copy(ROOT / "docs" / name, tmp_path / "docs")
    skipped = shutil.ignore_patterns("test_*", "__pycache__", "browser", "snapshots", "docrun")
    shutil.copytree(ROOT / "tests", tmp_path / "tests", ignore=skipped)
    return tmp_path


@pytest.mark.parametrize(
    "name", ["losses/log_cosh", "optimizers/lion", "schedulers/wsd", "initialization/looks_linear"]
)
def test_a_new_page_runs_and_is_proved(copy: Path, name: str) -> None:
    result = CliRunner().invoke(main, ["--root", str(copy), "new", name])
    assert result.exit_code == 0, result.output
    part, _, short = name.partition("/")
    written = [f"docs/en/{name}.md", f"snippets/{name}.py", f"tests/{part}/test_{short}.py"]
    assert result.output.split() == [*written, "mkdocs.yml"]
    assert f"{name}.md\n" in (copy / "mkdocs.yml").read_text()
    result = CliRunner().invoke(main, ["--root", str(copy), "check", str(copy / written[0])])
    assert result.exit_code == 0, result.output
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", written[2]]
    proof = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    assert proof.returncode == 0, proof.stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("log_cosh", "is no part/name"),
        ("losse/x", "there is one for initialization, losses"),
        ("losses/X", "is no part"),
    ],
)
def test_a_wrong_name_is_refused_and_nothing_is_written(copy: Path, name: str, said: str) -> None:
    before = sorted(copy.rglob("*"))
    result = CliRunner().invoke(main, ["--root", str(copy), "new", name])
    assert result.exit_code == 1 and said in result.output
    assert sorted(copy.rglob("*")) == before


def test_what_exists_is_not_overwritten(copy: Path) -> None:
    (copy / "snippets/losses").mkdir(parents=True)
    (copy / "snippets/losses/mine.py").write_text("x = 1\n")
    result = CliRunner().invoke(main, ["--root", str(copy), "new", "losses/mine"])
    assert result.exit_code == 1 and "exists already" in result.output
    assert not (copy / "docs/en").exists()
