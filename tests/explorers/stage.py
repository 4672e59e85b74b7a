"""A small site with one page for each explorer, built as the whole site is, without its programs."""

from __future__ import annotations

import functools
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from sitekit.scripts import lighten

SUB = "handbook"
FIGURE = "figure.explorer"
Open = Callable[..., Any]
ROOT = Path(__file__).parents[2]
MODULES = ROOT / "docs/theme/js"


def names() -> list[str]:
    """Every explorer: the modules that draw a figure."""
    return sorted(file.stem for file in MODULES.glob("*.js") if "export const explorer" in file.read_text("utf-8"))


def pictured() -> list[str]:
    """Those that the build draws: not the one that waits behind a figure of its page."""
    return [name for name in names() if "ui/still.js" not in (MODULES / f"{name}.js").read_text("utf-8")]


def build(
    folder: Path, site: Path, url: str, pages: dict[str, str] | None = None, explorers: list[str] | None = None
) -> None:
    """Build a page for each explorer (all of them unless they are named), and one without, into ``site``.

    ``folder`` takes the sources.
    """
    docs = folder / "docs"
    docs.mkdir()
    texts = {
        name: f'# {name}\n\nText above.\n\n```explorer name="{name}"\n```\n\n[away](away.md)\n'
        for name in (pictured() if explorers is None else explorers)
    }
    texts["index"] = "# Start\n\n" + "\n".join(f"- [{name}]({name}.md)" for name in texts)
    texts["away"] = "# Away\n\nNothing moves here.\n"
    for name, text in {**texts, **(pages or {})}.items():
        (docs / f"{name}.md").write_text(text, encoding="utf-8")
    config = {
        "INHERIT": str(ROOT / "mkdocs.yml"),
        "docs_dir": str(docs),
        "site_dir": str(site),
        "site_url": url,
        "hooks": [str(Path(__file__).with_name("words_hook.py"))],
        "watch": [],
        "nav": None,
        "theme": {"custom_dir": str(ROOT / "docs/theme")},
        "plugins": ["search"],
    }
    (folder / "mkdocs.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(folder / "mkdocs.yml")]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    lighten(site / "js")  # as the plugin does, which wants the whole project


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A file server that says nothing."""

    def log_message(self, *args: Any) -> None:
        """Keep the test's output clean."""


@contextmanager
def served(root: Path, pages: dict[str, str], explorers: list[str] | None = None) -> Iterator[str]:
    """The small site, built and served under a sub-path; the address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(root)))
    url = f"http://127.0.0.1:{server.server_port}/{SUB}/"
    (root / "source").mkdir()
    build(root / "source", root / SUB, url, pages, explorers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield url
    server.shutdown()
    server.server_close()


def sentence(page: Any) -> str:
    """What the figure says."""
    return str(page.locator(".explorer-sentence").first.inner_text())
