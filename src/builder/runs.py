"""Real runs of emitted programs: all in one child process with one thread, each at most once for a text and a torch.

The child reads programs by name, and which of their variables are wanted, and writes those as JSON. The programs come
from this site's own presets; they load or draw their data and write nothing.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

from docrun.shards import Shards

log = logging.getLogger("builder")
TIMEOUT = 60  # seconds for one program: the longest takes a tenth of it on an idle machine
WANTED = ("history", "accuracy")
Run = dict[str, Any]

_CHILD = """
import contextlib, io, json, sys
import torch
torch.set_num_threads(1)
found = {}
programs, wanted = json.load(sys.stdin)
for name, text in programs.items():
    names = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(text, f"{name}.py", "exec"), names)
    found[name] = {each: names.get(each) for each in wanted}
json.dump(found, sys.stdout)
"""


class RunError(RuntimeError):
    """A program of the gallery failed or took too long; the message ends with what it said."""


class Runs:
    """What programs gave, remembered in ``folder`` by their text and the versions that decide."""

    def __init__(self, folder: Path) -> None:
        self._shards = Shards(folder, log)

    def of(self, programs: dict[str, str], wanted: tuple[str, ...] = WANTED) -> dict[str, Run]:
        """The wanted variables at the programs' ends, by the programs' names in their order. Raises RunError."""
        keys = {name: self._key(text) for name, text in programs.items()}
        missing = {name: text for name, text in programs.items() if not self._knows(keys[name])}
        if missing:
            for name, found in run(missing, wanted).items():
                self._shards.put(keys[name], found)
            self._shards.flush()
        return {name: self._shards.get(key) for name, key in keys.items()}

    def _knows(self, key: str) -> bool:
        try:
            self._shards.get(key)
        except KeyError:
            return False
        return True

    def _key(self, text: str) -> str:
        versions = [metadata.version(name) for name in ("torch", "scikit-learn")]
        return hashlib.sha256("\0".join([text, _CHILD, platform.python_version(), *versions]).encode()).hexdigest()[:40]


def run(programs: dict[str, str], wanted: tuple[str, ...]) -> dict[str, Run]:
    """Variables of programs at their end, by the programs' names; None for one that is not there. Raises RunError."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [sys.executable, "-c", _CHILD],
                input=json.dumps([programs, wanted]),
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=TIMEOUT * len(programs),
            )
        except subprocess.TimeoutExpired:
            raise RunError(f"the gallery's programs took more than {TIMEOUT * len(programs)} s") from None
    if done.returncode:
        raise RunError(f"a program of the gallery failed:\n{done.stderr[-2000:]}")
    found: dict[str, Run] = json.loads(done.stdout)
    return found
