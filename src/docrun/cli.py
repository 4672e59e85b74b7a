"""The shell command: check, run, publish, status, clean, new."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from docrun import new as creation
from docrun import printed, progress, publish
from docrun.author import page
from docrun.author.page import Page
from docrun.errors import DocrunError, Fault, ProgramError, SettingsError
from docrun.host import check as checks
from docrun.host import rules
from docrun.host.session import Session
from docrun.record import Shown
from docrun.settings import Settings, find_root
from docrun.show import render


@click.group()
@click.option("--root", type=click.Path(exists=True, file_okay=False), help="The project's folder.")
@click.pass_context
def main(context: click.Context, root: str | None) -> None:
    """Run the programs that pages embed."""
    try:
        context.obj = Settings.load(find_root() if root is None else root)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.argument("pages", nargs=-1, type=click.Path(exists=True))
@click.option("--shard", metavar="I/N", help="Run and check only every Nth program, from the Ith on.")
@click.pass_obj
def check(settings: Settings, pages: tuple[str, ...], shard: str | None) -> None:
    """Run every program of PAGES (default: all); list all faults and warnings; exit 1 if there is one.

    With --shard several machines share the work; merge their caches by copying, then check everything once more.
    """
    reads = [page.read(settings.root, file) for file in _files(settings, pages)]
    part = _shard(shard)
    with Session(settings) as session:
        programs = list(dict.fromkeys(path for read in reads for path in read.programs))
        mine = set(programs[part[0] - 1 :: part[1]])
        _finish(session, [path for path in programs if path in mine])
        found = [fault for read in reads for fault in _faults(read, session, mine if shard else None)]
        if not shard:
            found += rules.of_project(session, reads, whole=not pages)
        _report(found)
        examples = sum(len(read.examples) for read in reads)
        counts = f"{len(reads)} pages, {examples} examples, {session.total} programs, {session.ran} of them ran"
        click.echo(f"{counts}, {len(found)} fault{'' if len(found) == 1 else 's'}")
    sys.exit(1 if found else 0)


def _faults(read: Page, session: Session, only: set[str] | None) -> list[Fault]:
    """All faults and warnings of a page, or those of some programs."""
    if only is not None:
        examples = tuple(example for example in read.examples if example.program in only)
        read = Page(read.path, examples, (), read.offset)
    return [*checks.faults(read, session), *checks.warnings(read, session)]


def _shard(text: str | None) -> tuple[int, int]:
    if text is None:
        return 1, 1
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise click.BadParameter(f"--shard takes I/N with 1 ≤ I ≤ N, as in 1/4, not {text!r}")
    return int(number), int(count)


@main.command()
@click.argument("programs", nargs=-1, required=True)
@click.option("--figures", type=click.Path(file_okay=False), help="A folder to write the figures to, as SVG.")
@click.pass_obj
def run(settings: Settings, programs: tuple[str, ...], figures: str | None) -> None:
    """Run PROGRAMS, show what each section printed, and tell what it drew."""
    paths = [_relative(settings, name) for name in programs]
    failed = []
    with Session(settings) as session:
        _finish(session, paths)
        for path in paths:
            outcome = session.outcome(path)
            if isinstance(outcome, Fault):
                failed.append(outcome)
                continue
            for name, shown in outcome.sections.items():
                _show(f"{path}:{name}", shown, figures)
            if outcome.outside:
                _show(f"{path}, outside its sections", Shown(outcome.outside), figures)
            for warned in outcome.warnings:
                click.secho(f"{path}:{warned.line}: {warned.category}: {warned.text}", fg="yellow", err=True)
            if not session.program(path).sections:
                click.secho(f"{path} has no section, so no page can show it: see CONTRIBUTING", fg="yellow", err=True)
    _report(failed)
    sys.exit(1 if failed else 0)


def _show(name: str, shown: Shown, figures: str | None) -> None:
    click.secho(f"── {name}", fg="cyan")
    click.echo(printed.plain(shown.text) or "", nl=bool(shown.text))
    for drawing in shown.drawings:
        click.echo(f"[figure, {drawing.width:g} × {drawing.height:g} px]")
        if figures:
            path, _, section = name.rpartition(":")
            Path(figures).mkdir(parents=True, exist_ok=True)
            for drawn, ending in ((drawing, ""), (drawing.narrow, "-narrow")):
                if drawn:
                    file = Path(figures, f"{Path(path).stem}-{section}{ending}.svg")
                    file.write_text(render.standalone(drawn), encoding="utf-8")


@main.command(name="publish")
@click.argument("site", type=click.Path(exists=True, file_okay=False))
@click.option("--macros", default="", help="A file of TeX macros for the notebooks.")
@click.option("--url", default="", help="Where the site is published: the notebooks' links become absolute.")
@click.pass_obj
def publish_site(settings: Settings, site: str, macros: str, url: str) -> None:
    """Write every page's downloads into SITE, which any host has built; then drop what the cache no longer needs."""
    reads = [page.read(settings.root, file) for file in _files(settings, ())]
    with Session(settings) as session:
        _finish(session, session.all_programs())
        found = [fault for read in reads for fault in checks.faults(read, session)]
        if found:
            _report(found)
            sys.exit(1)
        try:
            count = publish.site(session, Path(site), macros, url)
        except DocrunError as error:
            raise click.ClickException(str(error)) from error
        session.evict()
    click.echo(f"downloads of {count} pages")


@main.command()
@click.pass_obj
def status(settings: Settings) -> None:
    """Tell of every program whether it is cached, and how long it took."""
    with Session(settings) as session:
        total = 0.0
        paths = sorted(session.all_programs())
        for path in paths:
            try:
                record = session.cached(path)
                _ = record or session.program(path).tree  # or it is no program
            except ProgramError as error:
                click.secho(f"   fault  {error.fault}", fg="red")
                continue
            total += record.seconds if record else 0.0
            state = f"{record.seconds:6.2f} s" if record else "will run"
            click.echo(f"{state}  {path}")
    click.echo(f"{total:6.2f} s  in all, {len(paths)} programs")


@main.command()
@click.pass_obj
def clean(settings: Settings) -> None:
    """Remove the cache."""
    shutil.rmtree(settings.cache_folder, ignore_errors=True)


@main.command()
@click.argument("name", metavar="PART/NAME")
@click.pass_obj
def new(settings: Settings, name: str) -> None:
    """Write a page, its program and its proof from the part's pattern, and add the page to the navigation."""
    try:
        written = creation.create(settings, name)
    except DocrunError as error:
        raise click.ClickException(str(error)) from error
    for file in written:
        click.echo(file)


def _files(settings: Settings, names: Iterable[str]) -> list[Path]:
    """The pages that are meant: files, folders of them, or all. Ends the command where there is none."""
    known = settings.pages()
    if not known:
        where = ", ".join(settings.docs)
        raise click.ClickException(f"{settings.root} has no pages below {where}: see [tool.docrun] docs")
    chosen: list[Path] = []
    for name in names:
        path = Path(name).resolve()
        inside = [file for file in known if file == path or path in file.parents]
        if not inside:
            raise click.BadParameter(f"{name} is no page below {', '.join(settings.docs)}")
        chosen += inside
    return chosen or known


def _finish(session: Session, paths: Iterable[str]) -> None:
    """Run what must run, and show how far it is."""
    progress.follow(session)
    session.prefetch(paths)
    session.wait()


def _relative(settings: Settings, name: str) -> str:
    path = Path(name).resolve()
    if not path.is_relative_to(settings.root):
        raise click.BadParameter(f"{name} stands outside {settings.root}")
    return path.relative_to(settings.root).as_posix()


def _report(faults: Iterable[Fault]) -> None:
    for fault in faults:
        click.secho(fault.report, fg="red", err=True)
