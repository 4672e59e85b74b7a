"""One deno process for all tests of the explorers; both sides of each comparison run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from explorers.stage import FIGURE, Open
from script import Deno

ROOT = Path(__file__).parents[2]
LEFT = "net::ERR_ABORTED"  # the page was left, or closed
SHIFTS = """window.__shift = 0
new PerformanceObserver(list => { for (const entry of list.getEntries()) if (!entry.hadRecentInput)
  window.__shift += entry.value }).observe({ type: "layout-shift", buffered: true })"""


@pytest.fixture(scope="session")
def deno() -> Iterator[Deno]:
    """A process that may read the whole checkout."""
    with Deno(ROOT) as process:
        yield process


@pytest.fixture
def visit(browser: Any, stage_url: str) -> Iterator[Open]:
    """Open a page in a fresh context; nothing may go wrong on it, and nothing may leave this machine."""
    opened: list[tuple[Any, list[str]]] = []

    def start(path: str, width: int = 1280, scheme: str = "light", ready: bool = True, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
        context.set_default_timeout(30_000)
        page, problems = context.new_page(), list[str]()
        page.add_init_script(SHIFTS)
        page.on("pageerror", lambda error: problems.append(f"error: {error}"))
        page.on("console", lambda m: m.type in ("error", "warning") and problems.append(f"{m.type}: {m.text}"))
        page.on("requestfailed", lambda each: each.failure == LEFT or problems.append(f"failed: {each.url}"))
        page.on("request", lambda r: r.url.startswith((stage_url, "data:", "blob:")) or problems.append(r.url))
        opened.append((context, problems))
        page.goto(f"{stage_url}{path}", wait_until="networkidle")
        if ready:
            page.locator(f"{FIGURE}[data-ready]").first.wait_for()
        return page

    yield start
    for context, problems in opened:
        context.close()
        assert problems == []
