"""The list of results as a line of the evaluation dialog."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLabel, QPushButton, QWidget

from advgui.gui.evaluation.chart import offer
from advgui.gui.evaluation.results import Results
from advgui.gui.widgets.elided import ElidedComboBox
from advgui.reports.kept import MOST

_RUNNING, _NONE = "What is being computed", "none"


class ResultsBar(QWidget):
    """A list to choose from, and what can be done with the one that is shown.

    Args:
        results: The list.
        parent: Qt's owner.

    Signals:
        keep_asked: The shown result is to be kept.
    """

    keep_asked = Signal()

    def __init__(self, results: Results[Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._results = results
        self._is_running = False
        self.list = ElidedComboBox("Result", self)
        self.list.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.list.setMinimumContentsLength(8)
        self.list.setToolTip(
            f"Every result is kept, also that of a run that was cancelled; of more than {MOST} the smallest go first."
        )
        self.list.activated.connect(self._on_chosen)
        label = QLabel("&Result")
        label.setBuddy(self.list)
        self.open = QPushButton("Open &JSON")
        self.open.setToolTip("Opens a result that was exported as JSON.")
        self.open.clicked.connect(self._on_open)
        self.keep = QPushButton("&Keep")
        self.keep.setToolTip("Keeps a result that was opened from a file among those of this computer.")
        self.keep.clicked.connect(self.keep_asked)
        self.delete = QPushButton("Delete")
        self.delete.setToolTip("Deletes the kept result that is shown. It can be brought back.")
        self.delete.clicked.connect(results.delete)
        self.restore = QPushButton("Undo")
        self.restore.setToolTip("Brings back the result that was deleted last.")
        self.restore.clicked.connect(results.restore)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label)
        row.addWidget(self.list, 1)
        for button in (self.open, self.keep, self.delete, self.restore):
            row.addWidget(button)
        results.changed.connect(self._write)
        self._write()

    def show_running(self, is_running: bool) -> None:
        """While something runs, nothing is opened over it."""
        if is_running != self._is_running:
            self._is_running = is_running
            self.setEnabled(not is_running)
            self._write()

    @Slot()
    def _write(self) -> None:
        results = self._results
        titles = [item.title for item in results.items]
        if self._is_running:
            lines, place = [_RUNNING], 0
        elif results.shown in results.items:
            lines, place = titles, results.items.index(results.shown)
        else:
            lines, place = [_NONE, *titles], 0
        with QSignalBlocker(self.list):
            offer(self.list, lines)
            self.list.setCurrentIndex(place)
        self.keep.setEnabled(results.can_keep)
        self.delete.setEnabled(results.can_delete)
        self.restore.setVisible(results.can_restore)

    @Slot(int)
    def _on_chosen(self, place: int) -> None:
        place -= self.list.count() - len(self._results.items)  # the line that says that none is shown
        if place >= 0:
            self._results.show(self._results.items[place])

    @Slot()
    def _on_open(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Open result", "", "JSON (*.json);;All files (*)")
        if chosen:
            self._results.open_file(Path(chosen))
