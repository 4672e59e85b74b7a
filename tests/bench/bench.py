"""Build times of docrun against mkdocs-jupyter and markdown-exec, as ratios measured in one run.

``make bench`` runs it, about ten minutes on two cores. Nothing else should run meanwhile. Builds that are compared
take turns, and each figure is the median of three; every build is a process of its own; peak memory is the sum over
its process tree.
"""

from __future__ import annotations

import filecmp
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import sites
from visit import first_visit

BIN = Path(sys.executable).parent
MKDOCS = [str(BIN / "mkdocs")]
ENVIRONMENT = {
    **os.environ,
    "NO_MKDOCS_2_WARNING": "1",
    "MATPLOTLIBRC": str(sites.STYLE),  # all draw the same figures
    "OMP_NUM_THREADS": "1",
    "MPLBACKEND": "svg",
}
CHAPTER = "initialization/variance/"
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))


@dataclass(frozen=True)
class Cost:
    """Seconds of wall time and MB of memory at the peak."""

    seconds: float
    memory: float


def build(folder: Path) -> Cost:
    """One build. Raises CalledProcessError with its output if it fails."""
    began = time.perf_counter()
    command = [*MKDOCS, "build", "--quiet"]
    process = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    peak = [0.0]
    watcher = threading.Thread(target=_watch, args=(process.pid, peak), daemon=True)
    watcher.start()
    output, _ = process.communicate()
    seconds = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"{folder}: {output.decode()}")
    return Cost(seconds, peak[0])


def _watch(pid: int, peak: list[float]) -> None:
    try:
        root = psutil.Process(pid)
        while True:
            total = 0.0
            for process in [root, *root.children(recursive=True)]:
                try:
                    total += process.memory_full_info().uss / 2**20  # its own pages: shared ones count once
                except (psutil.NoSuchProcess, psutil.AccessDenied):
                    continue
            peak[0] = max(peak[0], total)
            time.sleep(0.1)
    except psutil.NoSuchProcess:
        return


def in_turns(builds: dict[str, tuple[Path, Callable[[Path], None]]]) -> dict[str, Cost]:
    """The median cost of each of several builds: a folder, and what is done to it before. In every round each has a
    turn, so that a machine that grows slower meanwhile is slower for all.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in builds}
    for _ in range(ROUNDS):
        for name, (folder, before) in builds.items():
            before(folder)
            costs[name].append(build(folder))
    return {name: Cost(*map(statistics.median, _columns(found))) for name, found in costs.items()}


def _columns(costs: list[Cost]) -> tuple[list[float], list[float]]:
    return [cost.seconds for cost in costs], [cost.memory for cost in costs]


def cold(folder: Path) -> None:
    """Forget everything that was built."""
    for name in (".cache", "site"):
        shutil.rmtree(folder / name, ignore_errors=True)


def warm(folder: Path) -> None:
    """Leave everything as it is."""


def edit_one(folder: Path) -> None:
    """Change one program."""
    program = folder / "snippets" / "p0.py"
    program.write_text(program.read_text() + "# edited\n")


def alone(program: Path) -> float:
    """The wall time of a program by itself, as a shell runs it: one torch import and its own time."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        subprocess.run([sys.executable, str(program)], check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def same_bytes(first: Path, second: Path) -> bool:
    """Whether two sites are identical, the sitemap's date aside."""
    files = [{f.relative_to(site).as_posix() for f in site.rglob("*") if f.is_file()} for site in (first, second)]
    names = sorted(name for name in files[0] | files[1] if not name.startswith("sitemap.xml"))
    _, differing, missing = filecmp.cmpfiles(first, second, names, shallow=False)
    return not differing and not missing


def programs_after_prose_edit(folder: Path) -> int:
    """Edit a page under ``mkdocs serve``; the number of programs that the reload ran."""
    command = [*MKDOCS, "serve", "--dev-addr", "127.0.0.1:8765"]
    log = folder / "serve.log"
    with log.open("w") as output:
        server = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stderr=output, stdout=output)
        try:
            _await(lambda: "Serving on" in log.read_text(), "serve did not start")
            time.sleep(1)
            page = folder / "docs/en/p1.md"
            page.write_text(page.read_text() + "\nOne more sentence.\n")
            _await(lambda: log.read_text().count("programs ran") >= 2, "no reload")
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(20)
    return int(log.read_text().split("programs ran")[-2].split()[-1])


def _await(condition: Callable[[], bool], message: str) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.1)
    raise SystemExit(message)


def measure(folder: Path) -> list[tuple[str, str, str, bool]]:
    """All rows: what, measured, limit, whether it holds."""
    small, large = sites.programs(24), sites.programs(96)
    ours = sites.docrun(folder / "docrun", small)
    plain = sites.docrun(folder / "unexecuted", small, run=False)
    notebooks = sites.jupyter(folder / "jupyter", small)
    fences = sites.markdown_exec(folder / "exec", small)
    ours_large, fences_large = sites.docrun(folder / "d96", large), sites.markdown_exec(folder / "e96", large)
    build(plain)  # compiles bytecode, fills the disk cache
    build(ours)
    shutil.copytree(ours / "site", folder / "first")
    cold(ours)
    build(ours)
    identical = same_bytes(folder / "first", ours / "site")
    costs = in_turns(
        {
            "cold": (ours, cold),
            "jupyter": (notebooks, cold),
            "exec": (fences, cold),
            "cold96": (ours_large, cold),
            "exec96": (fences_large, cold),
            "plain": (plain, warm),
            "warm": (ours, warm),
            "edited": (ours, edit_one),
        }
    )
    visit = first_visit(MKDOCS, folder / "site", CHAPTER)
    for name, cost in costs.items():
        print(f"{name:10} {cost.seconds:7.2f} s {cost.memory:7.0f} MB", file=sys.stderr)
    rows = _rows(costs, alone(ours / "snippets" / "p0.py"), identical, programs_after_prose_edit(ours))
    shown = "no browser" if visit is None else f"{visit:.0f} kB"
    return [*rows, ("first visit to the first chapter, all bytes gzipped", shown, "160 kB", (visit or 0) <= 160)]


def _rows(costs: dict[str, Cost], own: float, identical: bool, reloaded: int) -> list[tuple[str, str, str, bool]]:
    def ratio(label: str, a: str, b: str, limit: float, text: str) -> tuple[str, str, str, bool]:
        value = costs[a].seconds / costs[b].seconds
        memory = f"memory {costs[a].memory:.0f} against {costs[b].memory:.0f} MB"
        return (label, f"{value:.2f} ({memory})", text, value <= limit)

    allowed = costs["warm"].seconds + own
    return [
        ratio("cold build of 24 programs ÷ mkdocs-jupyter", "cold", "jupyter", 1 / 8, "1/8"),
        ratio("cold build of 24 programs ÷ markdown-exec", "cold", "exec", 3 / 4, "3/4"),
        ratio("cold build of 96 programs ÷ markdown-exec", "cold96", "exec96", 0.6, "0.6"),
        ratio("warm build ÷ the same site unexecuted", "warm", "plain", 1.25, "1.25"),
        (
            "one program edited ÷ (warm build + `python program.py`, one torch import included)",
            f"{costs['edited'].seconds / allowed:.2f}",
            "1",
            costs["edited"].seconds <= allowed,
        ),
        ("programs run by a prose edit under `mkdocs serve`", str(reloaded), "0", reloaded == 0),
        ("two cold builds identical, byte for byte", "yes" if identical else "no", "yes", identical),
    ]


def main() -> int:
    """Measure, print the table for the README; 1 if a limit is missed."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        rows = measure(Path(folder))
    print("| what | measured | at most |\n|---|---|---|")
    for what, measured, limit, holds in rows:
        print(f"| {what} | {measured}{'' if holds else ' **missed**'} | {limit} |")
    print(json.dumps({what: holds for what, _, _, holds in rows}), file=sys.stderr)
    return 0 if all(holds for *_, holds in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
