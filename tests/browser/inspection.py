"""What tests of several pages look for in a browser."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe

# What a change of palette can break; the rest is the same page, and axe takes its time.
COLOURS = ("color-contrast", "link-in-text-block")

# What scrolls or is cut on purpose: boxes of code, wide tables and formulas, what lies inside a drawing, what only
# screen readers get.
WIDER = """() => [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1
  && !e.closest("pre, .table-scroll, .md-sidebar, .md-search, .md-tabs, [data-md-component=dialog], .typeset-scroll")
  && !e.closest(".typeset-wide, .typeset-math, .net-picture, svg svg, svg :not(svg)"))
  .slice(0, 5).map(e => e.outerHTML.slice(0, 120))"""

OPENING = """() => {
  const kinds = "figure.docrun, .highlight, table, figure.explorer, .guides, .wall, .nets, .toy, form"
  const found = [...document.querySelectorAll(`.md-content :is(${kinds})`)].find((e) => e.getClientRects().length)
  return found ? found.getBoundingClientRect().top + scrollY : null
}"""
# Pixels of the smallest letters in a drawing.
SMALLEST = """() => Math.min(...[...document.querySelectorAll("svg.docrun-figure")]
  .filter((svg) => svg.getClientRects().length)
  .flatMap((svg) => {
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width
    return [...svg.querySelectorAll("text")].map((text) => scale * parseFloat(getComputedStyle(text).fontSize))
  }))"""
# Boxes of code that scroll although all lines have the width that programs keep.
SCROLLING = """() => [...document.querySelectorAll(".highlight code")]
  .filter((code) => code.textContent.split("\\n").every((line) => line.length <= 84))
  .filter((code) => code.scrollWidth > code.clientWidth).map((code) => code.textContent.slice(0, 80))"""
# Headings that are lower without their permalinks.
TALLER = """() => {
  const headings = [...document.querySelectorAll("article :is(h1, h2, h3, h4):has(.headerlink)")]
  const heights = () => headings.map((heading) => heading.clientHeight)
  const links = headings.map((heading) => heading.querySelector(".headerlink"))
  const before = heights()
  for (const link of links) link.style.display = "none"
  const after = heights()
  for (const link of links) link.style.display = ""
  return headings.filter((_, at) => after[at] < before[at]).map((heading) => heading.textContent)
}"""
# Identifiers in tables that stand on more than one line. Messages of torch hold addresses that no column holds.
BROKEN = """() => [...document.querySelectorAll("article .grid-table code:not(.docrun-lent)")].flatMap(code => {
  const lines = new Map(), walk = document.createTreeWalker(code, NodeFilter.SHOW_TEXT), range = document.createRange()
  for (let text; (text = walk.nextNode()); ) for (const word of text.data.matchAll(/[\\w.]+/g)) {
    range.setStart(text, word.index)
    range.setEnd(text, word.index + word[0].length)
    lines.set(word[0], new Set([...range.getClientRects()].map(box => Math.round(box.top))).size)
  }
  return [...lines].filter(([, times]) => times > 1).map(([word]) => word)
})"""
# Formulas that scroll, and whether a fade says so.
CUT = """() => [...document.querySelectorAll('.typeset-scroll, .typeset-wide')]
  .filter((box) => box.getClientRects().length && box.scrollWidth > box.clientWidth + 1)
  .map((box) => ({
    tex: (box.querySelector('annotation') || box).textContent.trim().slice(0, 60),
    display: box.matches('.typeset-scroll'),
    faded: getComputedStyle(box).maskImage !== 'none'
      && getComputedStyle(box).getPropertyValue('--typeset-after') !== '0px',
    lost: box.scrollWidth - box.clientWidth,
  }))"""
# How each displayed formula is drawn, read, and numbered.
FORMULAS = """() => [...document.querySelectorAll('.typeset-display')]
  .filter((box) => box.getClientRects().length)
  .map((box) => ({
    drawings: [...box.querySelectorAll('span > svg')].filter((svg) => svg.getClientRects().length).length,
    read: box.querySelectorAll('math').length,
    number: [...box.querySelectorAll('.typeset-numbers > span')].every((mark) => {
      const [outer, inner] = [box, mark].map((each) => each.getBoundingClientRect());
      return inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1 && inner.right <= innerWidth;
    }),
  }))"""

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
