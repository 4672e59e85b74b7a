"""Typeset formulas on disk, addressed by what they were made from."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
from dataclasses import asdict
from pathlib import Path
from typing import Any

from docrun.shards import Shards
from typeset.engine import SCRIPTS, Drawn, Source, mathjax_version

log = logging.getLogger("typeset")

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
