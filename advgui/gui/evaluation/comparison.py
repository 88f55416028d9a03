"""The shown result against another one of the list."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from advgui.errors import AdvguiError
from advgui.evaluation.changes import Change, changes
from advgui.evaluation.report import Report, Run
from advgui.gui.evaluation.chart import offer
from advgui.gui.evaluation.grid import Grid
from advgui.gui.evaluation.results import Listed, Results
from advgui.gui.widgets import messages
from advgui.gui.widgets.elided import ElidedComboBox
from advgui.reports.tables import percent, run_label
from advgui.scenarios import attack_label, protocol_text
from advgui.types import Column, ProtocolName

_NONE = "choose a result"
_LABEL = 270


class ComparisonView(QWidget):
    """Accuracies of both results and their difference, on the images that both have.

    Args:
        results: The list.
        parent: Qt's owner.

    Attributes:
        other: The result that is compared with, None while none is chosen.

    Signals:
        changed: Another one is compared with.
    """

    changed = Signal()

    def __init__(self, results: Results[Report], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._results = results
        self._report: Report | None = None
        self._items: Sequence[Listed] = ()
        self._chosen: Listed | None = None
        self.other: Report | None = None
        self.list = ElidedComboBox("Compare with", self)
        self.list.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.list.setToolTip("The shown result is held against this one.")
        self.list.activated.connect(self._on_chosen)
        label = QLabel("Compare &with")
        label.setBuddy(self.list)
        self.about = QLabel()
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setWordWrap(True)
        self.table = Grid("00.00 → 00.00")
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setAccessibleName("Accuracies of both results in per cent, and by how many points they differ")
        top = QHBoxLayout()
        top.addWidget(label)
        top.addWidget(self.list, 1)
        column = QVBoxLayout(self)
        column.addLayout(top)
        column.addWidget(self.about)
        column.addWidget(self.table, 1)
        results.changed.connect(self._offer)
        self._offer()
        self._write()

    def show_report(self, report: Report) -> None:
        """Compare another result with the chosen one."""
        self._report = report
        self._write()

    @Slot()
    def _offer(self) -> None:
        self._items = [item for item in self._results.items if item != self._results.shown]
        if self._chosen is not None and self._chosen not in self._items:
            self._chosen = self.other = None
            self.changed.emit()
        with QSignalBlocker(self.list):
            offer(self.list, [_NONE, *(item.title for item in self._items)])
            self.list.setCurrentIndex(0 if self._chosen is None else 1 + self._items.index(self._chosen))

    @Slot(int)
    def _on_chosen(self, place: int) -> None:
        self._chosen = None if place == 0 else self._items[place - 1]
        if self._chosen is None:
            self._take(None, None)
            return
        item = self._chosen
        self._results.read(item, lambda report: self._take(item, report), lambda error: self._refuse(item, error))

    def _take(self, item: Listed | None, report: Report | None) -> None:
        if item is self._chosen:  # nobody has chosen another one meanwhile
            self.other = report
            self._write()
            self.changed.emit()

    def _refuse(self, item: Listed, error: Exception) -> None:
        if item is self._chosen:
            self._chosen = None
            self._take(None, None)
            self._offer()
            self.about.setText(messages.shortened(messages.explained(error)))

    def _write(self) -> None:
        self.table.setRowCount(0)
        self.table.setColumnCount(0)
        if self._report is None or self.other is None:
            self.about.setText("Choose a result above: the one that is shown is compared with it, image by image.")
            return
        try:
            found = changes(self.other, self._report)
        except AdvguiError as error:
            self.about.setText(str(error))
            return
        self.about.setText(
            f"On the {found.images:,} images of both: difference in percentage points, and accuracy in % there and "
            "here. Bold: beyond chance (two-sided sign test, 5 %)."
        )
        self._write_table(found.found)

    def _write_table(self, found: Sequence[Change]) -> None:
        rows: list[Run] = list(dict.fromkeys(change.run for change in found))
        columns: list[Column] = list(dict.fromkeys(change.column for change in found))
        self.table.setRowCount(len(rows))
        self.table.set_columns("attack", columns)
        for row, run in enumerate(rows):
            self.table.setItem(row, 0, _item(_label(run)))
        for change in found:
            item = _item(_cell(change))
            item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
            font = QFont(self.table.font())
            font.setBold(change.is_beyond_chance)
            item.setFont(font)
            item.setToolTip(
                f"{change.gained:,} images are right here alone, {change.lost:,} there alone; sign test, "
                f"p = {change.probability:.2g}."
            )
            self.table.setItem(rows.index(change.run), 1 + columns.index(change.column), item)
        for row in range(len(rows)):
            self.table.fit_row(row)


def _cell(change: Change) -> str:
    # With a real minus sign, which is as wide as a plus.
    points = f"{change.points:+.1f}".replace("-", "\N{MINUS SIGN}")
    return f"{points}\n{percent(change.before)} → {percent(change.after)}"


def _label(run: Run) -> str:
    words = f"{attack_label(run.scenario.attack.name)}, {run_label(run)}"
    is_usual = run.scenario.protocol is ProtocolName.CORRECTED
    return words if is_usual else f"{words}, {protocol_text(run.scenario)}"


def _item(text: str) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    item.setFlags(Qt.ItemFlag.ItemIsEnabled)
    return item
