"""Typeset formulas on disk, addressed by what they were made from."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
from dataclasses import asdict
from pathlib import Path
from typing import Any

from docrun import files
from typeset.engine import SCRIPTS, Drawn, Source, mathjax_version

log = logging.getLogger("typeset")

SHARDS = "0123456789abcdef"
MOST = 1000  # entries a shard keeps, those in use and then the newest: some 60 MB in all, many times a site's need
_FIELDS = {
    "body": str,
    "view": str,
    "width": float,
    "height": float,
    "depth": float,
    "mathml": str,
    "rows": list,
}


@functools.cache
def _maker() -> str:
    # Anything that decides the result counts: MathJax and our own scripts.
    parts = [mathjax_version(), *(p.read_text(encoding="utf-8") for p in sorted(SCRIPTS.glob("*.js")))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def key(source: Source) -> str:
    """The address of a formula: hexadecimal, the first digit names the shard."""
    text = json.dumps([_maker(), source.request()], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def _entry(value: Any) -> Drawn | None:
    if not isinstance(value, dict) or set(value) != set(_FIELDS):
        return None
    fields: dict[str, Any] = {name: float(v) if isinstance(v, int) else v for name, v in value.items()}
    if not all(isinstance(fields[name], kind) for name, kind in _FIELDS.items()):
        return None
    return Drawn(**{**fields, "rows": tuple(fields["rows"])})


class Cache:
    """A folder of sixteen JSON files, read when first asked for and written whole under a temporary name.

    Two builds at once are safe: a reader sees an old or a new file, never half of one, and what the slower
    writer did not know of is only typeset again. A damaged file or entry is a miss. If the folder cannot be
    written, the build goes on without.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._shards: dict[str, dict[str, Any]] = {}
        self._new: dict[str, dict[str, Any]] = {}
        self._used: dict[str, None] = {}  # what this process asked for, in that order

    def get(self, name: str) -> Drawn | None:
        """The formula at an address, or None."""
        self._used[name] = None
        known = self._shard(name[0])
        if name not in known:
            return None
        entry = _entry(known[name])
        if entry is None:
            log.warning("typeset: damaged entry in %s, typesetting again", self._path(name[0]))
            del known[name]
        return entry

    def put(self, name: str, drawn: Drawn) -> None:
        """Remember a formula; ``flush`` writes it."""
        value = {**asdict(drawn), "rows": list(drawn.rows)}
        self._used[name] = None
        self._shard(name[0])[name] = value
        self._new.setdefault(name[0], {})[name] = value

    def flush(self) -> None:
        """Write what is new, on top of what other builds wrote in the meantime."""
        new, self._new = self._new, {}
        for shard in sorted(new):
            merged = {**self._read(shard), **new[shard]}
            others = {name: entry for name, entry in merged.items() if name not in self._used}
            in_use = {name: merged[name] for name in self._used if name in merged}
            room = max(MOST - len(in_use), 0)
            kept = {**dict(list(others.items())[len(others) - room :] if room < len(others) else others), **in_use}
            try:
                files.write(self._path(shard), json.dumps(kept, ensure_ascii=False, separators=(",", ":")))
            except OSError as error:
                log.warning("typeset: formulas are not cached: %s", error)
                return

    def _shard(self, shard: str) -> dict[str, Any]:
        if shard not in self._shards:
            self._shards[shard] = self._read(shard)
        return self._shards[shard]

    def _path(self, shard: str) -> Path:
        return self.folder / f"{shard}.json"

    def _read(self, shard: str) -> dict[str, Any]:
        try:
            content = json.loads(self._path(shard).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            log.warning("typeset: unreadable cache %s (%s), typesetting again", self._path(shard), error)
            return {}
        if not isinstance(content, dict):
            log.warning("typeset: damaged cache %s, typesetting again", self._path(shard))
            return {}
        return content
