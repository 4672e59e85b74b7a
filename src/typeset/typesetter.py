"""TeX to drawings, through the cache."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from typeset import engine
from typeset.cache import Cache, key
from typeset.engine import Drawn, Source
from typeset.macros import Macros


class Typesetter:
    """Typesets with one set of macros and one cache folder (none if ``cache`` is None).

    No engine is started as long as everything asked for is in the cache.
    """

    def __init__(self, macros: Macros | None = None, cache: Path | None = None) -> None:
        self.macros = macros or Macros()
        self._cache = _shared_cache(cache) if cache else None

    def typeset(self, formulas: Sequence[tuple[str, bool, str] | tuple[str, bool, str, float]]) -> list[Drawn | str]:
        """Typeset formulas, each given as TeX, whether displayed, and TeX with ``\\tag`` on numbered rows.

        The third is empty where nothing is numbered. A fourth is the room on a phone, in ex: a wider formula gets a
        second setting. The result has an entry for each: the drawing, or MathJax's error message.
        """
        sources = [self._source(*formula) for formula in formulas]
        names = {source: key(source) for source in sources}
        done: dict[Source, Drawn | str] = {}
        for source, name in names.items():
            if self._cache and (drawn := self._cache.get(name)):
                done[source] = drawn
        missing = [source for source in names if source not in done]
        for source, result in zip(missing, engine.render(missing), strict=True):
            done[source] = result
            if self._cache and isinstance(result, Drawn):
                self._cache.put(names[source], result)
        return [done[source] for source in sources]

    def flush(self) -> None:
        """Write new formulas to the cache."""
        if self._cache:
            self._cache.flush()

    def _source(self, tex: str, display: bool, tagged: str, room: float = 0.0) -> Source:
        return Source(tex, display, tagged, self.macros.used(tex), room)


# Markdown hosts make a new extension for every page; what it read from disk is kept.
_caches: dict[Path, Cache] = {}


def _shared_cache(folder: Path) -> Cache:
    return _caches.setdefault(folder.resolve(), Cache(folder))


def flush_all() -> None:
    """Write every cache of this process."""
    for cache in _caches.values():
        cache.flush()


def forget() -> None:
    """Drop what is held in memory (a test's or a long-lived server's way to start afresh)."""
    _caches.clear()
