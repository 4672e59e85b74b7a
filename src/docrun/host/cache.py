"""Records on disk, found by what made them.

An entry's name is the digest of everything known before the run: the program's text and path, the style sheet, the
runner's and Python's versions. What is only known after it, the files of the checkout and the distributions that it
used, is inside the entry and is compared when the entry is read. So entries of several machines merge by copying.
"""

from __future__ import annotations

import contextlib
import json
import logging
import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from docrun import files
from docrun.author.program import Program
from docrun.host import versions
from docrun.record import Record, state

_RUNNER = Path(__file__).parent.parent
_DECIDES = ("worker/*.py", "author/program.py", "record.py", "host/reply.py", "host/versions.py")

log = logging.getLogger("mkdocs.plugins.docrun")


@dataclass
class Cache:
    """The cache of one project; ``folder`` is made when the first entry is written.

    ``environment`` is what programs see of the host's environment beyond the usual.
    """

    root: Path
    folder: Path
    environment: str = ""
    _warned: bool = False
    _texts: set[Path] = field(default_factory=set)

    def key(self, program: Program, style: str) -> str:
        """The name of a program's entry; ``style`` is the text of the style sheet."""
        about = (program.path, program.text, style, self.environment)
        return files.digest(*about, runner_version(), platform.python_version())[:32]

    def get(self, key: str) -> Record | None:
        """The record of that name, if it is whole and nothing it used has changed since."""
        file = self._file(key)
        try:
            data = json.loads(files.unseal(file.read_text(encoding="utf-8")))
            if data["key"] != key:
                raise ValueError("written under another name")
            record = Record.from_json(data["record"])
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            log.warning("docrun: cache entry %s is damaged (%s); running the program again", file.name, error)
            return None
        return record if self.holds(record) else None

    def holds(self, record: Record) -> bool:
        """Whether everything that a run used is now as it was then."""
        same = all(versions.version(name) == known for name, known in record.versions.items())
        return same and all(state(self.root, name) == known for name, known in record.files.items())

    def put(self, key: str, record: Record) -> None:
        """Write an entry."""
        self._write(self._file(key), json.dumps({"key": key, "record": record.to_json()}))

    def text(self, page: str, parts: Iterable[str], make: Callable[[], str]) -> str:
        """A text that belongs to ``page`` and only depends on ``parts``, made at most once."""
        file = self.folder / f"{_about(page)}-{files.digest(page, *parts, _code('**/*.py'))[:32]}.txt"
        self._texts.add(file)
        with contextlib.suppress(OSError, ValueError):
            return files.unseal(file.read_text(encoding="utf-8"))
        text = make()
        self._write(file, text)
        return text

    def _write(self, file: Path, text: str) -> None:
        """Write all or nothing; where the folder cannot be written, say so once and go on without."""
        try:
            files.write(file, files.seal(text))
        except OSError as error:
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
        for file in (*old, *files.abandoned(self.folder)):
            with contextlib.suppress(OSError):
                file.unlink()
        return len(old)

    def entries(self) -> list[Path]:
        """The files of all entries."""
        return sorted([*self.folder.glob("*.json"), *self.folder.glob("*.txt")]) if self.folder.is_dir() else []

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}.json"


def _about(page: str) -> str:
    return files.digest(page)[:8]


def runner_version() -> str:
    """A digest of the code that decides what a record holds: a change to it runs every program again."""
    return _code(*_DECIDES)


@cache
def _code(*patterns: str) -> str:
    sources = sorted(file for pattern in patterns for file in _RUNNER.glob(pattern))
    return files.digest(*(file.read_text(encoding="utf-8") for file in sources))[:16]
