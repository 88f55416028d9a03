"""What each defence buys and costs, on screen."""

from PySide6.QtCore import QEvent, QSize, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget
from typing_extensions import override

# isort: split
# After PySide6, because it takes the binding that is there.
import pyqtgraph as pg
from pyqtgraph.graphicsItems.ScatterPlotItem import drawSymbol

from advgui.evaluation.costs import Worth, worths
from advgui.evaluation.report import Report
from advgui.figures.costs import MOST, STYLES, said
from advgui.gui.evaluation.comparison import ComparisonView
from advgui.gui.widgets import charts, theme

_BLACK = "#000000"
_DOT = 12
_KEY = 270  # pixels


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
        self.keys = [Key() for _ in STYLES]
        keys = QVBoxLayout()
        for key in self.keys:
            keys.addWidget(key)
        keys.addStretch(1)
        row = QHBoxLayout()
        row.addWidget(self.plot, 1)
        row.addLayout(keys)
        column = QVBoxLayout(self)
        column.addWidget(self.about)
        column.addLayout(row, 1)
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
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "keys"):
            self._draw()

    def _draw(self) -> None:
        colors = theme.colors(self.palette())
        charts.paint(self.plot, colors)
        self.plot.getPlotItem().clear()
        charts.label(self.plot, "bottom", "accuracy without an attack (%)", colors)
        charts.label(self.plot, "left", "accuracy under attack (%)", colors)
        reports = [each for each in (self._report, self._comparison.other) if each is not None and each.images]
        found = worths(reports)
        fits = 0 < len(found) <= MOST
        self.plot.setVisible(fits)
        for place, key in enumerate(self.keys):
            key.setVisible(fits and place < len(found))
        if not fits:
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
        for worth, key, (name, marker) in zip(found, self.keys, STYLES, strict=False):
            color = colors.text if name == _BLACK else QColor(name)
            self._add(worth, color, charts.symbol(marker))
            key.show_worth(worth, color, charts.symbol(marker))

    def _add(self, worth: Worth, color: QColor, symbol: str) -> None:
        clean, attacked = worth.clean, worth.attacked
        across, up = 100 * clean.accuracy, 100 * attacked.accuracy
        pen = pg.mkPen(color, width=2)
        self.plot.plot([100 * clean.low, 100 * clean.high], [up, up], pen=pen)
        self.plot.plot([across, across], [100 * attacked.low, 100 * attacked.high], pen=pen)
        self.plot.plot(
            [across], [up], pen=None, symbol=symbol, symbolSize=_DOT, symbolBrush=color, symbolPen=None, name=worth.name
        )


class Key(QWidget):
    """A dot and what it stands for; beside the dots themselves, names would lie over one another."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(_KEY)
        self._mark = _Mark()
        self.name, self.numbers = QLabel(), QLabel()
        theme.enlarge(self.name, 1.0, bold=True)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(0)
        grid.addWidget(self._mark, 0, 0)
        for row, label in enumerate((self.name, self.numbers)):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            grid.addWidget(label, row, 1)
        grid.setColumnStretch(1, 1)

    def show_worth(self, worth: Worth, color: QColor, symbol: str) -> None:
        """Say what a dot stands for."""
        self._mark.show_symbol(symbol, color)
        self.name.setText(worth.name)
        self.numbers.setText(f"{said(worth.clean)} without an attack,\n{said(worth.attacked)} under it")


class _Mark(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._symbol, self._color = "o", QColor()
        self.setFixedSize(QSize(2 * _DOT, _DOT + 4))

    def show_symbol(self, symbol: str, color: QColor) -> None:
        self._symbol, self._color = symbol, color
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(self.rect().toRectF().center())
        drawSymbol(painter, self._symbol, _DOT, pg.mkPen(None), pg.mkBrush(self._color))
