"""Run a lab in a kernel of its own, or take what the same lab did under the same versions."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import platform
import re
import signal
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from docrun import files
from sitekit.lab import Lab, LabError

log = logging.getLogger("mkdocs.plugins.sitekit")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_AT = re.compile(r"Cell In\s?\[\d+\], line (\d+)")
_ARGUMENTS = [
    "--log-level=ERROR",
    "--InlineBackend.figure_formats=svg",
    "--InlineBackend.print_figure_kwargs={'bbox_inches': None}",  # the size that the style sheet says
]
_NICE = "--IPKernelApp.exec_lines=import os; os.nice(10)"  # whoever waits for a page comes first


@dataclass
class Executor:
    """Executed labs of one project: ``folder`` is the cache, ``style`` the text of the figures' style sheet.

    ``timeout`` is in seconds, for one cell; ``nice`` lets other work go first.
    """

    folder: Path
    style: str = ""
    timeout: int = 60
    nice: bool = False
    _stopped: threading.Event = field(default_factory=threading.Event)
    _client: NotebookClient | None = None

    def run(self, lab: Lab) -> NotebookNode:
        """The executed notebook. Raises ``LabError`` when a cell fails; a failure is never cached."""
        file = self.folder / f"{self.key(lab)}.json"
        return self._read(file) or self._write(file, self._execute(lab))

    def key(self, lab: Lab) -> str:
        """A digest of all that decides what a run gives."""
        own = "".join(path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("*.py")))
        versions = json.dumps(lab.used(), sort_keys=True)
        return files.digest(lab.text, self.style, own, platform.python_version(), versions)[:32]

    def stop(self) -> None:
        """End the lab that runs, at once; no other will run."""
        self._stopped.set()
        provisioner: Any = self._client and self._client.km and self._client.km.provisioner
        if provisioner and provisioner.process:
            with contextlib.suppress(ProcessLookupError):
                os.kill(provisioner.process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))

    def _read(self, file: Path) -> NotebookNode | None:
        try:
            notebook = nbformat.reads(file.read_text(encoding="utf-8"), as_version=4)
            nbformat.validate(notebook)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, AttributeError, nbformat.ValidationError) as error:
            log.warning("sitekit: cache entry %s is damaged (%s); running the lab again", file.name, error)
            return None
        return notebook  # type: ignore[no-any-return]

    def _write(self, file: Path, notebook: NotebookNode) -> NotebookNode:
        try:
            files.write(file, nbformat.writes(notebook))
        except OSError as error:
            log.warning("sitekit: cannot write the cache (%s); labs will run again next time", error)
        return notebook

    def _execute(self, lab: Lab) -> NotebookNode:
        notebook = lab.notebook()
        with tempfile.TemporaryDirectory() as folder:  # nothing that a lab writes lands in the checkout
            look = Path(folder, "matplotlibrc")
            look.write_text(f"{self.style}\nsvg.hashsalt: sitekit\n", encoding="utf-8")
            quiet = {"OMP_NUM_THREADS": "1", "SOURCE_DATE_EPOCH": "0", "PYTHONHASHSEED": "0"}
            self._client = NotebookClient(
                notebook,
                timeout=self.timeout,
                kernel_name="python3",
                record_timing=False,
                extra_arguments=[*_ARGUMENTS, _NICE] if self.nice else _ARGUMENTS,
                resources={"metadata": {"path": folder}},
                on_cell_start=self._go_on,
            )
            try:
                self._client.execute(env={**os.environ, **quiet, "MATPLOTLIBRC": str(look)})
            except CellExecutionError as error:
                raise LabError(_failure(lab, notebook, error)) from None
            except (CellTimeoutError, DeadKernelError, RuntimeError) as error:
                raise LabError(f"{lab.path}: {str(error).strip().splitlines()[0]}") from error
            finally:
                self._client = None
        return checked(lab, notebook)

    def _go_on(self, **_: Any) -> None:
        if self._stopped.is_set():
            raise DeadKernelError("stopped")


def _failure(lab: Lab, notebook: NotebookNode, error: CellExecutionError) -> str:
    """file:line: cause, then the traceback without colours."""
    trace = _ANSI.sub("", str(error.traceback))
    failed = next((cell for cell in notebook.cells if _has_error(cell)), None)
    inside = _AT.findall(trace)
    line = lab.line_of(failed.source, int(inside[-1]) if inside else 1) if failed else 1
    return f"{lab.path}:{line}: {error.ename}: {error.evalue}\n{trace}"


def _has_error(cell: NotebookNode) -> bool:
    return any(output.output_type == "error" for output in cell.get("outputs", ()))


def checked(lab: Lab, notebook: NotebookNode) -> NotebookNode:
    """Refuse what must not be published: a warning, a figure without words for it."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            where = f"{lab.path}:{lab.line_of(cell.source)}"
            if output.output_type == "stream" and output.name == "stderr":
                raise LabError(f"{where}: writes to stderr: {output.text.strip()}")
            if "image/svg+xml" in output.get("data", {}) and not cell.metadata.get("alt"):
                raise LabError(f'{where}: draws a figure; give the cell alt="…"')
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    return notebook
