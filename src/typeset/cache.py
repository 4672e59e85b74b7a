"""Typeset formulas on disk, addressed by what they were made from."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from docrun.shards import Shards
from typeset.engine import SCRIPTS, Drawn, Narrow, Source, mathjax_version

log = logging.getLogger("typeset")

_SEEN = {"body": str, "view": str, "width": float, "height": float}
_FIELDS = {**_SEEN, "depth": float, "mathml": str, "rows": list, "narrow": (dict, type(None))}


@functools.cache
def _maker() -> str:
    # Anything that decides the result counts: MathJax and our own scripts.
    parts = [mathjax_version(), *(p.read_text(encoding="utf-8") for p in sorted(SCRIPTS.glob("*.js")))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def key(source: Source) -> str:
    """The address of a formula: hexadecimal, the first digit names the shard."""
    text = json.dumps([_maker(), source.request()], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def _fields(value: Any, kinds: Mapping[str, Any]) -> dict[str, Any] | None:
    """The value with its numbers as floats, if it has these fields and no others."""
    if not isinstance(value, dict) or set(value) != set(kinds):
        return None
    fields = {name: float(v) if isinstance(v, int) else v for name, v in value.items()}
    return fields if all(isinstance(fields[name], kind) for name, kind in kinds.items()) else None


def _entry(value: Any) -> Drawn | None:
    fields = _fields(value, _FIELDS)
    if fields is None:
        return None
    narrow = fields["narrow"] and _fields(fields["narrow"], _SEEN)
    if fields["narrow"] is not None and not narrow:
        return None
    return Drawn(**{**fields, "rows": tuple(fields["rows"]), "narrow": narrow and Narrow(**narrow)})


class Cache:
    """Drawings in shards; a damaged entry is a miss, with a warning."""

    def __init__(self, folder: Path) -> None:
        self._shards = Shards(folder, log)

    def get(self, name: str) -> Drawn | None:
        """The formula at an address, or None."""
        try:
            entry = _entry(self._shards.get(name))
        except KeyError:
            return None
        if entry is None:
            self._shards.forget(name)
        return entry

    def put(self, name: str, drawn: Drawn) -> None:
        """Remember a formula; ``flush`` writes it."""
        self._shards.put(name, {**asdict(drawn), "rows": list(drawn.rows)})

    def flush(self) -> None:
        """Write what is new."""
        self._shards.flush()
