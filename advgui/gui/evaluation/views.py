"""The result of an evaluation, looked at in several ways."""

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QTabWidget, QWidget

from advgui.evaluation.report import Report, Run
from advgui.gui.evaluation.chart import StrengthChart
from advgui.gui.evaluation.comparison import ComparisonView
from advgui.gui.evaluation.costs import CostsView
from advgui.gui.evaluation.details import CellDetails
from advgui.gui.evaluation.exports import CHART, MATRIX
from advgui.gui.evaluation.matrix import MatrixView
from advgui.gui.evaluation.results import Results
from advgui.gui.evaluation.table import ResultsTable
from advgui.types import Column


class ResultTabs(QTabWidget):
    """Table, matrix, chart, what lies behind a cell, another result beside it, and what each defence is worth.

    Args:
        results: All results that there are, for comparing.
        parent: Qt's owner.

    Signals:
        images_asked: int64 indices of images, and what they are in a few words.
    """

    images_asked = Signal(object, str)

    def __init__(self, results: Results[Report], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: Report | None = None
        self.table = ResultsTable()
        self.table.chosen.connect(self._on_chosen)
        self.table.opened.connect(self._show_details)
        self.matrix = MatrixView()
        self.matrix.chosen.connect(self._on_chosen)
        self.matrix.chosen.connect(self._show_details)
        self.chart = StrengthChart()
        self.details = CellDetails()
        self.details.images_asked.connect(self.images_asked)
        self.comparison = ComparisonView(results)
        self.costs = CostsView(self.comparison)
        for widget, name in (
            (self.table, "&Table"),
            (self.matrix, "&Matrix"),
            (self.chart, "Stre&ngth"),
            (self.details, "Detai&ls"),
            (self.comparison, "C&ompare"),
            (self.costs, "&Buys and costs"),
        ):
            self.addTab(widget, name)
        self.currentChanged.connect(self._draw)

    def show_report(self, report: Report) -> None:
        """Show a report everywhere."""
        self._report = report
        self.table.show_report(report)
        self.details.follow(report)
        self._draw()

    def beside(self) -> Sequence[Report]:
        """Return the shown result, and the one that it is compared with, if there is one."""
        return tuple(each for each in (self._report, self.comparison.other) if each is not None)

    def shown(self, figure: str) -> str:
        """Return the name of the chart or of the matrix that was looked at, "" if none was."""
        groups = {CHART: self.chart.group, MATRIX: self.matrix.group}
        return groups[figure].currentText() if figure in groups else ""

    @Slot()
    def _draw(self) -> None:
        # Charts take the longest of all, so while nobody looks at one, it waits.
        looked_at = self.currentWidget()
        if self._report is not None and isinstance(looked_at, StrengthChart | MatrixView | ComparisonView | CostsView):
            looked_at.show_report(self._report)

    @Slot(object, object)
    def _on_chosen(self, run: Run, column: Column) -> None:
        if self._report is not None:
            self.details.show_cell(self._report, run, column)

    @Slot()
    def _show_details(self) -> None:
        self.setCurrentWidget(self.details)
