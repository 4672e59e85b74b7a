"""How smoothly figures move in headless Chromium: the 95th percentile of the time between two frames, and the time from
the first touch to the first picture that answers it.

``.venv/bin/python tests/bench/frames.py``, two minutes; nothing else should run meanwhile. Another figure is another
entry in ``GESTURES``. Ends with 1 if a limit is missed.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright
from visit import FLAGS, chromium

sys.path.append(str(Path(__file__).parents[1]))
from explorers import stage

FRAME, FIRST = 34.0, 200.0  # ms, at most
ROUNDS = 5
WATCH = """([picture, touch]) => {
  window.__frames = []
  window.__first = null
  let touched = null, last = null
  addEventListener(touch, () => touched ??= performance.now(), { capture: true })
  const tick = now => {
    if (last !== null && touched !== null) window.__frames.push(now - last)
    last = now
    requestAnimationFrame(tick)
  }
  requestAnimationFrame(tick)
  new MutationObserver(() => {
    if (touched !== null && window.__first === null) requestAnimationFrame(now => window.__first = now - touched)
  }).observe(document.querySelector(picture), { childList: true, subtree: true, attributes: true })
}"""


@dataclass(frozen=True)
class Gesture:
    """What a reader does on a page of the small site, and which box answers."""

    name: str
    address: str
    picture: str
    touch: str  # the event that counts as the first touch
    begin: Callable[[Any], None]
    seconds: float
    ready: str = "[data-ready]"  # what the figure has once its script is there; none where that waits for a touch


def play(page: Any) -> None:
    page.get_by_role("button", name="Play").click()


def seeds(page: Any) -> None:
    page.get_by_role("button", name="Ten seeds").click()


def scrub(page: Any) -> None:
    page.locator("[data-scrub]").focus()
    for _ in range(40):
        page.keyboard.press("ArrowLeft")


def choose(page: Any) -> None:
    page.locator(f"{stage.FIGURE} select").first.hover()
    page.locator(f"{stage.FIGURE} select").nth(1).select_option("mse_loss")


def slide(page: Any) -> None:
    page.locator(f"{stage.FIGURE} input[type=range]:visible").first.focus()
    for _ in range(40):
        page.keyboard.press("ArrowRight")


GESTURES = [
    Gesture("playground, training", "play/?playground=a;steps:0", ".play-curves", "pointerdown", play, 4),
    Gesture(
        "playground, training 4 × 16 units, 5,000 steps",
        "play/?playground=a;hidden:16,16,16,16;steps:4700",
        ".play-curves",
        "pointerdown",
        play,
        4,
    ),
    Gesture("playground, ten seeds", "play/", ".play-multiples", "pointerdown", seeds, 4),
    Gesture("playground, back step by step", "play/", ".play-curves", "keydown", scrub, 1),
    Gesture("home, another loss", "home/", ".explorer-stage", "input", choose, 4, ready=""),
    *(
        Gesture(f"{name}, a slider", f"{name}/", ".explorer-stage", "keydown", slide, 1)
        for name in stage.pictured()
        if name not in ("cross-entropy", "effective-batch", "ctc")  # no heavier than loss-curves
    ),
]
HOME = """```explorer name="decision"
```

<figure class="docrun" id="fig-compare"><svg width="420" height="360" viewBox="0 0 420 360"></svg>
<figcaption>Four runs.</figcaption></figure>
"""


def measure(page: Any, url: str, gesture: Gesture) -> tuple[float, float]:
    """The 95th percentile between frames and the first answer, in ms."""
    page.goto(f"{url}{gesture.address}", wait_until="networkidle")
    page.locator(f"{stage.FIGURE}{gesture.ready}").wait_for()
    page.evaluate(WATCH, [gesture.picture, gesture.touch])
    page.wait_for_timeout(200)
    gesture.begin(page)
    page.wait_for_timeout(1000 * gesture.seconds)
    page.wait_for_function("window.__first !== null")
    frames = page.evaluate("window.__frames")
    return statistics.quantiles(frames, n=20)[-1], page.evaluate("window.__first")


def main() -> int:
    """Measure, print rows for the README; 1 if a limit is missed."""
    missed = False
    text = '# Play\n\n```explorer name="playground"\n```\n'
    print(f"| what moves | 95 % of frames within, at most {FRAME:.0f} ms | first answer, at most {FIRST:.0f} ms |")
    print("|---|---|---|")
    with (
        tempfile.TemporaryDirectory() as folder,
        stage.served(Path(folder), {"play": text, "home": HOME}) as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS.split())
        for gesture in GESTURES:
            found = []
            for _ in range(ROUNDS):
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                found.append(measure(page, url, gesture))
                page.close()
            frame, first = (statistics.median(column) for column in zip(*found, strict=True))
            missed = missed or frame > FRAME or first > FIRST
            print(f"| {gesture.name} | {frame:.0f} ms | {first:.0f} ms |", flush=True)
        browser.close()
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
