"""What lies behind one cell of the table: confusion matrix, classes, and what a mitigation changed."""

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from advgui.evaluation.intervals import Paired
from advgui.evaluation.report import Report, Run, mitigations
from advgui.gui.widgets import theme
from advgui.reports import tables
from advgui.scenarios import heading, protocol_text
from advgui.types import Column, IntArray

_PAIRED_HELP = {
    "fixed": "Wrong under attack, right behind the mitigation.",
    "broken": "Right under attack, wrong behind the mitigation.",
    "still_wrong": "Wrong with and without the mitigation.",
    "still_right": "Right with and without the mitigation.",
}


class CellDetails(QWidget):
    """Shows a run's column; every number leads to its images.

    Signals:
        images_asked: int64 indices of images, and what they are in a few words.
    """

    images_asked = Signal(object, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: Report | None = None
        self._cell: tuple[Run, Column] | None = None
        self.title = QLabel()
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        theme.enlarge(self.title, 1.33, bold=True)
        self.title.setWordWrap(True)
        self.wrong = QPushButton("Show the &wrong ones")
        self.right = QPushButton("Show the right ones")
        self.wrong.clicked.connect(self._on_wrong)
        self.right.clicked.connect(self._on_right)
        self.paired: dict[str, QPushButton] = {}
        changes = QHBoxLayout()
        for name in Paired.NAMES:
            button = QPushButton()
            button.setToolTip(f"{_PAIRED_HELP[name]} Shows exactly these images in the gallery.")
            button.clicked.connect(self._on_paired)
            button.setProperty("kind", name)
            self.paired[name] = button
            changes.addWidget(button)
        self.matrix = QTableWidget()
        self.matrix.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.matrix.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.matrix.setAccessibleName("Confusion matrix: true classes are rows, predicted classes are columns")
        self.matrix.setToolTip(
            "Rows are true classes, columns predicted ones. Click a number for its images, a row's name for the images "
            "of that class that were not recognised."
        )
        for header in (self.matrix.horizontalHeader(), self.matrix.verticalHeader()):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.matrix.cellClicked.connect(self._on_cell)
        self.matrix.cellActivated.connect(self._on_cell)
        self.matrix.verticalHeader().sectionClicked.connect(self._on_class)
        self.axes = QLabel("Rows: true class. Columns: predicted class.")
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.wrong)
        top.addWidget(self.right)
        column = QVBoxLayout(self)
        column.addLayout(top)
        column.addLayout(changes)
        column.addWidget(self.axes)
        column.addWidget(self.matrix, 1)
        self._write()

    def show_cell(self, report: Report, run: Run, column: Column) -> None:
        """Show what lies behind a cell."""
        self._report, self._cell = report, (run, column)
        self._write()

    def follow(self, report: Report) -> None:
        """Show the same cell of another report; nothing if it has none."""
        if self._cell is not None:
            scenario, column = self._cell[0].scenario, self._cell[1]
            alike = (run for run in report.runs if run.scenario == scenario and column.key in run.predictions)
            run = next(alike, None)
            self._report, self._cell = report, None if run is None else (run, column)
            self._write()

    def _write(self) -> None:
        report, cell = self._report, self._cell
        known = report is not None and cell is not None and report.images > 0
        for widget in (self.wrong, self.right, *self.paired.values()):
            widget.setEnabled(known)
        if report is None or cell is None or not known:
            for name, button in self.paired.items():
                button.setText(_words(name))
            self.title.setText("Click a cell of the table.")
            self.matrix.setRowCount(0)
            return
        run, column = cell
        tally = report.tally(run, column.key)
        # What leads nowhere cannot be pressed.
        self.right.setEnabled(tally.correct > 0)
        self.wrong.setEnabled(tally.correct < tally.total)
        self.title.setText(f"{self._name()}: {tally.correct:,} of {tally.total:,} right")
        against = column.key in mitigations(run)
        counts = report.paired(run, column.key).counts if against else {}
        for name, button in self.paired.items():
            button.setVisible(against)
            button.setText(f"{_words(name)}: {counts.get(name, 0):,}")
            button.setEnabled(counts.get(name, 0) > 0)
        self._write_matrix(report, run, column)

    def _write_matrix(self, report: Report, run: Run, column: Column) -> None:
        counts = report.confusion(run, column.key)
        names = list(report.class_names)
        if (self.matrix.rowCount(), self.matrix.columnCount()) != (len(names), len(names)):
            self.matrix.setRowCount(len(names))
            self.matrix.setColumnCount(len(names))
        per_class = report.per_class(run, column.key)
        self.matrix.setHorizontalHeaderLabels(names)
        self.matrix.setVerticalHeaderLabels(
            [f"{name}  {tables.percent(tally)} %" for name, tally in zip(names, per_class, strict=True)]
        )
        colors = theme.colors(self.palette())
        totals = np.maximum(counts.sum(axis=1), 1)
        for row in range(len(names)):
            for place in range(len(names)):
                item = self.matrix.item(row, place)
                if item is None:
                    item = QTableWidgetItem()
                    item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                    self.matrix.setItem(row, place, item)
                count = int(counts[row, place])
                item.setText(f"{count:,}" if count else "")
                selectable = Qt.ItemFlag.ItemIsSelectable if count else Qt.ItemFlag.NoItemFlags
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | selectable)
                shade = QColor(colors.right if row == place else colors.wrong)
                shade.setAlphaF(float(min(count / totals[row], 1.0)) ** 0.5 * 0.8)
                item.setBackground(shade)

    def _name(self) -> str:
        run, column = self._cell  # type: ignore[misc] # asked for only while a cell is shown
        what = heading(column)
        return f"({column.letter}) {what}, {tables.run_label(run)}, {protocol_text(run.scenario)}"

    def _ask(self, chosen: IntArray, words: str) -> None:
        self.images_asked.emit(chosen, f"{words}: {self._name()}")

    def _verdicts(self) -> tuple[Report, IntArray]:
        report, (run, column) = self._report, self._cell  # type: ignore[misc] # as above
        return report, run.predictions[column.key].astype(np.int64)  # type: ignore[return-value]

    @Slot()
    def _on_wrong(self) -> None:
        report, predicted = self._verdicts()
        self._ask(report.indices[predicted != report.labels], "wrong")

    @Slot()
    def _on_right(self) -> None:
        report, predicted = self._verdicts()
        self._ask(report.indices[predicted == report.labels], "right")

    @Slot()
    def _on_paired(self) -> None:
        kind = self.sender().property("kind")
        report, (run, column) = self._report, self._cell  # type: ignore[misc] # as above
        self._ask(getattr(report.paired(run, column.key), kind), _words(kind))  # type: ignore[union-attr]

    @Slot(int, int)
    def _on_cell(self, row: int, place: int) -> None:
        report, predicted = self._verdicts()
        names = report.class_names
        self._ask(
            report.indices[(report.labels == row) & (predicted == place)], f"{names[row]} taken for {names[place]}"
        )

    @Slot(int)
    def _on_class(self, row: int) -> None:
        report, predicted = self._verdicts()
        chosen = report.indices[(report.labels == row) & (predicted != row)]
        self._ask(chosen, f"{report.class_names[row]} not recognised")


def _words(kind: str) -> str:
    return kind.replace("_", " ")
