"""Puts the user's own model files in quarantine, without blocking the window."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from advgui.gui.threads.background import Background
from advgui.models import quarantine
from advgui.models.archive import ModelFile


class ModelOpener(QObject):
    """Tries one model file at a time on a background thread; the networks in use go on meanwhile.

    Args:
        background: The thread.
        parent: Qt's owner.

    Signals:
        trying: What is being done, in a few words.
        admitted: The `ModelFile` that stood the trial, to be loaded.
        refused: The error that says why another did not.
        ended: Nothing is being tried any more, because of one of these or because it was cancelled.
    """

    trying = Signal(str)
    admitted = Signal(object)
    refused = Signal(object)
    ended = Signal()

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._task = 0

    def open(self, path: Path) -> None:
        """Try a file, in place of one that is being tried."""
        self.cancel()
        self._task = self._background.start(partial(_try, path), self._on_admitted, self._on_refused, self._on_progress)

    def cancel(self) -> None:
        """Stop the trial, if there is one."""
        if self._task:
            self._background.cancel(self._task)
            self._end()

    def _end(self) -> None:
        self._task = 0
        self.ended.emit()

    def _on_progress(self, text: object) -> None:
        self.trying.emit(str(text))

    def _on_admitted(self, file: object) -> None:
        self._end()
        if isinstance(file, ModelFile):
            self.admitted.emit(file)

    def _on_refused(self, error: Exception) -> None:
        self._end()
        self.refused.emit(error)


def _try(path: Path, tell: quarantine.Tell, should_stop: quarantine.ShouldStop) -> ModelFile:
    return quarantine.admitted(path, quarantine.Kind.CLASSIFIER, tell, should_stop)
