"""What each defence buys and costs, on screen."""

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from typing_extensions import override

# isort: split
# After PySide6, because it takes the binding that is there.
import pyqtgraph as pg

from advgui.evaluation.costs import Worth, worths
from advgui.evaluation.report import Report
from advgui.figures.costs import ACROSS, MOST, STYLES, UP, said
from advgui.gui.evaluation.comparison import ComparisonView
from advgui.gui.widgets import charts, theme

_BLACK = "#000000"


class CostsView(QWidget):
    """Accuracy without an attack against what the attacker leaves who knows the defence: a dot for each defence.

    Args:
        comparison: What the shown result is compared with has its dots here too.
        parent: Qt's owner.
    """

    def __init__(self, comparison: ComparisonView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._comparison = comparison
        self._report: Report | None = None
        self.about = QLabel()
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setWordWrap(True)
        self.plot = charts.plot("What each defence buys and costs")
        self.plot.setXRange(0, 100, padding=0.02)
        self.plot.setYRange(0, 100, padding=0.02)
        self._legend = charts.legend(self.plot, across=2)
        column = QVBoxLayout(self)
        column.addWidget(self.about)
        column.addWidget(self.plot, 1)
        comparison.changed.connect(self._on_compared)

    def show_report(self, report: Report) -> None:
        """Show a report."""
        self._report = report
        self._draw()

    @Slot()
    def _on_compared(self) -> None:
        if self.isVisible():
            self._draw()

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Follow the window's colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "plot"):
            self._draw()

    def _draw(self) -> None:
        colors = theme.colors(self.palette())
        charts.paint(self.plot, colors)
        self.plot.getPlotItem().clear()
        self._legend.clear()
        self._legend.setLabelTextColor(colors.text)
        charts.label(self.plot, "bottom", ACROSS, colors)
        charts.label(self.plot, "left", UP, colors)
        found = worths(each for each in (self._report, self._comparison.other) if each is not None)
        self.plot.setVisible(0 < len(found) <= MOST)
        if not self.plot.isVisibleTo(self):
            self.about.setText(
                f"{len(found)} defences have an attacker who knows them in this result, expected 1 to {MOST}. Evaluate "
                "the whole matrix, or choose the shipped result on what the attacker knows."
            )
            return
        attacks = "; ".join(dict.fromkeys(worth.attack for worth in found))
        self.about.setText(
            f"{attacks}, by an attacker who knows exactly what stands there. Crosses: Wilson 95 % intervals. On the "
            "dotted line an attack would change nothing. What is chosen under Compare is here too."
        )
        dotted = pg.mkPen(colors.muted, width=2, style=Qt.PenStyle.DotLine)
        self.plot.plot([0, 100], [0, 100], pen=dotted)
        for worth, (color, marker) in zip(found, STYLES, strict=False):
            self._add(worth, colors.text if color == _BLACK else QColor(color), charts.symbol(marker))

    def _add(self, worth: Worth, color: QColor, symbol: str) -> None:
        clean, attacked = worth.clean, worth.attacked
        across, up = 100 * clean.accuracy, 100 * attacked.accuracy
        pen = pg.mkPen(color, width=2)
        self.plot.plot([100 * clean.low, 100 * clean.high], [up, up], pen=pen)
        self.plot.plot([across, across], [100 * attacked.low, 100 * attacked.high], pen=pen)
        name = f"{worth.name}: {said(clean)} without an attack, {said(attacked)} under it"
        self.plot.plot(
            [across], [up], pen=None, symbol=symbol, symbolSize=12, symbolBrush=color, symbolPen=None, name=name
        )
