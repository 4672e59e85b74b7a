"""The real site: first page, prose edit, warm and cold builds. `make bench` runs it, about 25 minutes on two cores.

Nothing else should run meanwhile. Builds that are compared take turns; a figure is the median of the rounds. The
checkout is copied first, so that neither its cache nor its pages change. Names of parts (``first cold warm edit``) as
arguments measure these alone. Prints the rows of the README's table; ends with 1 if a limit is missed.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pasted

from docrun import Session, Settings

ROOT = Path(__file__).parents[2]
MKDOCS = [str(Path(sys.executable).parent / "mkdocs")]
ENVIRONMENT = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(Path(__file__).parent)}  # for ``pasted``
QUIET: dict[str, int] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
PAGE = "losses/huber_loss"
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))


@dataclass(frozen=True)
class Row:
    """One row of the table, and whether its limit holds."""

    what: str
    measured: str
    limit: str
    holds: bool


def build(folder: Path) -> float:
    """Seconds of one build. Ends the measurement, with the build's output, if it fails."""
    began = time.perf_counter()
    command = [*MKDOCS, "build", "--quiet"]
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{folder}, status {done.returncode}: {done.stdout}{done.stderr}")
    return time.perf_counter() - began


def in_turns(folders: dict[str, Path]) -> dict[str, float]:
    """The median seconds of warm builds; in every round each folder has a turn."""
    found: dict[str, list[float]] = {name: [] for name in folders}
    for _ in range(ROUNDS):
        for name, folder in folders.items():
            found[name].append(build(folder))
    return {name: statistics.median(seconds) for name, seconds in found.items()}


def copy(folder: Path, name: str) -> Path:
    """The checkout as git knows it, somewhere else."""
    target = folder / name
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for file in filter(None, files.split("\0")):
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, target / file)
    return target


def get(address: str) -> str:
    """A page, empty while nobody answers."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""


@contextmanager
def serving(site: Path) -> Iterator[str]:
    """`mkdocs serve`; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [*MKDOCS, "serve", "-a", f"127.0.0.1:{port}"]
    process = subprocess.Popen(command, cwd=site, env=ENVIRONMENT, **QUIET)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def until(address: str, words: str) -> float:
    """Seconds until a page holds these words."""
    began = time.perf_counter()
    while words not in get(address):
        time.sleep(0.005)
    return time.perf_counter() - began


def edits(site: Path, address: str) -> list[float]:
    """Seconds from saving one line of prose to the page that has it."""
    page = site / f"docs/en/{PAGE}.md"
    text = page.read_text(encoding="utf-8")
    found = []
    for number in range(2 * ROUNDS + 1):
        time.sleep(1)
        page.write_text(text.replace("## Sources", f"Edit {number}.\n\n## Sources"), encoding="utf-8")
        found.append(until(f"{address}/{PAGE}/", f"Edit {number}."))
    return found


def first(site: Path) -> Row:
    """Install nothing, cache nothing, serve: when is the home page there?"""
    shutil.rmtree(site / ".cache", ignore_errors=True)
    with serving(site) as address:
        seconds = until(address, "</html>")
    return Row("first page served after the installation, fresh clone", f"{seconds:.1f} s", "12 s", seconds <= 12)


def cold(site: Path) -> Row:
    """All programs run. The least that they can take is their own time, one after the other, divided by the cores."""
    own = programs_alone(site)
    build(site)  # formulas, labs and highlighting are not what is measured
    found = []
    for _ in range(ROUNDS):
        shutil.rmtree(site / ".cache/docrun", ignore_errors=True)
        found.append(build(site))
    cores = len(os.sched_getaffinity(0))
    ratio = statistics.median(found) / (own / cores)
    told = f"{ratio:.2f} ({statistics.median(found):.0f} s; programs {own:.0f} s on {cores} cores)"
    return Row("cold build of the whole site ÷ (its programs' own time ÷ cores)", told, "1.25", ratio <= 1.25)


def programs_alone(site: Path) -> float:
    """Seconds that all programs take in all when one runs at a time and nothing else does: their CPU time."""
    settings = site / "pyproject.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("[tool.docrun]\n", "[tool.docrun]\njobs = 1\n"), encoding="utf-8")
    shutil.rmtree(site / ".cache/docrun", ignore_errors=True)
    try:
        with Session(Settings.load(site)) as session:
            session.prefetch(session.all_programs())
            session.wait()
            return sum(record.seconds for path in session.all_programs() if (record := session.cached(path)))
    finally:
        settings.write_text(text, encoding="utf-8")


def warm(site: Path) -> list[Row]:
    """Nothing runs, against the same pages without docrun: their outputs left out, or pasted in."""
    build(site)
    others = {}
    for name, outputs in (("left out", False), ("pasted in", True)):
        others[name] = site.with_name(name)
        shutil.copytree(site, others[name])
        pasted.pages(others[name], outputs=outputs)
        build(others[name])
    found = in_turns({"warm": site, **others})
    rows = [Row("warm build of the whole site", f"{found['warm']:.1f} s", "", True)]
    for name in others:
        ratio = found["warm"] / found[name]
        what = f"warm build of the whole site ÷ the same pages unexecuted, outputs {name}"
        rows.append(Row(what, f"{ratio:.2f}", "1.25", ratio <= 1.25))
    return rows


def edit(site: Path) -> Row:
    """Save a line of prose under serve."""
    build(site)
    with serving(site) as address:
        until(address, "</html>")
        seconds = statistics.median(edits(site, address)[1:])
    return Row("a line of prose edited under serve", f"{seconds:.2f} s", "0.7 s", seconds <= 0.7)


def main(names: list[str]) -> int:
    """Measure and print; 1 if a limit is missed."""
    parts = {"first": first, "cold": cold, "warm": warm, "edit": edit}
    unknown = set(names) - set(parts)
    if unknown:
        raise SystemExit(f"no part is called {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
    missed = False
    print("| what | measured | at most |\n|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        site = copy(Path(folder), "site")
        for name in names or parts:
            found = parts[name](site)
            for row in found if isinstance(found, list) else [found]:
                print(f"| {row.what} | {row.measured}{'' if row.holds else ' **missed**'} | {row.limit} |", flush=True)
                missed |= not row.holds
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
