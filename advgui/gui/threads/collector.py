"""Python's garbage collector, on the GUI thread alone.

Python collects on whichever thread happens to reach its threshold. Widgets in a circle of references would then be
destroyed on a worker thread, which crashes Qt.
"""

import gc

from PySide6.QtCore import QObject, QTimer, Slot

_LOOK = 200  # ms


class GarbageCollector(QObject):
    """Collects when Python would have: every generation at its threshold, looked at now and then.

    It belongs to the GUI thread; as long as it lives, nothing is collected elsewhere.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    @Slot()
    def look(self) -> None:
        """Collect what is due."""
        counts = gc.get_count()
        due = [generation for generation in range(3) if counts[generation] > self._thresholds[generation]]
        if due:
            gc.collect(max(due))

    @Slot()
    def freeze(self) -> None:
        """Look at nothing again that is there now: TensorFlow's million objects stay, and would hold the window up."""
        gc.freeze()

    def stop(self) -> None:
        """Leave collecting to Python again."""
        self._timer.stop()
        gc.enable()
