"""The files that a page offers: its programs as they are, and the whole page as a notebook."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from docrun.author.page import Page
from docrun.record import Record

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment a zip can tell: the same bytes on every build


def links(page: Page, records: Mapping[str, Record], labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """(file name, label) of every download; several programs are told apart by their names.

    ``records`` holds what the page's programs did, by path.
    """
    files = [program_name(path, records[path]) for path in page.programs]
    named = [(file, labels["program"] if len(files) == 1 else f"{labels['program']} {file}") for file in files]
    return [*named, (notebook_name(page), labels["notebook"])]


def versions_of(records: Mapping[str, Record]) -> dict[str, str]:
    """Python's version, and those of the distributions that the programs import by name."""
    named = {name: record.versions[name] for record in records.values() for name in record.imports}
    python = [record.python for record in records.values()]
    return {"Python": python[0], **dict(sorted(named.items()))} if python else {}


def program_name(path: str, record: Record) -> str:
    """The file name of a program's download: a zip where it imports modules that stand beside it."""
    name = PurePosixPath(path)
    return name.with_suffix(".zip").name if record.modules else name.name


def program_bytes(root: Path, path: str, record: Record) -> bytes:
    """The download itself; ``root`` is the project's folder."""
    if not record.modules:
        return (root / path).read_bytes()
    folder = PurePosixPath(path).parent
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted({path, *(name for name in record.files if (root / name).is_file())}):
            inside = PurePosixPath(name)
            inside = inside.relative_to(folder) if inside.is_relative_to(folder) else inside
            archive.writestr(zipfile.ZipInfo(inside.as_posix(), _EPOCH), (root / name).read_bytes())
    return buffer.getvalue()


def notebook_name(page: Page) -> str:
    """The file name of the page as a notebook."""
    return PurePosixPath(page.path).with_suffix(".ipynb").name
