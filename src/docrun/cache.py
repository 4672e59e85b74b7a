"""Records on disk, found by what made them.

An entry's name is the digest of everything known before the run: the program's text and path, the style sheet, the
runner's and Python's versions. What is only known after it, the local files and the distributions that it used,
stands inside the entry and is compared when the entry is read.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from docrun import versions
from docrun.program import Program
from docrun.record import Record

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
            record = Record.from_json(data.get("record"))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, RecursionError) as error:
            log.warning("docrun: cache entry %s is damaged (%s); running the program again", file.name, error)
            return None
        return record if self._holds(record) else None

    def put(self, key: str, record: Record) -> None:
        """Write an entry."""
        text = json.dumps({"key": key, "record": record.to_json()}, ensure_ascii=False)
        self._write(self._file(key), text)

    def text(self, parts: Iterable[str], make: Callable[[], str]) -> str:
        """A text that only depends on ``parts``, made at most once."""
        joined = "\0".join([*parts, runner_version()])
        file = self.folder / f"{hashlib.sha256(joined.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.txt"
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
            handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=".new-")
            with open(handle, "w", encoding="utf-8", errors="surrogatepass", newline="\n") as new:
                new.write(text)
            os.replace(temporary, file)
        except OSError as error:
            if temporary:
                Path(temporary).unlink(missing_ok=True)
            if not self._warned:
                log.warning("docrun: cannot write the cache (%s); programs will run again next time", error)
            self._warned = True

    def evict(self, keep: Iterable[str]) -> int:
        """Remove every entry but those named, and every text that was not asked for; return how many went."""
        kept = {self._file(key) for key in keep} | self._texts
        gone = [file for file in self.entries() if file not in kept]
        for file in gone:
            file.unlink(missing_ok=True)
        return len(gone)

    def entries(self) -> list[Path]:
        """The files of all entries."""
        return sorted([*self.folder.glob("*.json"), *self.folder.glob("*.txt")]) if self.folder.is_dir() else []

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}.json"

    def _holds(self, record: Record) -> bool:
        same = all(versions.version(name) == known for name, known in record.versions.items())
        return same and all(_digest(self.root / name) == known for name, known in record.files.items())


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _digest(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


@cache
def runner_version() -> str:
    """A digest of the runner's own code: any change to it runs every program again."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:16]
