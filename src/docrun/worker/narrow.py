"""The same figure for a phone: panels below each other, at a width that leaves its text large enough to read.

A figure of 5.5 inches, scaled down to a phone's 328 pixels, would show its tick labels 7 pixels high.
"""

from __future__ import annotations

import textwrap
from typing import Any

WIDTH = 3.8  # inches: 365 pixels, which a phone of 360 shows at nine tenths
_WIDEST = 4.2  # what a phone can show as it is
_PAIRED = 4  # more panels than these stay two in a row
_TALLEST = 2.6  # inches of one panel
_SMALLEST = 8.0  # points of any text: 9.6 pixels on the phone


def is_wide(figure: Any) -> bool:
    """Whether a figure is wider than a phone can show with readable text."""
    return bool(figure.get_size_inches()[0] > _WIDEST)


def redraw(figure: Any) -> None:
    """Lay a figure out anew. It is drawn once more and closed then: nothing sets it back."""
    height = figure.get_size_inches()[1]
    panels = [axes for axes in figure.axes if axes.get_subplotspec() is not None]
    grids = {axes.get_subplotspec().get_gridspec() for axes in panels}
    plain = len(grids) == 1 and all(axes.get_subplotspec().num1 == axes.get_subplotspec().num2 for axes in panels)
    rows, columns = next(iter(grids)).get_geometry() if grids else (1, 1)
    if plain and columns > 1:
        wanted = 2 if len(panels) > _PAIRED else 1
        lines = -(-len(panels) // wanted)
        _stack(figure, panels, lines, wanted)
        height = lines * min(_TALLEST, height / rows if wanted == 1 else height / rows * 0.9)
    figure.set_size_inches(WIDTH, height)
    _fit(figure)


def _stack(figure: Any, panels: list[Any], lines: int, columns: int) -> None:
    """Put panels into a grid of so many lines, each with the labels that its neighbours held for it."""
    shared = {axis: _shared(panels, axis) for axis in "xy"}
    x_label, y_label = (_label(panels, axis) for axis in "xy")
    grid = figure.add_gridspec(lines, columns)
    for number, axes in enumerate(panels):
        axes.set_subplotspec(grid[number // columns, number % columns])
        lowest, leftmost = number + columns >= len(panels), number % columns == 0
        if not axes.axison:
            continue
        if shared["x"]:
            axes.tick_params(labelbottom=lowest)
            axes.set_xlabel(x_label if lowest else "")
        axes.tick_params(labelleft=leftmost or not shared["y"])
        if shared["y"]:
            axes.set_ylabel(y_label if leftmost else "")


def _label(panels: list[Any], axis: str) -> str:
    return next((text for axes in panels if (text := getattr(axes, f"get_{axis}label")())), "")


def _shared(panels: list[Any], axis: str) -> bool:
    group = getattr(panels[0], f"get_shared_{axis}_axes")()
    return all(group.joined(panels[0], other) for other in panels[1:])


def _fit(figure: Any) -> None:
    """Break titles that are too long, take columns out of legends that are too wide, make small text larger."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_fontsize(max(text.get_fontsize(), _SMALLEST))
    figure.draw_without_rendering()
    across = figure.bbox.width
    titles = [title for axes in figure.axes for title in (axes.title, axes._left_title, axes._right_title)]
    for title in [*titles, *filter(None, [figure._suptitle])]:
        room = (across if title is figure._suptitle else title.axes.bbox.width) * 1.02
        broad = title.get_window_extent().width
        if title.get_text() and broad > room:
            letters = max(12, int(len(title.get_text()) * room / broad))
            title.set_text("\n".join(textwrap.wrap(title.get_text(), letters, break_long_words=False)))
    for legend in [*figure.legends, *(axes.get_legend() for axes in figure.axes)]:
        room = across * (0.94 if legend in figure.legends else 0.78)  # beside an axis' labels there is less
        while legend and legend._ncols > 1 and legend.get_window_extent().width > room:
            legend.set_ncols(legend._ncols - 1)
            figure.draw_without_rendering()
