"""A small project on disk, and the proof that a run left nothing of itself behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from pathlib import Path
from textwrap import dedent
from typing import Any

from click.testing import CliRunner, Result

from docrun import Session, Settings
from docrun.cli import main

MARK = "DOCRUN_TEST_MARK"
SITE = """
site_name: Tiny
docs_dir: docs
site_url: https://example.org/tiny/
theme:
  name: mkdocs
markdown_extensions:
  - attr_list
  - pymdownx.snippets:
      base_path: ["."]
      check_paths: true
      restrict_base_path: true
  - pymdownx.superfences
  - docrun
plugins:
  - docrun
"""


class Project:
    """A project's folder: pages in ``docs``, programs in ``snippets``, temporary files where they can be counted."""

    def __init__(self, root: Path, **settings: Any) -> None:
        self.root = root / "project"
        self.temporary = root / "tmp"
        self.temporary.mkdir()
        self.mark = uuid.uuid4().hex
        self.settings = settings
        lines = [f"{name} = {value!r}".replace("True", "true") for name, value in settings.items()]
        self.write("pyproject.toml", "\n".join(["[tool.docrun]", *lines]) + "\n")

    @property
    def environment(self) -> dict[str, str]:
        """What makes the project's processes and temporary files known."""
        return {MARK: self.mark, "TMPDIR": str(self.temporary)}

    @property
    def all_environment(self) -> dict[str, str]:
        """The environment of a process that belongs to the project."""
        return {**os.environ, "NO_MKDOCS_2_WARNING": "1", "SOURCE_DATE_EPOCH": "0", **self.environment}

    def write(self, name: str, text: str | bytes) -> Path:
        """Write a file; text loses its common indentation."""
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else dedent(text).lstrip("\n").encode())
        return file

    def program(self, name: str, *shown: str) -> str:
        """Write a program with the sections ``one``, ``two``, …; return its path."""
        marks = (
            f"# --8<-- [start:{section}]\n{dedent(text).strip()}\n# --8<-- [end:{section}]\n"
            for section, text in zip(("one", "two", "three"), shown, strict=False)
        )
        return str(self.write(f"snippets/{name}.py", "\n".join(marks)).relative_to(self.root))

    def page(self, name: str, *sections: str, output: str = "output") -> Path:
        """Write a page that shows sections, ``program:section`` each, on the lines 3, 9, 15, …"""
        shown = (f'```python\n--8<-- "snippets/{section}"\n```\n```{output}\n```\n' for section in sections)
        return self.write(f"docs/{name}.md", "# Title { #title }\n\n" + "\n".join(shown))

    def site(self) -> None:
        """Make the project a site that MkDocs can build."""
        self.write("mkdocs.yml", SITE)
        self.write("docs/index.md", "# Home\n")

    def session(self, **changes: Any) -> Session:
        """A session on this project."""
        return Session(Settings.load(self.root, **changes))

    def run(self, *arguments: str) -> Result:
        """Call the shell command in this process; prove that nothing of it is left."""
        result = CliRunner().invoke(main, ["--root", str(self.root), *arguments], env=self.environment)
        self.nothing_left()
        return result

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a Python process in the project's folder."""
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=self.root,
            env=self.all_environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def processes(self) -> list[int]:
        """The processes that a run of this project started."""
        return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if self._mine(pid)]

    def nothing_left(self, seconds: float = 5.0) -> None:
        """No process and no temporary file, at the latest after some seconds."""
        end = time.monotonic() + seconds
        while (self.processes() or list(self.temporary.iterdir())) and time.monotonic() < end:
            time.sleep(0.02)
        assert not self.processes()
        assert not list(self.temporary.iterdir())

    def _mine(self, pid: int) -> bool:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            return state != "Z" and self.mark.encode() in Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            return False
