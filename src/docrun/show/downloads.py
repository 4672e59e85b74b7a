"""The files that a page offers: its programs, without the marks of their sections, and the whole page as a notebook."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from docrun.author.page import Page
from docrun.author.program import Program
from docrun.record import Record
from docrun.show.head import Head

_MARK = re.compile(r"^#\s*-+8<-+.*$\n?", re.M)
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment a zip can tell: the same bytes on every build
_READABLE = 0o644 << 16  # or some systems unpack files that nobody may open


def links(
    page: Page, records: Mapping[str, Record], programs: Mapping[str, Program], labels: Mapping[str, str]
) -> list[tuple[str, str]]:
    """(file name, label) of every download; labels may name the {file} and, of a program, its {size} in kB.

    ``records`` holds what the page's programs did, by path.
    """
    files = {path: program_name(path, records[path]) for path in page.programs}
    sized = [
        (file, labels["program"].format(file=file, size=_kilobytes(programs[path]))) for path, file in files.items()
    ]
    return [*sized, (notebook_name(page), labels["notebook"].format(file=notebook_name(page)))]


def _kilobytes(program: Program) -> int:
    return max(1, round(len(program.text.encode()) / 1000))


def versions_of(records: Mapping[str, Record]) -> dict[str, str]:
    """Python's version, and those of the distributions that the programs import by name."""
    named = {name: record.versions[name] for record in records.values() for name in record.imports}
    python = [record.python for record in records.values()]
    return {"Python": python[0], **dict(sorted(named.items()))} if python else {}


def program_name(path: str, record: Record) -> str:
    """The file name of a program's download: a zip where it imports modules that stand beside it."""
    name = PurePosixPath(path)
    return name.with_suffix(".zip").name if record.modules else name.name


def program_bytes(root: Path, path: str, record: Record, head: Head) -> bytes:
    """The download itself; ``root`` is the project's folder, ``head`` says whose page's program it is."""
    main = f"{head.comment()}\n{_readable(root / path).lstrip()}".encode()
    return archive({**beside(root, path, record), PurePosixPath(path).name: main}) if record.modules else main


def beside(root: Path, path: str, record: Record) -> dict[str, bytes]:
    """What a program uses beside itself, by name, as its folder sees it; code without the marks of its sections."""
    folder = PurePosixPath(path).parent
    content: dict[str, bytes] = {}
    for name in record.files:
        if name != path and (root / name).is_file():
            inside = PurePosixPath(name)
            inside = inside.relative_to(folder) if inside.is_relative_to(folder) else inside
            own = _readable(root / name).encode() if inside.suffix == ".py" else (root / name).read_bytes()
            content[inside.as_posix()] = own
    return content


def archive(content: Mapping[str, bytes]) -> bytes:
    """A zip of some files, by their names: the same bytes for the same content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name in sorted(content):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = _READABLE
            packed.writestr(entry, content[name])
    return buffer.getvalue()


def parts(written: Iterable[tuple[PurePosixPath, list[Path]]]) -> dict[str, dict[str, bytes]]:
    """The downloads of each part, for one zip: from pages (their path below the documents' folder) and their files.

    A part is a folder of pages. Where several pages offer one program, the first one's is taken.
    """
    found: dict[str, dict[str, bytes]] = {}
    for page, files in sorted(written):
        if len(page.parts) > 1:
            part = found.setdefault(page.parts[0], {})
            for file in files:
                part.setdefault(f"{page.parts[0]}/{file.name}", file.read_bytes())
    return found


def without_marks(text: str) -> str:
    """A program's text without the marks of its sections, and no more than two empty lines where they stood."""
    return re.sub(r"\n{4,}", "\n\n\n", _MARK.sub("", text))


def _readable(file: Path) -> str:
    return without_marks(file.read_text(encoding="utf-8-sig"))


def notebook_name(page: Page) -> str:
    """The file name of the page as a notebook."""
    return PurePosixPath(page.path).with_suffix(".ipynb").name
