"""Where the full data set is, and ways to get it: choose a copy, or download it."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from advgui.data import cifar10
from advgui.errors import Cancelled, DataError
from advgui.gui.threads.background import Background, Report, ShouldStop
from advgui.gui.widgets import messages, theme

if TYPE_CHECKING:
    from advgui.data.download import DownloadProgress

_EXPLANATION = (
    "Twenty test images come with the program. The full CIFAR-10 (10,000 test images, 170 MB to download) gives the "
    "gallery all of them and is needed for accuracy tables. A download may be stopped at any time; the next "
    "one goes on from there."
)


class DatasetDialog(QDialog):
    """Not modal: the demonstration goes on behind it.

    Args:
        files: Where files are read.
        network: Where the download runs.
        folder: Looked at alone, if given.
        parent: Qt's owner.

    Signals:
        found: The path of a complete data set that was chosen or downloaded.
    """

    found = Signal(object)

    def __init__(
        self, files: Background, network: Background, folder: Path | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._files, self._network, self._folder = files, network, folder
        self._looking = self._downloading = 0
        self.messages = messages.Bus(self)
        self.banner = messages.Banner(self.messages)
        self.setWindowTitle("Data set")
        explanation = QLabel(_EXPLANATION)
        explanation.setWordWrap(True)
        self.state = QLabel()
        self.state.setWordWrap(True)
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.state.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.state.setAccessibleName("State of the data set")
        self.progress = QProgressBar()
        self.progress.setAccessibleName("Progress")
        self.progress.setFont(theme.tabular(self.font()))
        self.choose_folder_button = QPushButton("Choose &folder…")
        self.choose_folder_button.setToolTip("Uses a copy that is unpacked already, after verifying it.")
        self.choose_folder_button.clicked.connect(self._choose_folder)
        self.choose_archive_button = QPushButton("Choose &archive…")
        self.choose_archive_button.setToolTip(f"Uses {cifar10.ARCHIVE}, after verifying it.")
        self.choose_archive_button.clicked.connect(self._choose_archive)
        self.download_button = QPushButton("&Download")
        self.download_button.setToolTip("Downloads the official archive, or what is missing of it.")
        self.download_button.clicked.connect(self.download)
        self.stop_button = QPushButton("&Stop")
        self.stop_button.setToolTip("Stops the download; what is there is kept for the next time.")
        self.stop_button.clicked.connect(self.stop)
        buttons = QHBoxLayout()
        for button in (self.choose_folder_button, self.choose_archive_button, self.download_button, self.stop_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setSpacing(theme.MARGIN)
        for widget in (self.banner, explanation, self.state, self.progress):
            column.addWidget(widget)
        column.addLayout(buttons)
        column.addStretch(1)
        column.addWidget(theme.close_button(self))
        self.resize(QSize(620, 230))
        self._show_busy(False)

    @Slot()
    def look(self, folder: Path | None = None) -> None:
        """Look for the data set and verify it in the background.

        Args:
            folder: A place that the user chose; where it was or usually is if None.
        """
        if self._downloading or self._looking:
            return
        place = folder or self._folder
        self.state.setText("Looking for the data set and verifying it …")
        self._show_busy(True, cancel=False)

        def work(tell: Report, should_stop: ShouldStop) -> object:
            return cifar10.status(place, tell, should_stop)

        done = self._on_chosen if folder is not None else self._on_status
        self._looking = self._files.start(work, done, self._on_failed, self._on_share)

    @Slot()
    def download(self) -> None:
        """Download the data set in the background."""
        if self._downloading:
            return
        self.state.setText("Downloading …")
        self._show_busy(True, cancel=True)

        def work(tell: Report, should_stop: ShouldStop) -> object:
            from advgui.data import download  # not before it is needed: takes a tenth of a second

            return download.download(None, tell, should_stop)

        self._downloading = self._network.start(work, self._on_downloaded, self._on_failed, self._on_download_progress)

    @Slot()
    def stop(self) -> None:
        """Stop the download."""
        if self._downloading:
            self._network.cancel(self._downloading)
            self._downloading = 0
            self._show_busy(False)
            self.state.setText("The download was stopped; the next one goes on from there.")

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        """Close; a download goes on until it is stopped or the program ends."""
        event.accept()

    @Slot()
    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, f"Folder that holds {cifar10.FOLDER}")
        if chosen:
            self.look(Path(chosen))

    @Slot()
    def _choose_archive(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Archive of CIFAR-10", "", f"{cifar10.ARCHIVE} (*.tar.gz *.tgz)")
        if chosen:
            self.look(Path(chosen))

    def _on_status(self, status: object) -> None:
        self._looking = 0
        self._show_busy(False)
        if isinstance(status, cifar10.Status):
            self.state.setText(messages.shortened(_described(status)))

    def _on_chosen(self, status: object) -> None:
        self._on_status(status)
        if isinstance(status, cifar10.Status):
            self._take(status)

    def _take(self, status: cifar10.Status) -> None:
        if status.complete and status.path is not None:
            self._folder = status.path
            self.found.emit(status.path)

    def _on_downloaded(self, path: object) -> None:
        self._downloading = 0
        self._show_busy(False)
        if isinstance(path, Path):
            self.state.setText(messages.shortened(f"Downloaded and verified: {path}"))
            self._folder = path
            self.found.emit(path)

    def _on_share(self, share: object) -> None:
        if isinstance(share, float):
            self.progress.setRange(0, 1000)
            self.progress.setValue(round(share * 1000))

    def _on_download_progress(self, told: object) -> None:
        progress = cast("DownloadProgress", told)
        self.state.setText(_download_state(progress))
        if progress.total:
            self._on_share(progress.done / progress.total)

    def _on_failed(self, error: Exception) -> None:
        self._looking = self._downloading = 0
        self._show_busy(False)
        if isinstance(error, Cancelled):
            return
        self.state.setText(messages.shortened(messages.explained(error)))
        if not isinstance(error, DataError):
            self.messages.error(error, "data")

    def _show_busy(self, busy: bool, cancel: bool = False) -> None:
        if busy:
            self.messages.settle("data")
        self.progress.setRange(0, 0 if busy else 1)
        self.progress.setValue(0)
        self.progress.setVisible(busy)
        for button in (self.choose_folder_button, self.choose_archive_button, self.download_button):
            button.setEnabled(not busy)
        self.stop_button.setEnabled(busy and cancel)


def _described(status: cifar10.Status) -> str:
    if status.complete:
        return f"Complete and verified: {status.path}"
    if status.path is None:
        return "The full data set was not found on this computer. Choose a copy, or download it."
    wrong = ", ".join(f"{name} is {state}" for name, state in status.files.items() if state != "ok")
    return f"The copy in {status.path} cannot be used: {wrong}. Choose another one, or download it."


def _download_state(progress: "DownloadProgress") -> str:
    total = f" of {progress.total / 1e6:.0f}" if progress.total else ""
    text = f"Downloading from {progress.source}: {progress.done / 1e6:.1f}{total} MB"
    if progress.bytes_per_second > 0:
        text += f", {progress.bytes_per_second / 1e6:.2f} MB/s"
    if progress.seconds_left is not None:
        minutes, seconds = divmod(round(progress.seconds_left), 60)
        text += f", {minutes}:{seconds:02} min left"
    return text
