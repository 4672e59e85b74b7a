"""Many small things on disk, found by the digest of what they were made from: sixteen JSON files."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from docrun import files

MOST = 1000  # entries a shard keeps, those in use and then the newest


class Shards:
    """A folder of sixteen files, each read when first asked for and written whole.

    Names are hexadecimal, the first digit names the shard. Two builds at once are safe: a reader sees an old or a new
    file, never half of one, and what the slower writer did not know of is only made again. A damaged file is empty,
    with a warning; where the folder cannot be written, the build goes on without.
    """

    def __init__(self, folder: Path, log: logging.Logger) -> None:
        self.folder, self._log = folder, log
        self._shards: dict[str, dict[str, Any]] = {}
        self._new: dict[str, dict[str, Any]] = {}
        self._used: dict[str, None] = {}  # what this process asked for, in that order

    def get(self, name: str) -> Any:
        """What is known under a name. Raises KeyError where there is nothing."""
        self._used[name] = None
        return self._shard(name[0])[name]

    def forget(self, name: str) -> None:
        """Drop an entry that is damaged."""
        self._log.warning("%s: damaged entry in %s; it is made again", self._log.name, self._path(name[0]))
        self._shard(name[0]).pop(name, None)

    def put(self, name: str, value: Any) -> None:
        """Remember something that JSON can hold; ``flush`` writes it."""
        self._used[name] = None
        self._shard(name[0])[name] = value
        self._new.setdefault(name[0], {})[name] = value

    def flush(self) -> None:
        """Write what is new, on top of what other builds wrote in the meantime."""
        new, self._new = self._new, {}
        for shard in sorted(new):
            merged = {**self._read(shard), **new[shard]}
            in_use = {name: merged[name] for name in self._used if name in merged}
            others = [name for name in merged if name not in in_use]
            kept = others[len(others) - max(MOST - len(in_use), 0) :] if len(merged) > MOST else others
            try:
                text = json.dumps(
                    {**{name: merged[name] for name in kept}, **in_use}, ensure_ascii=False, separators=(",", ":")
                )
                files.write(self._path(shard), text)
            except OSError as error:
                self._log.warning("%s: cannot write the cache: %s", self._log.name, error)
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
            self._log.warning("%s: damaged cache %s (%s); it is made again", self._log.name, self._path(shard), error)
            return {}
        if not isinstance(content, dict):
            self._log.warning("%s: damaged cache %s; it is made again", self._log.name, self._path(shard))
            return {}
        return content
