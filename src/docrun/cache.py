"""Records on disk, found by what made them.

An entry's name is the digest of everything known before the run: the program's text and path, the style sheet, the
runner's and Python's versions. What is only known after it, the local files and the distributions that it used,
stands inside the entry and is compared when the entry is read.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from docrun import versions
from docrun.program import Program
from docrun.record import Record, digest

_NEW = ".new-"
_ABANDONED = 3600.0  # seconds after which nobody is still writing a file

log = logging.getLogger("mkdocs.plugins.docrun")


@dataclass
class Cache:
    """The cache of one project; ``folder`` is made when the first entry is written."""

    root: Path
    folder: Path
    _warned: bool = False
    _texts: set[Path] = field(default_factory=set)

    def key(self, program: Program, style: str) -> str:
        """The name of a program's entry; ``style`` is the text of the style sheet."""
        parts = (program.path, program.text, style, runner_version(), platform.python_version())
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def get(self, key: str) -> Record | None:
        """The record of that name, if it is whole and nothing it used has changed since."""
        file = self._file(key)
        try:
            data = json.loads(file.read_text(encoding="utf-8"))
            if not isinstance(data, dict) or data.get("key") != key:
                raise ValueError("written under another name")
            if data.get("digest") != _hash(json.dumps(data.get("record"))):
                raise ValueError("not what was written")
            record = Record.from_json(data["record"])
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, RecursionError) as error:
            log.warning("docrun: cache entry %s is damaged (%s); running the program again", file.name, error)
            return None
        return record if self._holds(record) else None

    def put(self, key: str, record: Record) -> None:
        """Write an entry."""
        data = record.to_json()
        text = json.dumps({"key": key, "digest": _hash(json.dumps(data)), "record": data})
        self._write(self._file(key), text)

    def text(self, page: str, parts: Iterable[str], make: Callable[[], str]) -> str:
        """A text that belongs to ``page`` and only depends on ``parts``, made at most once."""
        file = self.folder / f"{_about(page)}-{_hash(chr(0).join([page, *parts, runner_version()]))[:32]}.txt"
        self._texts.add(file)
        try:
            digest, _, text = file.read_text(encoding="utf-8").partition("\n")
            if digest == _hash(text):
                return text
        except (OSError, ValueError):
            pass
        text = make()
        self._write(file, f"{_hash(text)}\n{text}")
        return text

    def _write(self, file: Path, text: str) -> None:
        """Write all or nothing; where the folder cannot be written, say so once and go on without."""
        temporary = ""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=_NEW)
            with open(handle, "w", encoding="utf-8", errors="surrogatepass", newline="\n") as new:
                new.write(text)
            os.replace(temporary, file)
        except OSError as error:
            if temporary:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
            if not self._warned:
                log.warning("docrun: cannot write the cache (%s); programs will run again next time", error)
            self._warned = True

    def evict(self, keep: Iterable[str], pages: Iterable[str] = ()) -> int:
        """Remove every record but those named; return how many entries went.

        A text goes if its page was built now without it, or if its page is not among ``pages`` any more: those
        of another language wait for that language's build. What a killed build left half written goes too.
        """
        built = {file.name.partition("-")[0] for file in self._texts}
        waiting = {_about(page) for page in pages} - built
        kept = {self._file(key) for key in keep} | self._texts
        old = [file for file in self.entries() if file not in kept and file.name.partition("-")[0] not in waiting]
        for file in (*old, *self._abandoned()):
            with contextlib.suppress(OSError):
                file.unlink()
        return len(old)

    def _abandoned(self) -> list[Path]:
        limit = time.time() - _ABANDONED
        found = []
        for file in self.folder.glob(f"{_NEW}*"):
            with contextlib.suppress(OSError):  # another build has just finished it
                found += [file] if file.stat().st_mtime < limit else []
        return found

    def entries(self) -> list[Path]:
        """The files of all entries."""
        return sorted([*self.folder.glob("*.json"), *self.folder.glob("*.txt")]) if self.folder.is_dir() else []

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}.json"

    def _holds(self, record: Record) -> bool:
        same = all(versions.version(name) == known for name, known in record.versions.items())
        return same and all(digest(self.root / name) == known for name, known in record.files.items())


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _about(page: str) -> str:
    return _hash(page)[:8]


@cache
def runner_version() -> str:
    """A digest of the runner's own code: any change to it runs every program again."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:16]
