"""Lighthouse's scores on a phone, for the pages that weigh most. `make bench` runs it, about 5 minutes on two cores.

Lighthouse is fetched by deno when it is first asked for (network needed; nothing of it enters the project). The site
is built, and served as hosts do: gzip, HTTP/1.1, addresses that stay open. Lighthouse slows network and processor by
its own model of a phone. Pages take turns; a score is the median of the rounds. `SITE_DIR` names a site that is
already built. Performance moves by ten points and more where the machine does other work, so nothing else should run;
the index of the machine's speed is printed, too. Ends with 1 if performance is below 95 or another score below 100.
"""

from __future__ import annotations

import functools
import gzip
import http.server
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import visit

LIGHTHOUSE = "npm:lighthouse@12.8.2"
PAGES = ("", "initialization/variance/", "losses/", "losses/cross_entropy/", "optimizers/paths/")
LEAST = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
BIN = Path(sys.executable).parent


class Compressing(visit.Quiet):
    """A file server that sends text compressed and keeps its connections."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer with the file, or that of its folder."""
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        kind = self.guess_type(path)
        squeezed = any(word in kind for word in ("text", "javascript", "json", "xml"))
        body = gzip.compress(path.read_bytes(), 6) if squeezed else path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if squeezed else kind)
        if squeezed:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def served() -> Iterator[str]:
    """The address of the built site."""
    with tempfile.TemporaryDirectory() as made:
        folder = os.environ.get("SITE_DIR") or made
        if folder == made:
            subprocess.run([BIN / "mkdocs", "build", "--quiet", "--site-dir", made], cwd=visit.ROOT, check=True)
        handler = functools.partial(Compressing, directory=folder)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        server.server_close()


def scores(address: str, browser: str) -> dict[str, float]:
    """One run: the four scores of a page, from 0 to 100, and the machine's index."""
    command = [BIN / "deno", "run", "--allow-all", "--quiet", LIGHTHOUSE, address, "--quiet", "--output", "json"]
    command += [f"--only-categories={','.join(LEAST)}", f"--chrome-flags={visit.FLAGS}"]
    environment = {**os.environ, "CHROME_PATH": browser}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{address}, status {done.returncode}: {done.stderr}")
    report = json.loads(done.stdout)
    found = {name: round(100 * report["categories"][name]["score"]) for name in LEAST}
    return {**found, "machine": round(report["environment"]["benchmarkIndex"])}


def main() -> int:
    """Print a row for each page; return 1 where a score is too low."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("no browser: install chromium or google-chrome")
    runs: dict[str, list[dict[str, float]]] = defaultdict(list)
    with served() as url:
        for _ in range(ROUNDS):
            for page in PAGES:
                runs[page].append(scores(url + page, browser))
    print(f"| page | {' | '.join(LEAST)} | machine |\n|---|{'--:|' * (len(LEAST) + 1)}")
    low = False
    for page, found in runs.items():
        middle = {name: round(statistics.median(run[name] for run in found)) for name in (*LEAST, "machine")}
        print(f"| {page.strip('/') or 'home'} | {' | '.join(map(str, middle.values()))} |")
        low |= any(middle[name] < least for name, least in LEAST.items())
    return int(low)


if __name__ == "__main__":
    sys.exit(main())
