"""Accuracy against strength as a chart."""

from collections.abc import Mapping

from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

# isort: split
# After PySide6, because it takes the binding that is there.
import pyqtgraph as pg

from advgui.attacks import ATTACKS
from advgui.gui import charts, theme
from advgui.reports import tables
from advgui.reports.published import published_tables
from advgui.reports.report import Report, Run, protocol_text
from advgui.types import Column

# Okabe and Ito's colours, and a symbol each, so that colour is never the only difference.
_STYLES: Mapping[Column, tuple[str, str]] = {
    Column.CLEAN: ("", "o"),  # in the colour of the text
    Column.ATTACKED: ("#d55e00", "s"),
    Column.AUTOENCODER: ("#009e73", "t"),
    Column.RANDOMIZATION: ("#56b4e9", "d"),
    Column.BOTH: ("#cc79a7", "star"),
}


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
        self.plot = charts.plot("Accuracy against strength")
        self.plot.setYRange(0, 100, padding=0.02)
        self._legend = self.plot.addLegend(offset=(20, -20))
        top = QHBoxLayout()
        top.addWidget(label)
        top.addWidget(self.group)
        top.addStretch(1)
        column = QVBoxLayout(self)
        column.addLayout(top)
        # A plot alone cannot be painted into a picture as other widgets can; its frame can.
        self.picture = QWidget()
        frame = QVBoxLayout(self.picture)
        frame.setContentsMargins(0, 0, 0, 0)
        frame.addWidget(self.plot)
        column.addWidget(self.picture, 1)

    def show_report(self, report: Report) -> None:
        """Show a report; the chosen attack stays chosen."""
        self._report = report
        names = list(dict.fromkeys(_group(run) for run in report.runs))
        if [self.group.itemText(row) for row in range(self.group.count())] != names:
            self.group.blockSignals(True)
            self.group.clear()
            self.group.addItems(names)
            self.group.blockSignals(False)
        self._draw()

    def svg(self) -> bytes:
        """Return the chart as an SVG file's content."""
        return charts.svg(self.plot, self.group.currentText())

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
        item.setLabel("left", "accuracy (%)", color=colors.text.name())
        report = self._report
        runs = [] if report is None else [run for run in report.runs if _group(run) == self.group.currentText()]
        if report is None or not runs or not report.images:
            return
        runs.sort(key=lambda run: run.scenario.strength)
        attack = ATTACKS[runs[0].scenario.attack]
        item.setLabel("bottom", attack.parameter.name, color=colors.text.name())
        strengths = [run.scenario.strength for run in runs]
        item.setXRange(0, max(strengths) or attack.parameter.default, padding=0.05)
        for column in runs[0].predictions:
            self._add_column(report, runs, strengths, column, colors.text)
        self._add_published(runs, colors.text)

    def _add_column(
        self, report: Report, runs: list[Run], strengths: list[float], column: Column, text: QColor
    ) -> None:
        name, symbol = _STYLES[column]
        color = QColor(name) if name else text
        tallies = [report.tally(run, column) for run in runs]
        band = QColor(color)
        band.setAlpha(45)
        low, high = (
            pg.PlotCurveItem(strengths, [100 * getattr(tally, end) for tally in tallies]) for end in ("low", "high")
        )
        self.plot.addItem(pg.FillBetweenItem(low, high, brush=band))
        self.plot.plot(
            strengths,
            [100 * tally.accuracy for tally in tallies],
            pen=pg.mkPen(color, width=3),
            symbol=symbol,
            symbolSize=11,
            symbolBrush=color,
            symbolPen=None,
            name=f"({column.letter}) {tables.HEADINGS[column]}",
        )

    def _add_published(self, runs: list[Run], text: QColor) -> None:
        for table in published_tables():
            beside = [run for run in runs if table.stands_beside(run.scenario)]
            for run in beside:
                for column, value in table.percent.items():
                    color = QColor(_STYLES[column][0]) if _STYLES[column][0] else text
                    cross = pg.mkPen(color, width=2)
                    self.plot.plot(
                        [run.scenario.strength], [value], pen=None, symbol="x", symbolSize=13, symbolPen=cross
                    )
            if beside:
                self.plot.plot([], [], pen=None, symbol="x", symbolPen=pg.mkPen(text, width=2), name=table.name)


def _group(run: Run) -> str:
    return f"{ATTACKS[run.scenario.attack].label}, {protocol_text(run.scenario)}"
