"""Notices when what is on screen is no longer what the controls say, for longer than anyone should believe it."""

from PySide6.QtCore import QObject, QTimer, Signal, Slot

# Shorter than that nobody is misled, and dimming would flicker.
LATE_MILLISECONDS = 150


class Lateness(QObject):
    """Told of every request and of every answer, it says when answers are late and when they have caught up.

    Args:
        parent: Qt's owner.

    Signals:
        changed: Whether what is shown is out of date by now.
    """

    changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.is_late = False
        self._newest = 0
        self._timer = QTimer(self, singleShot=True, interval=LATE_MILLISECONDS)
        self._timer.timeout.connect(self._on_timeout)

    def asked(self, number: int) -> None:
        """A request with this number was made."""
        self._newest = number
        if not self.is_late and not self._timer.isActive():
            self._timer.start()

    def answered(self, number: int) -> None:
        """The result of a request is shown now."""
        if number >= self._newest:
            self.settled()
        elif not self.is_late:
            self._timer.start()  # while a slider is dragged, results keep coming: they are all but new

    def settled(self) -> None:
        """Nothing that is shown is out of date."""
        self._timer.stop()
        self._set(False)

    @Slot()
    def _on_timeout(self) -> None:
        self._set(True)

    def _set(self, late: bool) -> None:
        if late != self.is_late:
            self.is_late = late
            self.changed.emit(late)
