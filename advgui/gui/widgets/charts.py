"""What all charts on screen have in common. Charts that go into a file are drawn by `advgui.figures`."""

from collections.abc import Mapping

from advgui.gui.widgets.theme import Colors

# isort: split
# After PySide6, because it takes the binding that is there.
import pyqtgraph as pg


def plot(name: str, axes: Mapping[str, pg.AxisItem] | None = None) -> pg.PlotWidget:
    """Return a plot that stands still.

    Args:
        name: What a screen reader says.
        axes: Axes of one's own, by side: "bottom" or "left".
    """
    made = pg.PlotWidget(axisItems=dict(axes or {}))
    made.setAccessibleName(name)
    made.setMouseEnabled(x=False, y=False)
    made.setMenuEnabled(False)
    made.hideButtons()
    for side in ("bottom", "left"):
        # Otherwise numbers below 1 are shown in thousandths, with nothing that says so. `enableAutoSIPrefix(False)` is
        # no way: from the second drawing on it does the opposite.
        made.getPlotItem().getAxis(side).setSIPrefixEnableRanges(())
    return made


def paint(plot: pg.PlotWidget, colors: Colors) -> None:
    """Give ground, axes and grid the window's colours."""
    plot.setBackground(colors.surface)
    for side in ("bottom", "left"):
        axis = plot.getPlotItem().getAxis(side)
        axis.setPen(colors.border)
        axis.setTextPen(colors.text)
    plot.getPlotItem().showGrid(x=False, y=True, alpha=0.2)
