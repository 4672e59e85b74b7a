"""Write beside each published page what it offers for download, and a zip for each part."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from docrun.author import page as pages
from docrun.author.page import Page
from docrun.errors import DocrunError
from docrun.host.session import Session
from docrun.record import Shown
from docrun.show import downloads, render
from docrun.show.downloads import beside
from docrun.show.head import Head

_TITLE = re.compile(r"^title:\s*(?P<title>.+?)\s*$", re.M)
_HEADING = re.compile(r"^# (?P<title>.+?)\s*(?:\{[^}\n]*\})?\s*$", re.M)
FOLDER = "downloads"


@dataclass(frozen=True)
class Edition:
    """What all downloads of a site share: a sentence on the licence, a file of TeX macros; or nothing."""

    licence: str = ""
    macros: str = ""

    def formulas(self, root: Path) -> Callable[[str], str]:
        """What makes a page's formulas such as Jupyter reads them; ``root`` is where the macros' path starts."""
        if not self.macros:
            return lambda text: text
        import typeset  # only sites with formulas have it

        return typeset.writer(root / self.macros)


def page(session: Session, read: Page, text: str, folder: Path, edition: Edition, url: str = "") -> list[Path]:
    """Write the downloads of one page into a folder: its programs, and the page as a notebook; return the files.

    ``text`` is the page's whole text, ``url`` its address, which makes the notebook's links absolute.
    """
    folder.mkdir(parents=True, exist_ok=True)
    records = {path: record for path in read.programs if (record := session.record(path))}
    assert len(records) == len(read.programs), "a page with faults is not published"
    head = Head(title(text, read.path), url, edition.licence, downloads.versions_of(records))
    written = []
    for path, record in records.items():
        written.append(folder / downloads.program_name(path, record))
        written[-1].write_bytes(downloads.program_bytes(session.settings.root, path, record, head))
    written += _figures(session, read, folder)
    written.append(folder / downloads.notebook_name(read))
    written[-1].write_text(_notebook(session, read, text, head, edition), encoding="utf-8")
    return written


def _notebook(session: Session, read: Page, text: str, head: Head, edition: Edition) -> str:
    root = session.settings.root
    macros = (root / edition.macros).read_text(encoding="utf-8") if edition.macros else ""

    def make() -> str:
        from docrun.show import notebook  # nbformat is slow to import

        programs = {path: session.program(path) for path in read.programs}
        records = {path: record for path in read.programs if (record := session.record(path))}
        index = PurePosixPath(read.path).stem in ("index", "README")
        used = {name: own for path, record in records.items() for name, own in beside(root, path, record).items()}
        files = {name: own.decode() for name, own in used.items() if name.endswith(".py")}
        return notebook.build(edition.formulas(root)(text), read.path, programs, records, head, index, files)

    return session.cache.text(read.path, [text, macros, repr(head), session.fingerprint(read.programs)], make)


def _figures(session: Session, read: Page, folder: Path) -> list[Path]:
    """Write the page's figures as files, in both palettes."""
    dark = session.settings.dark_colors
    files = []
    for example, figure in render.number(read).items() if dark else ():
        shown = session.shown(example)
        assert isinstance(shown, Shown), "a page with faults is not published"
        for drawing in shown.drawings:
            for name, colors in ((f"{figure.anchor}.svg", {}), (f"{figure.anchor}-dark.svg", dark)):
                (folder / name).write_text(render.standalone(drawing, colors) + "\n", encoding="utf-8")
                files.append(folder / name)
    return files


def title(text: str, path: str) -> str:
    """A page's title: its first heading, or what its front matter says, or its path."""
    front = pages.front_matter(text)
    found = _HEADING.search(text, len(front)) or _TITLE.search(front)
    return found["title"].strip("\"'") if found else path


def parts(folder: Path, written: Iterable[tuple[PurePosixPath, list[Path]]]) -> list[Path]:
    """Write ``downloads/<part>.zip`` below a site's folder for each part; return the files.

    ``written`` gives each page's path below the documents' folder, and the files that it offers.
    """
    made = []
    for part, content in downloads.parts(written).items():
        made.append(folder / FOLDER / f"{part}.zip")
        made[-1].parent.mkdir(parents=True, exist_ok=True)
        made[-1].write_bytes(downloads.archive(content))
    return made


def site(session: Session, folder: Path, edition: Edition, url: str = "") -> int:
    """Write the downloads of every page that a host published below a folder; return how many pages have some.

    ``url`` is the site's address. Raises DocrunError where no page of the project was published there.
    """
    written: list[tuple[PurePosixPath, list[Path]]] = []
    found = 0
    for docs in session.settings.folders():
        for file in sorted(docs.rglob("*.md")):
            place = _place(folder, file.relative_to(docs))
            read = pages.read(session.settings.root, file)
            found += place is not None
            if place and read.examples:
                own = f"{url.rstrip('/')}/{_path(file.relative_to(docs), folder, place)}" if url else ""
                files = page(session, read, file.read_text(encoding="utf-8-sig"), place, edition, own)
                written.append((PurePosixPath(file.relative_to(docs).as_posix()), files))
    if not found:
        raise DocrunError(f"no page of the project was published below {folder}: build the site first")
    parts(folder, written)
    return len(written)


def _path(page: Path, folder: Path, place: Path) -> str:
    """A page's address below the site's: its folder, or a file in it."""
    path = place.relative_to(folder).as_posix()
    below = "" if path == "." else f"{path}/"
    return below if page.stem in ("index", "README") or place.name == page.stem else f"{below}{page.stem}.html"


def _place(folder: Path, page: Path) -> Path | None:
    """The folder of a published page, whether the host gave it one of its own or not."""
    own = folder / page.with_suffix("")
    if page.stem not in ("index", "README") and (own / "index.html").is_file():
        return own
    beside = own.with_name("index") if page.stem == "README" else own
    return beside.parent if beside.with_suffix(".html").is_file() else None
