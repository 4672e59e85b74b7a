"""What every MkDocs plugin of this house needs: a page's name, where its text begins, one way to end a build."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.structure.files import File
from mkdocs.utils.meta import get_data


def root_of(config: MkDocsConfig) -> Path:
    """The project's folder: where the configuration stands."""
    return Path(config.config_file_path or ".").resolve().parent


def name_of(file: File, root: Path) -> str:
    """How messages call a page: its path below the project's folder, else the whole path."""
    source = Path(file.abs_src_path or file.src_uri)
    return source.relative_to(root).as_posix() if source.is_relative_to(root) else source.as_posix()


def offset_of(file: File) -> int:
    """How many lines of front matter MkDocs cuts off a page, whatever other plugins make of the rest."""
    source = file.content_string.replace("\r\n", "\n").replace("\r", "\n")
    body, _ = get_data(source)
    return source.removesuffix(body).count("\n")


def tell(log: logging.Logger, faults: Sequence[str], stop: bool) -> None:
    """Log every fault; with ``stop`` end the build before anything is published. Raises Abort."""
    for fault in faults:
        log.error(fault)
    if stop:
        refuse(log, len(faults))


def refuse(log: logging.Logger, count: int) -> None:
    """End the build before anything is published, if there are faults. Raises Abort."""
    if count:
        raise Abort(f"{log.name.rpartition('.')[2]}: {count} fault{'s' if count > 1 else ''}; nothing was published")
