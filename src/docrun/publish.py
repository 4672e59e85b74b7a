"""Write beside each published page what it offers for download, and drop what the cache no longer needs."""

from __future__ import annotations

from pathlib import Path

from docrun.author import page as pages
from docrun.author.page import Page
from docrun.errors import DocrunError
from docrun.host.session import Session
from docrun.record import Shown
from docrun.show import downloads, render


def page(session: Session, read: Page, text: str, folder: Path, preamble: str = "", url: str = "") -> list[Path]:
    """Write the downloads of one page into a folder: its programs, and the page as a notebook; return the files.

    ``text`` is the page's whole text, ``preamble`` the notebook's first cell, ``url`` the page's address, which makes
    the notebook's links absolute.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for path in read.programs:
        record = session.record(path)
        assert record, "a page with faults is not published"
        written.append(folder / downloads.program_name(path, record))
        written[-1].write_bytes(downloads.program_bytes(session.settings.root, path, record))
    written += _figures(session, read, folder)
    programs = {path: session.program(path) for path in read.programs}

    def make() -> str:
        from docrun.show import notebook  # nbformat is slow to import

        return notebook.build(text, read.path, programs, preamble, url)

    parts = [text, preamble, url, *(program.text for program in programs.values())]
    notebook = session.cache.text(read.path, parts, make)
    written.append(folder / downloads.notebook_name(read))
    written[-1].write_text(notebook, encoding="utf-8")
    return written


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


def preamble(root: Path, file: str) -> str:
    """A notebook's first cell: the TeX macros of a file, or nothing."""
    return f"$$\n{(root / file).read_text(encoding='utf-8').strip()}\n$$" if file else ""


def site(session: Session, folder: Path, macros: str = "", url: str = "") -> int:
    """Write the downloads of every page that a host published below a folder; return how many pages have some.

    ``macros`` is a file of TeX macros for the notebooks, ``url`` the site's address. Raises DocrunError where no page
    of the project was published there.
    """
    cell = preamble(session.settings.root, macros)
    written = found = 0
    for docs in session.settings.folders():
        for file in sorted(docs.rglob("*.md")):
            place = _place(folder, file.relative_to(docs))
            read = pages.read(session.settings.root, file)
            found += place is not None
            if place and read.examples:
                own = f"{url.rstrip('/')}/{_path(file.relative_to(docs), folder, place)}" if url else ""
                page(session, read, file.read_text(encoding="utf-8-sig"), place, cell, own)
                written += 1
    if not found:
        raise DocrunError(f"no page of the project was published below {folder}: build the site first")
    return written


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
