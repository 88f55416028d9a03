"""Earlier results in the evaluation dialog: those that were kept, and those that were exported."""

import time
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QPushButton, QWidget

from advgui.evaluation.report import Report
from advgui.gui.threads.background import Background
from advgui.gui.widgets import messages
from advgui.reports import storage
from advgui.reports.kept import Entry, KeptResults
from advgui.text import printable

KEEP_EVERY = 60.0  # seconds, while an evaluation runs


class ResultsBar(QWidget):
    """Two buttons that open results; they are read in the background, one at a time.

    Args:
        kept: What the menu offers.
        files: Where files are read.
        parent: Qt's owner.

    Signals:
        opened: A `Report`, and which one it is in a few words.
        failed: Why a chosen one cannot be opened, a text.
        looked: The newest kept result has been looked for; where there was one, `opened` came before.
    """

    opened = Signal(object, str)
    failed = Signal(str)
    looked = Signal()

    def __init__(self, kept: KeptResults, files: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kept, self._files = kept, files
        self._reading = 0
        self._safe: Report | None = None  # the last one that is on the disk
        self._saved = time.monotonic()
        self.open_button = QPushButton("Open resu&lt …")
        self.open_button.setToolTip("Opens a result that was exported as JSON.")
        self.open_button.clicked.connect(self._choose)
        self.previous = QPushButton("Pre&vious results")
        self.previous.setToolTip(
            f"Every evaluation is kept, also a cancelled one; of more than {kept.most} the smallest go first."
        )
        self.menu = QMenu(self.previous)
        self.menu.aboutToShow.connect(self._offer)
        self.menu.triggered.connect(self._on_chosen)
        self.previous.setMenu(self.menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.open_button)
        row.addWidget(self.previous)

    def look(self, of_earlier_versions: Path) -> None:
        """Open the newest kept result, if there is one.

        Args:
            of_earlier_versions: Where these kept their only result; it is taken in.
        """

        def work(_tell: object, _should_stop: object) -> object:
            self._kept.adopt(of_earlier_versions)
            return self._kept.newest()

        self._reading = self._files.start(work, self._on_looked, self._on_failed)

    def keep(self, report: Report, begun: datetime) -> None:
        """Keep what an evaluation that began at a time has found; a failure is told."""
        if report is self._safe or not report.images:
            return
        try:
            self._kept.add(report, begun)
        except OSError as error:
            messages.error(error)
        else:
            self._safe, self._saved = report, time.monotonic()

    def keep_now_and_then(self, report: Report, begun: datetime) -> None:
        """Keep what a running evaluation has found so far, in the background, if that was long ago."""
        if time.monotonic() - self._saved >= KEEP_EVERY and report.images:
            self._saved = time.monotonic()
            # Whether it succeeds matters at the end alone, when it is told.
            self._files.start(lambda _tell, _should_stop: self._kept.add(report, begun), _nothing, _nothing)

    def open_file(self, path: Path) -> None:
        """Open a result that was exported as JSON."""
        self._read(path, printable(path.name))

    def stop(self) -> None:
        """Forget what is being read: an evaluation begins."""
        self._files.cancel(self._reading)
        self._reading = 0

    def _read(self, path: Path, words: str) -> None:
        self.stop()

        def done(report: object) -> None:
            self._reading = 0
            self.opened.emit(report, words)

        self._reading = self._files.start(lambda _tell, _should_stop: storage.load(path), done, self._on_failed)

    def _on_looked(self, found: object) -> None:
        self._reading = 0
        if isinstance(found, tuple):
            entry, report = found
            self.opened.emit(report, f"The last result ({entry.begun.astimezone():%Y-%m-%d %H:%M})")
        self.looked.emit()

    def _on_failed(self, error: Exception) -> None:
        self._reading = 0
        self.failed.emit(messages.explained(error))

    @Slot()
    def _choose(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Open result", "", "JSON (*.json);;All files (*)")
        if chosen:
            self.open_file(Path(chosen))

    @Slot()
    def _offer(self) -> None:
        self.menu.clear()
        for entry in self._kept.entries():
            self.menu.addAction(str(entry).replace("&", "&&")).setData(entry)
        if self.menu.isEmpty():
            self.menu.addAction("None yet").setEnabled(False)

    @Slot(QAction)
    def _on_chosen(self, action: QAction) -> None:
        entry = action.data()
        if isinstance(entry, Entry):
            self._read(entry.path, f"Result of {entry.begun.astimezone():%Y-%m-%d %H:%M}")


def _nothing(_: object) -> None:
    pass
