"""The whole site, built once, served under a sub-path as a plain file server does, and one browser to look at it.

``SITE_DIR`` names a folder that is already built (it saves the build, not the tests). A missing browser fails where
``CI`` is set and skips elsewhere.
"""

from __future__ import annotations

import functools
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SUB = "/handbook/"


class Handler(http.server.SimpleHTTPRequestHandler):
    """A file server that shows 404.html for what it does not have, as the usual hosts do."""

    def log_message(self, *args: Any) -> None:
        """Keep the test's output clean."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(self.directory, SUB.strip("/"), "404.html")
        if code != 404 or not page.exists():
            return super().send_error(code, message, explain)
        body = page.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@dataclass
class Site:
    """Where the built files are, and where they are served."""

    folder: Path
    url: str

    def text(self, path: str) -> str:
        """A built file's text."""
        return (self.folder / path).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Build (strictly) and serve."""
    root = tmp_path_factory.mktemp("served")
    folder = root / SUB.strip("/")
    handler = functools.partial(Handler, directory=str(root))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    url = f"http://127.0.0.1:{server.server_port}{SUB}"
    if ready := os.environ.get("SITE_DIR"):
        folder.symlink_to(Path(ready).resolve())
    else:
        environment = {**os.environ, "SITE_URL": url, "NO_MKDOCS_2_WARNING": "1"}
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
        built = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert built.returncode == 0, built.stdout + built.stderr
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Site(folder, url)
    server.shutdown()
    server.server_close()


@dataclass
class Visit:
    """An open page and all that went wrong on it."""

    page: Any
    site: Site
    problems: list[str] = field(default_factory=list)
    bodies: dict[str, bytes] = field(default_factory=dict)

    def go(self, path: str) -> Any:
        """Open a page of the site and wait until it is quiet."""
        self.page.goto(self.site.url + path, wait_until="networkidle")
        return self.page

    def watch(self) -> None:
        """Note every console message of concern, failed request, and request that leaves the machine."""
        page, base = self.page, self.site.url.removesuffix(SUB)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("console", lambda m: m.type in ("error", "warning") and self.problems.append(f"{m.type}: {m.text}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)
        page.on(
            "request",
            lambda r: r.url.startswith((base, "data:", "blob:")) or self.problems.append(f"elsewhere: {r.url}"),
        )

    def _failed(self, request: Any) -> None:
        if request.failure != "net::ERR_ABORTED":  # a page that was left
            self.problems.append(f"failed: {request.url}")

    def _answered(self, response: Any) -> None:
        if response.status >= 400:
            self.problems.append(f"{response.status}: {response.url}")


@pytest.fixture
def visit(browser: Any, site: Site) -> Iterator[Callable[..., Visit]]:
    """Open a fresh context (options as Playwright names them); it must stay free of problems to the end."""
    opened: list[tuple[Any, Visit]] = []

    def start(width: int = 1280, scheme: str = "light", **options: Any) -> Visit:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
        context.set_default_timeout(8000)
        new = Visit(context.new_page(), site)
        new.watch()
        opened.append((context, new))
        return new

    yield start
    for context, done in opened:
        context.close()
        assert done.problems == []
