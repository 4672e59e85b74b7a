"""One deno process that imports the site's modules and answers calls, as JSON lines over its pipes.

The process may read the folder that it was given and nothing else: no network, no writing, no environment.
"""

from __future__ import annotations

import base64
import json
import os
import queue
import shutil
import subprocess
import sys
import sysconfig
import threading
from array import array
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

TIMEOUT = 60.0  # seconds for one call: the longest in the tests takes a tenth of it
SERVER = Path(__file__).with_name("serve.js")


class ScriptError(RuntimeError):
    """A call failed: the module threw, the process died or gave no answer in time, or deno is not installed."""


class Floats:
    """Doubles on their way to a ``Float64Array``, bit for bit; plain lists arrive as plain arrays."""

    def __init__(self, values: Iterable[float]) -> None:
        self.values = array("d", values)


class Deno:
    """A process for modules below ``root``, started by the first call. Use as a context manager, or ``close()`` it.

    Modules are read once: after an edit, ``close()`` and the next call start afresh.
    """

    def __init__(self, root: Path, timeout: float = TIMEOUT) -> None:
        self.root = root.resolve()
        self.timeout = timeout
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._complaints: deque[str] = deque(maxlen=20)
        self._lock = threading.Lock()
        self._count = 0

    def call(self, module: str | Path, function: str, *args: Any) -> Any:
        """Call ``function`` (dots reach into exported objects) of a module, named relative to ``root``.

        ``Floats`` become ``Float64Array``, which comes back as ``array("d")``. Raises ScriptError.
        """
        file = self.root / module
        if not file.is_file():
            raise ScriptError(f"{module}: no such module in {self.root}")
        with self._lock:
            self._count += 1
            request = {"id": self._count, "module": file.as_uri(), "call": function, "args": _plain(args)}
            answer = self._exchange(json.dumps(request), f"{module}: {function}")
        if "error" in answer:
            raise ScriptError(f"{module}: {function} failed: {answer['error']}")
        return answer["value"]

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()

    def __enter__(self) -> Deno:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _exchange(self, line: str, what: str) -> dict[str, Any]:
        if self._process is None:
            self._start()
        assert self._process is not None and self._process.stdin is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
            answer = self._answers.get(timeout=self.timeout)
        except queue.Empty:
            self.close()
            raise ScriptError(f"{what} gave no answer within {self.timeout:g} s; the process was ended") from None
        except OSError:
            answer = None
        if answer is None:
            code = self._process.wait()
            self.close()
            raise ScriptError(f"{what}: deno ended with code {code}\n{''.join(self._complaints)}")
        found: dict[str, Any] = json.loads(answer, object_hook=_read)
        return found

    def _start(self) -> None:
        offline = ("--no-prompt", "--no-config", "--no-lock", "--no-remote", "--no-npm")
        allowed = f"--allow-read={self.root},{SERVER.parent}"
        environment = {**os.environ, "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"}
        self._answers, self._complaints = queue.Queue(), deque(maxlen=20)
        self._process = subprocess.Popen(
            [_executable(), "run", "--quiet", *offline, allowed, str(SERVER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=environment,
        )
        for target in (self._listen, self._note):
            threading.Thread(target=target, args=(self._process, self._answers), daemon=True).start()

    def _listen(self, process: subprocess.Popen[str], answers: queue.Queue[str | None]) -> None:
        assert process.stdout is not None
        for line in _lines(process.stdout):
            answers.put(line)
        answers.put(None)

    def _note(self, process: subprocess.Popen[str], _answers: queue.Queue[str | None]) -> None:
        assert process.stderr is not None
        self._complaints.extend(_lines(process.stderr))


def _lines(pipe: Iterable[str]) -> Iterable[str]:
    try:
        yield from pipe
    except ValueError:  # closed by close() while it was being read
        return


def _executable() -> str:
    beside = shutil.which("deno", path=sysconfig.get_path("scripts")) or shutil.which(
        "deno", path=Path(sys.executable).parent
    )
    found = beside or shutil.which("deno")
    if found is None:
        raise ScriptError("deno is not installed: `make setup` installs it into .venv")
    return found


def _plain(value: Any) -> Any:
    """The value as JSON can carry it; a float that is not finite becomes ``{"$number": …}``."""
    if isinstance(value, Floats):
        data = value.values.tobytes() if sys.byteorder == "little" else _swapped(value.values).tobytes()
        return {"$f64": base64.b64encode(data).decode("ascii")}
    if isinstance(value, float) and not abs(value) < float("inf"):
        return {"$number": "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"}
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _read(item: dict[str, Any]) -> Any:
    if "$f64" in item:
        values = array("d", base64.b64decode(item["$f64"]))
        return values if sys.byteorder == "little" else _swapped(values)
    if "$number" in item:
        return float(item["$number"].replace("Infinity", "inf"))
    if "$int" in item:
        return int(item["$int"])
    return item


def _swapped(values: array[float]) -> array[float]:
    other = values[:]
    other.byteswap()
    return other
