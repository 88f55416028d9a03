"""What all charts of the window have in common."""

from PySide6.QtCore import QBuffer
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgGenerator

# isort: split
# After PySide6, because it takes the binding that is there.
import pyqtgraph as pg

from advgui.gui.theme import Colors


def plot(name: str) -> pg.PlotWidget:
    """Return a plot that stands still.

    Args:
        name: What a screen reader says.
    """
    made = pg.PlotWidget()
    made.setAccessibleName(name)
    made.setMouseEnabled(x=False, y=False)
    made.setMenuEnabled(False)
    made.hideButtons()
    return made


def paint(plot: pg.PlotWidget, colors: Colors) -> None:
    """Give ground, axes and grid the window's colours."""
    plot.setBackground(colors.surface)
    for name in ("bottom", "left"):
        axis = plot.getPlotItem().getAxis(name)
        axis.setPen(colors.border)
        axis.setTextPen(colors.text)
        axis.enableAutoSIPrefix(False)
    plot.getPlotItem().showGrid(x=False, y=True, alpha=0.2)


def svg(plot: pg.PlotWidget, title: str) -> bytes:
    """Return a plot as an SVG file's content."""
    content = QBuffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(content)
    generator.setSize(plot.size())
    generator.setViewBox(plot.rect())
    generator.setTitle(title)
    painter = QPainter(generator)
    plot.render(painter)
    painter.end()
    return bytes(content.data().data())
