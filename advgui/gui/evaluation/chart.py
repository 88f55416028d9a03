"""Accuracy against strength as a chart."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSignalBlocker, Qt
from PySide6.QtGui import QColor, QPen, QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget
from typing_extensions import override

# isort: split
# After PySide6, because it takes the binding that is there.
import pyqtgraph as pg

from advgui.evaluation.report import Report
from advgui.figures import security
from advgui.figures.security import Axis, Chart, Line, tick_text
from advgui.figures.strength import style_of
from advgui.gui.widgets import charts, theme
from advgui.gui.widgets.elided import ElidedComboBox
from advgui.parameters import Real
from advgui.reports.published import published_tables
from advgui.types import CLEAN, Column

_ENTRY, _ACROSS = 190, 4  # pixels that an entry of the legend needs, and how many are in a row at most


class StrengthAxis(pg.AxisItem):  # type: ignore[misc] # pyqtgraph has no types
    """The horizontal axis: a strength, in 255ths where people count so."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.parameter: Real | None = None

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Return what stands at the ticks."""
        if self.parameter is None:
            return []
        return [tick_text(self.parameter, value * scale) for value in values]


class StrengthChart(QWidget):
    """The columns against strength, with their intervals as bands, down to chance; published figures are crosses."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: Report | None = None
        self.group = ElidedComboBox("Attack, protocol and attacker of the chart", self)
        self.group.currentIndexChanged.connect(self._draw)
        label = QLabel("&Figure")
        label.setBuddy(self.group)
        self._axis = StrengthAxis()
        self.plot = charts.plot("Accuracy against strength", {"bottom": self._axis})
        self.plot.setYRange(0, 100, padding=0.02)
        # Beneath the plot: curves that fall to chance leave no corner free.
        item = self.plot.getPlotItem()
        self._legend = item.legend = pg.LegendItem(colCount=_ACROSS, horSpacing=20, verSpacing=-2)
        item.layout.addItem(self._legend, 4, 1)
        top = QHBoxLayout()
        top.addWidget(label)
        top.addWidget(self.group, 1)
        column = QVBoxLayout(self)
        column.addLayout(top)
        column.addWidget(self.plot, 1)

    def show_report(self, report: Report) -> None:
        """Show a report; the chosen chart stays chosen."""
        self._report = report
        offer(self.group, list(security.charts(report)))
        self._draw()

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put as many entries of the legend in a row as there is room for: a wider one would push the plot out."""
        super().resizeEvent(event)
        self._legend.setColumnCount(max(1, min(_ACROSS, self.width() // _ENTRY)))

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Follow the window's colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "plot"):
            self._draw()

    def _draw(self) -> None:
        colors = theme.colors(self.palette())
        charts.paint(self.plot, colors)
        item = self.plot.getPlotItem()
        item.clear()
        self._legend.clear()
        self._legend.setLabelTextColor(colors.text)
        charts.label(self.plot, "left", "accuracy (%)", colors)
        report = self._report
        chart = None if report is None else security.charts(report).get(self.group.currentText())
        if report is None or chart is None or not report.images:
            return
        axis = chart.axis
        self._axis.parameter = axis.parameter
        self._axis.setTicks([list(axis.ticks)] if axis.is_logarithmic else None)
        charts.label(self.plot, "bottom", axis.label, colors)
        item.setXRange(0, axis.end, padding=0.05)
        to_quote = {line.column for line in chart.lines if not line.is_bound}
        for line in chart.lines:
            self._add_line(report, axis, line, colors, is_named=not line.is_bound or line.column not in to_quote)
        self._add_published(report.columns, chart, axis, colors.text)
        if any(line.is_bound for line in chart.lines):
            dashed = pg.mkPen(colors.text, width=2, style=Qt.PenStyle.DashLine)
            self._add_key("hollow: an upper bound", dashed, "o", colors.text, colors.surface)
        chance = security.chance(report)
        dotted = pg.mkPen(colors.muted, width=2, style=Qt.PenStyle.DotLine)
        self.plot.plot([0, axis.end], [chance] * 2, pen=dotted, name=f"chance ({chance:.3g} %)")

    def _add_line(self, report: Report, axis: Axis, line: Line, colors: theme.Colors, is_named: bool) -> None:
        places = [axis.place(run.scenario.strength) for run in line.runs]
        color, mark = _color(line.column, colors.text), style_of(line.column)[1]
        tallies = [report.tally(run, line.column.key) for run in line.runs]
        band = QColor(color)
        band.setAlpha(45)
        low, high = (
            pg.PlotCurveItem(places, [100 * getattr(tally, end) for tally in tallies]) for end in ("low", "high")
        )
        self.plot.addItem(pg.FillBetweenItem(low, high, brush=band))
        self.plot.plot(
            places,
            [100 * tally.accuracy for tally in tallies],
            pen=pg.mkPen(color, width=3, style=Qt.PenStyle.DashLine if line.is_bound else Qt.PenStyle.SolidLine),
            symbol=charts.symbol(mark),
            symbolSize=11,
            symbolBrush=colors.surface if line.is_bound else color,
            symbolPen=pg.mkPen(color, width=2) if line.is_bound else None,
            name=line.label if is_named else None,
        )

    def _add_published(self, columns: Sequence[Column], chart: Chart, axis: Axis, text: QColor) -> None:
        for table in published_tables():
            beside = [run.scenario.strength for run in chart.runs if table.stands_beside(run.scenario)]
            for strength in beside:
                for column in columns:
                    cross, value = pg.mkPen(_color(column, text), width=2), table.percent[column.key]
                    self.plot.plot(
                        [axis.place(strength)], [value], pen=None, symbol="x", symbolSize=13, symbolPen=cross
                    )
            if beside:
                self._add_key(table.name, None, "x", text, text)

    def _add_key(self, name: str, pen: QPen | None, symbol: str, color: QColor, brush: QColor) -> None:
        """Explain a mark in the legend."""
        key = self.plot.plot([], [], pen=pen, symbol=symbol, name=name)
        # The legend looks here, and a plot without data leaves it as it is.
        key.scatter.setSize(11)
        key.scatter.setPen(pg.mkPen(color, width=2))
        key.scatter.setBrush(brush)


def offer(box: QComboBox, names: Sequence[str]) -> None:
    """Offer names to choose from; nothing changes, nor is told, where they are offered already."""
    if [box.itemText(row) for row in range(box.count())] != names:
        with QSignalBlocker(box):
            box.clear()
            box.addItems(names)


def _color(column: Column, text: QColor) -> QColor:
    """Return a column's colour; what is black in files has the colour of the text."""
    return text if column.key == CLEAN else QColor(style_of(column)[0])
