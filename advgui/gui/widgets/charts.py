"""What all charts on screen have in common. Charts that go into a file are drawn by `advgui.figures`."""

from collections.abc import Mapping

from advgui.gui.widgets import access
from advgui.gui.widgets.theme import Colors

# isort: split
# After PySide6, because it takes the binding that is there.
import pyqtgraph as pg

# pyqtgraph's names of matplotlib's marks.
_SYMBOLS = {"v": "t", "D": "d", "*": "star", "^": "t1", "P": "+", "X": "h"}


def symbol(mark: str) -> str:
    """Return pyqtgraph's name of a mark of matplotlib."""
    return _SYMBOLS.get(mark, mark)


def plot(name: str, axes: Mapping[str, pg.AxisItem] | None = None) -> pg.PlotWidget:
    """Return a plot that stands still.

    Args:
        name: What a screen reader says.
        axes: Axes of one's own, by side: "bottom" or "left".
    """
    made = pg.PlotWidget(axisItems=dict(axes or {}))
    made.setAccessibleName(name)
    access.as_picture(made)
    made.setMouseEnabled(x=False, y=False)
    made.setMenuEnabled(False)
    made.hideButtons()
    return made


def paint(plot: pg.PlotWidget, colors: Colors) -> None:
    """Give ground, axes and grid the window's colours."""
    plot.setBackground(colors.surface)
    for side in ("bottom", "left"):
        axis = plot.getPlotItem().getAxis(side)
        axis.setPen(colors.border)
        axis.setTextPen(colors.text)
    plot.getPlotItem().showGrid(x=False, y=True, alpha=0.2)


def label(plot: pg.PlotWidget, side: str, text: str, colors: Colors) -> None:
    """Name an axis, whose numbers are shown as they are.

    Args:
        plot: Made by `plot`.
        side: "bottom" or "left".
        text: What the axis has.
        colors: Of the window.
    """
    # Without this, numbers below 1 would be shown in thousandths. `setLabel` forgets what was set before, and
    # `enableAutoSIPrefix(False)` does the opposite of what it says once the label is visible.
    plot.getPlotItem().getAxis(side).setLabel(text, siPrefixEnableRanges=(), color=colors.text.name())
