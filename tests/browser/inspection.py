"""What tests of several pages look for in a browser."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe

# What a change of palette can break; the rest is the same page, and axe takes its time.
COLOURS = ("color-contrast", "link-in-text-block")

WIDER = """() => [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1
  && !e.closest("pre, .table-scroll, .md-sidebar, .md-search, .md-tabs, [data-md-component=dialog], .typeset-scroll, .typeset-math"))
  .slice(0, 5).map(e => e.outerHTML.slice(0, 120))"""

# A function for scripts: how light a computed colour is, as contrasts count it.
LIGHTNESS = """const light = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(v => { v /= 255
      return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b }"""

SHIFTS = """window.__shift = 0
new PerformanceObserver(list => { for (const entry of list.getEntries()) window.__shift += entry.value })
  .observe({ type: "layout-shift", buffered: true })"""


def audit(page: Any, *rules: str, within: str | None = None) -> list[str]:
    """Every accessibility violation that axe finds (these rules, this part only), with the elements concerned."""
    options = {"runOnly": list(rules)} if rules else None
    found = Axe().run(page, context=within, options=options).response["violations"]
    return [f"{v['id']}: {[node['html'][:150] for node in v['nodes'][:4]]}" for v in found]
