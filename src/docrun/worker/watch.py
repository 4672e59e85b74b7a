"""What a program uses while it runs: warnings it raises, files it reads or looks for, distributions it imports."""

from __future__ import annotations

import builtins
import functools
import importlib
import importlib.util
import os
import sys
import sysconfig
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from docrun.record import LISTED, state
from docrun.worker.job import Job
from docrun.worker.randomness import Randomness
from docrun.worker.trace import clean

_RUNNER = Path(__file__).parent.parent
_CHANGES = {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod"}
_CHANGES |= {"shutil.rmtree"}  # it removes what is inside by names relative to a folder
_LISTS = {"os.listdir", "os.scandir"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_QUESTIONS = ("stat", "lstat", "access")  # whose answer may be that there is no such file


class Watch:
    """Look on from now until ``off``; keep the program from writing into the checkout."""

    def __init__(self, job: Job) -> None:
        self._root = Path(job.root)
        self._program = str(self._root / job.path)
        self._path = job.path  # what the parser calls it
        self._foreign = _foreign(str(self._root), job.folder)
        self._before = set(sys.modules)
        self._seen: dict[str, str] = {}  # what the program used of the checkout → its state when it was used
        self._named: set[str] = set()
        self._warned: list[dict[str, Any]] = []
        self.line: int | None = None  # of the statement that runs, or of the last one of its section
        self._on = True
        self._random = Randomness(job.draw)
        self._import: Callable[..., Any] = builtins.__import__
        builtins.__import__ = self._imported
        self._import_module: Callable[..., Any] = importlib.import_module
        importlib.import_module = self._imported_by_function
        for question in _QUESTIONS:  # no audit event tells of these
            self._watch_question(question)
        warnings.showwarning = self._warning  # type: ignore[assignment]
        sys.dont_write_bytecode = True  # a local module's bytecode would land in the checkout
        sys.addaudithook(self._audit)

    def off(self) -> None:
        """Look away; an audit hook cannot be removed."""
        self._on = False

    def findings(self) -> dict[str, Any]:
        """What was seen, ready for JSON."""
        self.off()
        modules = self._modules()
        for file in modules:
            self._saw(file)
        for name in self._named:  # a file of that name beside the program would be imported instead
            for rival in (f"{name}.py", name):
                self._saw(str(Path(self._program).parent / rival))
        return {
            "warnings": self._warned,
            "files": dict(sorted(self._seen.items())),
            "modules": sorted(map(self._relative, modules)),
            "named": sorted(self._named),
            "new": sorted(_tops(set(sys.modules) - self._before) - {"docrun"}),
            "loaded": sorted(_tops(set(sys.modules))),
            "unseeded": self._random.finish(),
        }

    def _modules(self) -> set[str]:
        files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
        return {file for file in files if isinstance(file, str) and self._is_local(file) and file != self._program}

    def _is_local(self, file: str) -> bool:
        return _inside(file, str(self._root)) and not any(_inside(file, place) for place in self._foreign)

    def _relative(self, file: str) -> str:
        return Path(file).relative_to(self._root).as_posix()

    def _saw(self, file: str, mark: str = "") -> None:
        """Note the state of a file of the checkout, once: what counts is what the program found."""
        if self._is_local(file) and file != self._program:
            name = self._relative(file) + mark
            if name not in self._seen:
                on, self._on = self._on, False  # reading it here is no use by the program
                try:
                    self._seen[name] = state(self._root, name)
                finally:
                    self._on = on

    def _imported(self, name: str, globals: Any = None, *rest: Any, **named: Any) -> Any:
        self._note(name, globals or {})
        try:
            return self._import(name, globals, *rest, **named)
        finally:
            self._random.look()

    def _imported_by_function(self, name: str, package: str | None = None) -> Any:
        self._note(name, sys._getframe(1).f_globals)
        try:
            return self._import_module(name, package)
        finally:
            self._random.look()

    def _note(self, name: str, caller: dict[str, Any]) -> None:
        if caller.get("__name__") == "__main__" or self._is_local(str(caller.get("__file__") or "")):
            self._named.add(name.partition(".")[0])

    def _watch_question(self, name: str) -> None:
        question = getattr(os, name)
        asked = self._asked(question)
        for capable in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks, os.supports_effective_ids):
            if question in capable:
                capable.add(asked)
        setattr(os, name, asked)

    def _asked(self, question: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(question)
        def asked(path: Any, *rest: Any, **named: Any) -> Any:
            if self._on and isinstance(path, str | bytes | os.PathLike) and not named.get("dir_fd"):
                self._saw(os.path.abspath(os.fsdecode(path)))
            return question(path, *rest, **named)

        return asked

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
            self._opened(os.path.abspath(os.fsdecode(args[0])), args[2])
        elif event in _LISTS and isinstance(args[0], str | bytes | os.PathLike):
            if "importlib" not in sys._getframe(1).f_code.co_filename:  # Python looks for modules there
                self._saw(os.path.abspath(os.fsdecode(args[0])), LISTED)
        elif event in _CHANGES:
            for name in args[:2]:
                if isinstance(name, str | bytes | os.PathLike):
                    self._refuse(os.path.abspath(os.fsdecode(name)))

    def _opened(self, file: str, flags: int) -> None:
        if flags & _WRITES:
            self._refuse(file)
        elif file.endswith(".pyc"):
            if self._is_local(file) and os.path.basename(os.path.dirname(file)) == "__pycache__":
                self._saw(importlib.util.source_from_cache(file))
        else:
            self._saw(file)

    def _refuse(self, file: str) -> None:
        if self._is_local(file):
            where = self._relative(file)
            raise PermissionError(f"a program may not change the checkout ({where}); write to the working folder")


def _foreign(root: str, folder: str) -> tuple[str, ...]:
    """Places inside the checkout that are not its own: an environment, the runner. What holds the checkout is none."""
    places = {sys.prefix, sys.base_prefix, str(_RUNNER), folder, *sysconfig.get_paths().values()}
    return tuple(sorted(place for place in places if _inside(place, root)))


def _inside(file: str, folder: str) -> bool:
    return file.startswith(folder.rstrip(os.sep) + os.sep)


def _tops(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}
