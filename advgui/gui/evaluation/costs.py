"""What each defence buys and costs, on screen."""

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

# isort: split
# After PySide6, because it takes the binding that is there.
import pyqtgraph as pg
from pyqtgraph.graphicsItems.ScatterPlotItem import drawSymbol

from advgui.evaluation.costs import Worth, worths
from advgui.evaluation.intervals import Tally
from advgui.evaluation.report import Report
from advgui.figures.costs import MOST, STYLES
from advgui.gui.evaluation.comparison import ComparisonView
from advgui.gui.widgets import charts, theme
from advgui.reports.tables import interval, percent

_DOT = 12
_KEY = 330  # pixels
_HEADINGS = ("defence", "no attack (%)", "attacked (%)")


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
        # Beside the dots themselves, names would lie over one another.
        self.key = QTableWidget(0, len(_HEADINGS))
        self.key.setHorizontalHeaderLabels(list(_HEADINGS))
        self.key.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.key.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.key.verticalHeader().hide()
        self.key.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.key.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.key.setAccessibleName("Accuracies of each defence in per cent with their 95 % intervals")
        self.key.setFixedWidth(_KEY)
        row = QHBoxLayout()
        row.addWidget(self.plot, 1)
        row.addWidget(self.key)
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
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "key"):
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
        self.key.setVisible(fits)
        self.key.setRowCount(len(found) if fits else 0)
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
        for place, (worth, (_, marker)) in enumerate(zip(found, STYLES, strict=False)):
            color = colors.series[place % len(colors.series)]  # which stand out in this theme
            self._add(worth, color, charts.symbol(marker))
            first = _item(worth.name)
            first.setIcon(_icon(charts.symbol(marker), color))
            for column, item in enumerate((first, _item(_said(worth.clean)), _item(_said(worth.attacked)))):
                self.key.setItem(place, column, item)
            self.key.resizeRowToContents(place)

    def _add(self, worth: Worth, color: QColor, symbol: str) -> None:
        clean, attacked = worth.clean, worth.attacked
        across, up = 100 * clean.accuracy, 100 * attacked.accuracy
        pen = pg.mkPen(color, width=2)
        self.plot.plot([100 * clean.low, 100 * clean.high], [up, up], pen=pen)
        self.plot.plot([across, across], [100 * attacked.low, 100 * attacked.high], pen=pen)
        self.plot.plot(
            [across], [up], pen=None, symbol=symbol, symbolSize=_DOT, symbolBrush=color, symbolPen=None, name=worth.name
        )


def _item(text: str) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    item.setFlags(Qt.ItemFlag.ItemIsEnabled)
    return item


def _said(tally: Tally) -> str:
    return f"{percent(tally)}\n{interval(tally)}".replace("-", "\N{EN DASH}")


def _icon(symbol: str, color: QColor) -> QIcon:
    picture = QPixmap(2 * _DOT, 2 * _DOT)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(_DOT, _DOT)
    drawSymbol(painter, symbol, 1.5 * _DOT, pg.mkPen(None), pg.mkBrush(color))
    painter.end()
    return QIcon(picture)
