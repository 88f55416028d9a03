"""Accuracy against strength as a chart."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget
from typing_extensions import override

# isort: split
# After PySide6, because it takes the binding that is there.
import pyqtgraph as pg

from advgui.attacks import ATTACKS
from advgui.evaluation.report import Report, Run
from advgui.figures.strength import groups, in_axis_units, style_of, tick_text
from advgui.gui.widgets import charts, theme
from advgui.parameters import Real
from advgui.reports.published import published_tables
from advgui.scenarios import heading
from advgui.types import CLEAN, Column

# pyqtgraph's names of matplotlib's marks.
_SYMBOLS = {"v": "t", "D": "d", "*": "star", "^": "t1", "P": "+", "X": "h"}


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
    """The columns against strength, with their intervals as bands; published figures are crosses."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: Report | None = None
        self.group = QComboBox()
        self.group.setAccessibleName("Attack and protocol of the chart")
        self.group.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.group.currentIndexChanged.connect(self._draw)
        label = QLabel("&Show")
        label.setBuddy(self.group)
        self._axis = StrengthAxis()
        self.plot = charts.plot("Accuracy against strength", {"bottom": self._axis})
        self.plot.setYRange(0, 100, padding=0.02)
        self._legend = self.plot.addLegend(offset=(20, -20))
        top = QHBoxLayout()
        top.addWidget(label)
        top.addWidget(self.group)
        top.addStretch(1)
        column = QVBoxLayout(self)
        column.addLayout(top)
        column.addWidget(self.plot, 1)

    def show_report(self, report: Report) -> None:
        """Show a report; the chosen attack stays chosen."""
        self._report = report
        names = list(groups(report))
        if [self.group.itemText(row) for row in range(self.group.count())] != names:
            self.group.blockSignals(True)
            self.group.clear()
            self.group.addItems(names)
            self.group.blockSignals(False)
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
        item = self.plot.getPlotItem()
        item.clear()
        self._legend.clear()
        self._legend.setLabelTextColor(colors.text)
        charts.label(self.plot, "left", "accuracy (%)", colors)
        report = self._report
        runs = () if report is None else groups(report).get(self.group.currentText(), ())
        if report is None or not runs or not report.images:
            return
        parameter = self._axis.parameter = ATTACKS[runs[0].scenario.attack.name].strength
        charts.label(self.plot, "bottom", parameter.name, colors)
        places = [in_axis_units(parameter, run.scenario.strength) for run in runs]
        item.setXRange(0, max(places) or in_axis_units(parameter, parameter.default), padding=0.05)
        for column in runs[0].scenario.columns:
            self._add_column(report, runs, places, column, colors.text)
        self._add_published(report.columns, runs, places, colors.text)

    def _add_column(
        self, report: Report, runs: Sequence[Run], places: Sequence[float], column: Column, text: QColor
    ) -> None:
        color, mark = _color(column, text), style_of(column)[1]
        tallies = [report.tally(run, column.key) for run in runs]
        band = QColor(color)
        band.setAlpha(45)
        low, high = (
            pg.PlotCurveItem(places, [100 * getattr(tally, end) for tally in tallies]) for end in ("low", "high")
        )
        self.plot.addItem(pg.FillBetweenItem(low, high, brush=band))
        self.plot.plot(
            places,
            [100 * tally.accuracy for tally in tallies],
            pen=pg.mkPen(color, width=3),
            symbol=_SYMBOLS.get(mark, mark),
            symbolSize=11,
            symbolBrush=color,
            symbolPen=None,
            name=f"({column.letter}) {heading(column)}",
        )

    def _add_published(
        self, columns: Sequence[Column], runs: Sequence[Run], places: Sequence[float], text: QColor
    ) -> None:
        for table in published_tables():
            beside = [place for run, place in zip(runs, places, strict=True) if table.stands_beside(run.scenario)]
            for place in beside:
                for column in columns:
                    cross, value = pg.mkPen(_color(column, text), width=2), table.percent[column.key]
                    self.plot.plot([place], [value], pen=None, symbol="x", symbolSize=13, symbolPen=cross)
            if beside:
                self.plot.plot([], [], pen=None, symbol="x", symbolPen=pg.mkPen(text, width=2), name=table.name)


def _color(column: Column, text: QColor) -> QColor:
    """Return a column's colour; what is black in files has the colour of the text."""
    return text if column.key == CLEAN else QColor(style_of(column)[0])
