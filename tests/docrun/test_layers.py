"""The runner's folders are its processes: what one may import of another is fixed."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
WORDS = {"docrun.errors", "docrun.record", "docrun.settings", "docrun.files", "docrun.shards", "docrun.printed"}
MAY = {  # folder → what of docrun its modules may import
    "author": {"docrun.author", "docrun.errors"},
    "worker": {"docrun.worker", "docrun.author.program", "docrun.errors", "docrun.record"},
    "host": {"docrun.host", "docrun.author", *WORDS},
    "show": {"docrun.show", "docrun.author", "docrun.errors", "docrun.record", "docrun.printed"},
}
FORBIDDEN = {"author": {"torch", "mkdocs"}, "worker": {"mkdocs", "markdown"}, "host": {"torch", "mkdocs", "markdown"}}


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _modules(names: Iterator[str]) -> set[str]:
    """Those of the names that are modules of docrun."""
    found = {name for name in names if name.startswith("docrun")}
    return {name for name in found if (SOURCE / name.replace(".", "/")).with_suffix(".py").is_file()}


@pytest.mark.parametrize("folder", MAY)
def test_a_folder_imports_only_what_it_may(folder: str) -> None:
    for file in (SOURCE / "docrun" / folder).glob("*.py"):
        for module in _modules(_imports(file)):
            assert any(module == may or module.startswith(f"{may}.") for may in MAY[folder]), f"{file.name}: {module}"
        tops = {name.partition(".")[0] for name in _imports(file)}
        if file.name != "warm.py":  # it imports what the settings name
            assert not tops & FORBIDDEN.get(folder, set()), file.name


@pytest.mark.parametrize("package", ["sitekit", "typeset"])
def test_other_packages_use_the_public_face(package: str) -> None:
    doors = {"docrun", "docrun.preview", "docrun.shards", "docrun.edge", "docrun.files"}
    for file in (SOURCE / package).rglob("*.py"):
        assert _modules(_imports(file)) <= doors, file.name


def test_the_face_is_lazy() -> None:
    code = "import sys, docrun; print(sorted(name for name in sys.modules if name.startswith('docrun')))"
    said = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "['docrun']"


def test_the_digest_of_the_runner_covers_what_decides_a_record_and_no_more() -> None:
    from docrun.host.cache import _DECIDES

    covered = {file for pattern in _DECIDES for file in (SOURCE / "docrun").glob(pattern)}
    assert set((SOURCE / "docrun/worker").glob("*.py")) < covered
    assert not {SOURCE / "docrun/cli.py", SOURCE / "docrun/show/render.py"} & covered
