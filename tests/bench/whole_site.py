"""The real site: first page, prose edit, warm and cold builds. `make bench` runs it, about ten minutes on two cores.

Nothing else should run meanwhile. Builds that are compared take turns; a figure is the median of the rounds. The
checkout is copied first, so that neither its cache nor its pages change.
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
from pathlib import Path

from docrun import Session, Settings

ROOT = Path(__file__).parents[2]
MKDOCS = [str(Path(sys.executable).parent / "mkdocs")]
ENVIRONMENT = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
QUIET: dict[str, int] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
PAGE = "losses/huber_loss"
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))


def build(folder: Path) -> float:
    """Seconds of one build."""
    began = time.perf_counter()
    command = [*MKDOCS, "build", "--quiet"]
    subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return time.perf_counter() - began


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
    process = subprocess.Popen([*MKDOCS, "serve", "-a", f"127.0.0.1:{port}"], cwd=site, env=ENVIRONMENT, **QUIET)
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


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        site = copy(Path(folder), "site")
        with serving(site) as address:
            print(f"first page served, nothing cached: {until(address, '</html>'):.1f} s", flush=True)
        cold = []
        for _ in range(ROUNDS):
            shutil.rmtree(site / ".cache/docrun", ignore_errors=True)
            cold.append(build(site))
        with Session(Settings.load(site)) as session:
            records = [session.cached(path) for path in session.all_programs()]
            cpu = sum(record.seconds for record in records if record)
            least = cpu / session.settings.parallel
        print(f"cold build ÷ (programs' time ÷ cores): {statistics.median(cold) / least:.2f} ({cpu:.0f} s of programs)")
        warm = statistics.median(build(site) for _ in range(ROUNDS))
        print(f"warm build: {warm:.1f} s", flush=True)
        with serving(site) as address:
            until(address, "</html>")
            edit = statistics.median(edits(site, address)[1:])
            print(f"prose edit under serve: {edit:.2f} s, {edit / warm:.2f} of a warm build")


if __name__ == "__main__":
    main()
