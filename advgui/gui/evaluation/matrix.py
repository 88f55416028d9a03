"""What the attacker knows against what stands in front of the classifier, on screen."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLabel, QTableWidgetItem, QVBoxLayout, QWidget
from typing_extensions import override

from advgui.evaluation.report import Report, Run
from advgui.figures import matrix, security
from advgui.gui.evaluation.chart import offer
from advgui.gui.evaluation.grid import FRAMED, Grid, shade
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import ElidedComboBox
from advgui.reports import tables
from advgui.reports.matrix import TO_QUOTE, UPPER_BOUND
from advgui.scenarios import is_adaptive
from advgui.types import Column


class MatrixGrid(Grid):
    """Its rows are as high as a heat map's."""

    @override
    def fit_row(self, row: int) -> None:
        """Make a row as high as its texts, with some air."""
        super().fit_row(row)
        self.setRowHeight(row, max(64, self.rowHeight(row) + 8))


class MatrixView(QWidget):
    """A heat map of one attack and strength; a frame is around each accuracy to quote.

    Signals:
        chosen: A `Run` and a `Column`: the user clicked on a cell.
    """

    chosen = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: Report | None = None
        self._cells: dict[tuple[int, int], tuple[Run, Column]] = {}
        self.group = ElidedComboBox("Attack, strength and protocol of the matrix", self)
        self.group.currentIndexChanged.connect(self._write)
        label = QLabel("&Figure")
        label.setBuddy(self.group)
        self.table = MatrixGrid("00.0-00.0")
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setShowGrid(False)
        theme.enlarge(self.table, 1.25)
        self.table.setAccessibleName("Accuracies in per cent: what the attacker knows are rows")
        self.table.cellClicked.connect(self._on_cell)
        self.table.cellActivated.connect(self._on_cell)
        self.key = QLabel(f"Framed: {TO_QUOTE}. {matrix.AT_MOST} {UPPER_BOUND}.")
        self.key.setWordWrap(True)
        top = QHBoxLayout()
        top.addWidget(label)
        top.addWidget(self.group, 1)
        column = QVBoxLayout(self)
        column.addLayout(top)
        column.addWidget(self.table, 1)
        column.addWidget(self.key)

    def show_report(self, report: Report) -> None:
        """Show a report; the chosen matrix stays chosen."""
        self._report = report
        offer(self.group, list(matrix.matrices(report)))
        self._write()

    def cell(self, row: int, place: int) -> tuple[Run, Column] | None:
        """Return what a cell shows, or None for a label."""
        return self._cells.get((row, place))

    @Slot()
    def _write(self) -> None:
        self._cells.clear()
        report = self._report
        rows = () if report is None else matrix.matrices(report).get(self.group.currentText(), ())
        columns = matrix.columns(rows) if rows else ()
        self.table.setRowCount(len(rows))
        self.table.setColumnCount(0)
        if report is None or not rows:
            return
        self.table.set_columns("the attacker knows", columns)
        self._write_rows(report, rows, columns)

    def _write_rows(self, report: Report, rows: Sequence[Run], columns: Sequence[Column]) -> None:
        for row, run in enumerate(rows):
            label = QTableWidgetItem(matrix.row_label(run))
            label.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.table.setItem(row, 0, label)
            for place, column in enumerate(columns, start=1):
                self.table.setItem(row, place, _item(report, run, column, self.table.font()))
                self._cells[row, place] = run, column
            self.table.fit_row(row)

    @Slot(int, int)
    def _on_cell(self, row: int, place: int) -> None:
        cell = self.cell(row, place)
        if cell is not None:
            self.chosen.emit(*cell)


def _item(report: Report, run: Run, column: Column, font: QFont) -> QTableWidgetItem:
    tally = report.tally(run, column.key)
    if not tally.total:
        return QTableWidgetItem()
    interval = tables.interval(tally).replace("-", "\N{EN DASH}")
    item = QTableWidgetItem(f"{matrix.cell_text(report, run, column)}\n{interval}")
    shade(item, tally.accuracy)
    item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
    item.setFlags(Qt.ItemFlag.ItemIsEnabled)
    is_framed = is_adaptive(run.scenario, column)
    item.setData(FRAMED, is_framed)
    bold = QFont(font)
    bold.setBold(is_framed)
    item.setFont(bold)
    item.setToolTip(security.meaning(run.scenario, column))
    return item
