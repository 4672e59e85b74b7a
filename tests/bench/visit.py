"""What a first visit to a page of the real site costs, every byte gzipped as a server would send it."""

from __future__ import annotations

import functools
import gzip
import http.server
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-sync"
)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A file server without a log."""

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def chromium() -> str | None:
    """Where the browser is."""
    return shutil.which("chromium") or shutil.which("google-chrome")


def first_visit(mkdocs: list[str], folder: Path, path: str) -> float | None:
    """kB of a cold load of ``path``; None where no Chromium is found."""
    browser = chromium()
    if browser is None:
        return None
    from playwright.sync_api import sync_playwright

    subprocess.run([*mkdocs, "build", "--quiet", "--site-dir", str(folder)], cwd=ROOT, check=True)
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    answers: list[Any] = []
    with sync_playwright() as play:
        page = play.chromium.launch(executable_path=browser, args=FLAGS.split()).new_page()
        page.on("response", lambda answer: answers.append(answer))
        page.goto(f"http://127.0.0.1:{server.server_port}/{path}", wait_until="networkidle")
        total = sum(len(gzip.compress(answer.body(), 6)) for answer in answers)
    server.shutdown()
    return total / 1000
