"""The files that a page offers: its programs as they are, and the whole page as a notebook."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath

from docrun.page import Page
from docrun.session import Session

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment a zip can tell: the same bytes on every build


def links(page: Page, session: Session, labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """(file name, label) of every download; several programs are told apart by their names."""
    files = [program_name(path, session) for path in page.programs]
    named = [(file, labels["program"] if len(files) == 1 else f"{labels['program']} {file}") for file in files]
    return [*named, (notebook_name(page), labels["notebook"])]


def versions_of(page: Page, session: Session) -> dict[str, str]:
    """Python's version, and those of the distributions that the page's programs import by name."""
    records = [record for path in page.programs if (record := session.record(path))]
    named = {name: record.versions[name] for record in records for name in record.imports}
    return {"Python": records[0].python, **dict(sorted(named.items()))} if records else {}


def program_name(path: str, session: Session) -> str:
    """The file name of a program's download: a zip where it imports modules that stand beside it."""
    record = session.record(path)
    name = PurePosixPath(path)
    return name.with_suffix(".zip").name if record and record.modules else name.name


def program_bytes(path: str, session: Session) -> bytes:
    """The download itself."""
    record = session.record(path)
    root = session.settings.root
    if not record or not record.modules:
        return (root / path).read_bytes()
    folder = PurePosixPath(path).parent
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted({path, *record.files}):
            inside = PurePosixPath(name)
            inside = inside.relative_to(folder) if inside.is_relative_to(folder) else inside
            archive.writestr(zipfile.ZipInfo(inside.as_posix(), _EPOCH), (root / name).read_bytes())
    return buffer.getvalue()


def notebook_name(page: Page) -> str:
    """The file name of the page as a notebook."""
    return PurePosixPath(page.path).with_suffix(".ipynb").name
