"""Files that are whole or not there: written under another name first, and known by the digest of what they hold."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from pathlib import Path

NEW = ".new-"
_ABANDONED = 3600.0  # seconds after which nobody is still writing a file


def write(file: Path, text: str) -> None:
    """Write all or nothing; the folder is made where it is missing. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=NEW)
    try:
        with open(handle, "w", encoding="utf-8", errors="surrogatepass", newline="\n") as new:
            new.write(text)
        os.replace(temporary, file)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def abandoned(folder: Path) -> list[Path]:
    """What a killed process left half written."""
    limit = time.time() - _ABANDONED
    found = []
    for file in folder.glob(f"{NEW}*"):
        with contextlib.suppress(OSError):  # another process has just finished it
            found += [file] if file.stat().st_mtime < limit else []
    return found


def seal(text: str) -> str:
    """A text below its digest."""
    return f"{digest(text)}\n{text}"


def unseal(sealed: str) -> str:
    """The text that was sealed. Raises ValueError for any other."""
    expected, _, text = sealed.partition("\n")
    if digest(text) != expected:
        raise ValueError("not what was written")
    return text


def digest(*parts: str) -> str:
    """A digest of some texts, in hexadecimal digits."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
