"""What a program uses while it runs: warnings it raises, files it reads, distributions it imports."""

from __future__ import annotations

import builtins
import importlib
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from docrun.job import Job
from docrun.record import digest
from docrun.trace import clean

_CHANGES = {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod"}
_CHANGES |= {"shutil.rmtree"}  # it removes what is inside by names relative to a folder
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Watch:
    """Look on from now until ``off``; keep the program from writing into the checkout."""

    def __init__(self, job: Job) -> None:
        self._root = Path(job.root)
        self._program = str(self._root / job.path)
        self._path = job.path  # what the parser calls it
        self._not_mine = (sys.prefix, sys.base_prefix, str(Path(__file__).parent), job.folder)
        self._before = set(sys.modules)
        self._read: set[str] = set()
        self._named: set[str] = set()
        self._warned: list[dict[str, Any]] = []
        self.line: int | None = None  # of the statement that runs, or of the last one of its section
        self._on = True
        self._import: Callable[..., Any] = builtins.__import__
        builtins.__import__ = self._imported
        self._import_module: Callable[..., Any] = importlib.import_module
        importlib.import_module = self._imported_by_function
        warnings.showwarning = self._warning  # type: ignore[assignment]
        sys.dont_write_bytecode = True  # a local module's bytecode would land in the checkout
        sys.addaudithook(self._audit)

    def off(self) -> None:
        """Look away; an audit hook cannot be removed."""
        self._on = False

    def findings(self) -> dict[str, Any]:
        """What was seen, ready for JSON; digests are of the files as they are now."""
        modules = sorted(self._modules())
        files = {self._relative(name): digest(Path(name)) for name in sorted({*self._read, *modules})}
        return {
            "warnings": self._warned,
            "files": {name: digest for name, digest in files.items() if digest},
            "modules": [self._relative(name) for name in modules],
            "named": sorted(self._named),
            "new": sorted(_tops(set(sys.modules) - self._before) - {"docrun"}),
            "loaded": sorted(_tops(set(sys.modules))),
        }

    def _modules(self) -> set[str]:
        files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
        return {file for file in files if isinstance(file, str) and self._mine(file) and file != self._program}

    def _mine(self, file: str) -> bool:
        return self._inside(file, str(self._root)) and not any(self._inside(file, place) for place in self._not_mine)

    @staticmethod
    def _inside(file: str, folder: str) -> bool:
        return file.startswith(folder.rstrip(os.sep) + os.sep)

    def _relative(self, file: str) -> str:
        return Path(file).relative_to(self._root).as_posix()

    def _imported(self, name: str, globals: Any = None, *rest: Any, **named: Any) -> Any:
        self._note(name, globals or {})
        return self._import(name, globals, *rest, **named)

    def _imported_by_function(self, name: str, package: str | None = None) -> Any:
        self._note(name, sys._getframe(1).f_globals)
        return self._import_module(name, package)

    def _note(self, name: str, caller: dict[str, Any]) -> None:
        if caller.get("__name__") == "__main__" or self._mine(str(caller.get("__file__") or "")):
            self._named.add(name.partition(".")[0])

    def _warning(self, message: Warning | str, category: type[Warning], filename: str, lineno: int, *_: Any) -> None:
        line = lineno if filename in (self._program, self._path) else None
        frame = sys._getframe()
        while line is None and frame.f_back:
            frame = frame.f_back
            line = frame.f_lineno if frame.f_code.co_filename == self._program else None
        self._warned.append({"line": line or self.line, "category": category.__name__, "text": clean(str(message))})

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        if not self._on:
            return
        if event == "open" and isinstance(args[0], str | bytes | os.PathLike):
            file = os.path.abspath(os.fsdecode(args[0]))
            if not self._mine(file):
                return
            if args[2] & _WRITES:
                self._refuse(file)
            if file != self._program and not file.endswith(".pyc"):
                self._read.add(file)
        elif event in _CHANGES:
            for name in args[:2]:
                if isinstance(name, str | bytes | os.PathLike) and self._mine(os.path.abspath(os.fsdecode(name))):
                    self._refuse(os.path.abspath(os.fsdecode(name)))

    def _refuse(self, file: str) -> None:
        where = self._relative(file)
        raise PermissionError(f"a program may not change the checkout ({where}); write to the working folder")


def _tops(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}
