"""One browser for every test that needs one: Playwright's loop admits no second."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

# Two test processes on two cores: more threads would only wait for each other. Before torch is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for all tests."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        missing = f"no browser: install one of {', '.join(NAMES)}"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=found, args=FLAGS.split())
        yield started
        started.close()


@pytest.fixture
def heard(browser: Any) -> Iterator[Any]:
    """Another one, to which a screen reader listens."""
    found = next(path for name in NAMES if (path := shutil.which(name)))
    args = [*FLAGS.split(), "--force-renderer-accessibility"]
    started = browser.browser_type.launch(executable_path=found, args=args)
    yield started
    started.close()
