"""Events that a person makes, for tests."""

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget


def drop(window: QWidget, data: QMimeData) -> bool:
    """Drop something in the middle of the window; return whether it was accepted."""
    where = QPoint(window.width() // 2, window.height() // 2)
    flags = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    entered = QDragEnterEvent(where, *flags)
    entered.setAccepted(False)
    QApplication.sendEvent(window, entered)
    if entered.isAccepted():
        QApplication.sendEvent(window, QDropEvent(QPointF(where), *flags))
    return entered.isAccepted()
