"""A matplotlib backend that draws SVG and for which ``plt.show()`` is nothing: the runner collects figures."""

from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_svg import FigureCanvasSVG


class FigureManager(FigureManagerBase):
    """A manager without a window."""

    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:
        """Leave the figures open: the runner takes them at the end of their section."""


class FigureCanvas(FigureCanvasSVG):
    """matplotlib's SVG canvas under that manager."""

    manager_class = FigureManager
