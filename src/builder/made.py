"""What is made at build time from this site's modules, its words and torch's table, remembered by all of them."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

from docrun.shards import Shards

log = logging.getLogger("builder")
_HERE = Path(__file__).parent


def made(root: Path, modules: str, more: Iterable[Path], cache: str, what: str, make: Callable[[], Any]) -> Any:
    """What ``make`` gives, which JSON can hold. It is made again when a module, a file of ``more`` or torch changes.

    ``what`` tells apart what is made from the same files.
    """
    files = [*sorted((root / modules).rglob("*.js")), *more, *sorted(_HERE.glob("*.py"))]
    texts = [file.read_text(encoding="utf-8") for file in files]
    versions = [metadata.version(name) for name in ("torch", "scikit-learn")]
    key = hashlib.sha256("\0".join([what, *versions, *texts]).encode()).hexdigest()[:40]
    shards = Shards(root / cache, log)
    try:
        return shards.get(key)
    except KeyError:
        found = make()
        shards.put(key, found)
        shards.flush()
        return found
