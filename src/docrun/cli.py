"""The shell command: check, run, status, clean."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from docrun import check as checks
from docrun import page, render
from docrun.errors import Fault, ProgramError, SettingsError
from docrun.page import Page
from docrun.session import Session
from docrun.settings import Settings


@click.group()
@click.option("--root", default=".", type=click.Path(exists=True, file_okay=False), help="The project's folder.")
@click.pass_context
def main(context: click.Context, root: str) -> None:
    """Run the programs that pages embed."""
    try:
        context.obj = Settings.load(root)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.pass_obj
def check(settings: Settings) -> None:
    """Run every program of every page; list all faults and warnings; exit 1 if there is one."""
    pages = _pages(settings)
    with Session(settings) as session:
        _finish(session, {program for read in pages for program in read.programs})
        found = [fault for read in pages for fault in checks.faults(read, session)]
        found += [warned for read in pages for warned in checks.warnings(read, session)]
        _report(found)
        examples = sum(len(read.examples) for read in pages)
        click.echo(f"{len(pages)} pages, {examples} examples, {session.total} programs, {session.ran} of them ran")
    sys.exit(1 if found else 0)


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
                click.secho(f"── {path}:{name}", fg="cyan")
                click.echo(render.plain(shown.text) or "", nl=bool(shown.text))
                for drawing in shown.drawings:
                    click.echo(f"[figure, {drawing.width:g} × {drawing.height:g} px]")
                    _save(figures, f"{Path(path).stem}-{name}.svg", render.standalone(drawing))
            for warned in outcome.warnings:
                click.secho(f"{path}:{warned.line}: {warned.category}: {warned.text}", fg="yellow", err=True)
    _report(failed)
    sys.exit(1 if failed else 0)


@main.command()
@click.pass_obj
def status(settings: Settings) -> None:
    """Tell of every program whether it is cached and how long it took."""
    pages = _pages(settings)
    paths = sorted({program for read in pages for program in read.programs})
    total = 0.0
    with Session(settings) as session:
        session.prefetch(())
        for path in paths:
            try:
                record = session.cached(path)
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


def _pages(settings: Settings) -> list[Page]:
    return [page.read(settings.root, file) for file in settings.pages()]


def _finish(session: Session, paths: Iterable[str]) -> None:
    """Run what must run, with a progress bar on a terminal and plain lines elsewhere."""
    session.prefetch(sorted(paths))
    if not session.ran:
        return
    if sys.stderr.isatty():
        with click.progressbar(length=session.total, label="running", file=sys.stderr) as bar:
            session.wait(lambda done, total: bar.update(1))
    else:
        session.wait(lambda done, total: click.echo(f"running {done}/{total}", err=True))


def _relative(settings: Settings, name: str) -> str:
    path = Path(name).resolve()
    if not path.is_relative_to(settings.root):
        raise click.BadParameter(f"{name} stands outside {settings.root}")
    return path.relative_to(settings.root).as_posix()


def _report(faults: Iterable[Fault]) -> None:
    for fault in faults:
        click.secho(fault.report, fg="red", err=True)


def _save(folder: str | None, name: str, svg: str) -> None:
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        Path(folder, name).write_text(svg, encoding="utf-8")
