"""The parts of the window, through which F6 takes the keys."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QMainWindow, QWidget


class Areas(QObject):
    """Gives the keys to one part of a window after the other.

    Args:
        areas: From left to right, each with what returns the widget in it that gets the keys; None if it has none now.
        window: The window.
    """

    def __init__(self, areas: Sequence[tuple[QWidget, Callable[[], QWidget | None]]], window: QMainWindow) -> None:
        super().__init__(window)
        self._areas, self._window = areas, window

    def after(self, widget: QWidget | None, by: int) -> QWidget:
        """Return the widget that gets the keys when they go on to another area.

        Args:
            widget: That has them now.
            by: 1 for the next area, -1 for the one before.
        """
        areas = self._areas
        inside = [place for place, (area, _) in enumerate(areas) if widget is not None and area.isAncestorOf(widget)]
        start = inside[0] if inside else -1 if by > 0 else 0
        for step in range(1, len(areas) + 1):
            first = areas[(start + by * step) % len(areas)][1]()
            if first is not None and first.isVisible():
                return first
        return self._window

    @Slot()
    def go_on(self) -> None:
        """Give the keys to the next area."""
        self.after(self._window.focusWidget(), 1).setFocus(Qt.FocusReason.TabFocusReason)

    @Slot()
    def go_back(self) -> None:
        """Give the keys to the area before."""
        self.after(self._window.focusWidget(), -1).setFocus(Qt.FocusReason.BacktabFocusReason)
