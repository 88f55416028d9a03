"""Certified accuracy against radius, as a table and as a curve on screen."""

from itertools import pairwise

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget
from typing_extensions import override

# isort: split
# After PySide6, because it takes the binding that is there.
import pyqtgraph as pg

from advgui.certification.report import Certification
from advgui.evaluation.intervals import Tally
from advgui.figures.certified import curve
from advgui.gui.evaluation.grid import shade
from advgui.gui.widgets import charts, theme
from advgui.gui.widgets.elided import text_width
from advgui.reports.tables import interval, percent

_COLUMNS = ("L2 radius", "certified (%)", "95 % interval", "images")
_MARGINS = 16  # of a cell, left and right together


class CertifiedTable(QTableWidget):
    """A row for each radius that so many copies can prove."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(_COLUMNS), parent)
        self.setHorizontalHeaderLabels(list(_COLUMNS))
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().hide()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setAccessibleName("Certified accuracy against radius")
        self._keep_room()
        self.setToolTip(
            "Images whose class is right, and that no change of a shorter L2 length can alter, with the Wilson 95 % "
            "interval."
        )

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Cut nothing off when letters have another size."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._keep_room()

    def _keep_room(self) -> None:
        widest = max(text_width(self.font(), text) for text in _COLUMNS) + _MARGINS
        self.horizontalHeader().setMinimumSectionSize(widest)

    @override
    def sizeHint(self) -> QSize:
        """Return room for all columns; with less, it scrolls."""
        needed = len(_COLUMNS) * self.horizontalHeader().minimumSectionSize()
        return QSize(needed + self.verticalScrollBar().sizeHint().width(), super().sizeHint().height())

    def show_report(self, report: Certification) -> None:
        """Show a certification."""
        self.setRowCount(len(report.radii))
        for row, radius in enumerate(report.radii):
            tally = report.certified(radius)
            span = interval(tally).replace("-", "\N{EN DASH}")
            for place, text in enumerate((f"{radius:g}", percent(tally), span, f"{tally.correct:,}")):
                item = QTableWidgetItem(text)
                item.setFlags(Qt.ItemFlag.ItemIsEnabled)
                item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                if place == 1 and tally.total:
                    shade(item, tally.accuracy)
                self.setItem(row, place, item)


class CertifiedChart(QWidget):
    """Certified accuracy, with its interval as a band; beyond what so many copies can prove, nothing is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: Certification | None = None
        self.plot = charts.plot("Certified accuracy against L2 radius")
        self.plot.setYRange(0, 100, padding=0.02)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plot)
        self._draw()

    def show_report(self, report: Certification) -> None:
        """Show a certification."""
        self._report = report
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
        charts.label(self.plot, "bottom", "L2 radius", colors)
        charts.label(self.plot, "left", "certified accuracy (%)", colors)
        report = self._report
        if report is None or not report.images:
            return
        end = max(report.largest_radius, 0.05)
        self.plot.setXRange(0, end, padding=0.05)
        places, tallies = curve(report)
        places, tallies = [*places, end], [*tallies, Tally(0, report.images)]
        # A step stands up to its radius: each value from the place before it to its own.
        across = [places[0], *(place for pair in pairwise(places) for place in pair)]
        up = [tallies[0], *(tally for tally in tallies[1:] for _ in range(2))]
        band = QColor(colors.accent)
        band.setAlpha(45)
        low, high = (pg.PlotCurveItem(across, [100 * getattr(tally, name) for tally in up]) for name in ("low", "high"))
        self.plot.addItem(pg.FillBetweenItem(low, high, brush=band))
        pen = pg.mkPen(colors.accent, width=3)
        self.plot.plot(across, [100 * tally.accuracy for tally in up], pen=pen, name="certified")
