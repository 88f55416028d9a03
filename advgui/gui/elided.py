"""Texts of any length in the room that there is."""

import html
import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


def as_tooltip(text: str) -> str:
    """Return a text so that a tooltip shows it as it is: Qt takes what looks like HTML for HTML."""
    return f"<qt style='white-space: pre-wrap'>{html.escape(text)}</qt>" if "<" in text or "&lt;" in text else text


class ElidedLabel(QLabel):
    """A label that ends with … where there is no room, and says all in its tooltip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def setText(self, text: str) -> None:
        """Show a text, in one line and as it is: a file's name may contain line breaks and what looks like HTML."""
        line = re.sub(r"\s", " ", text)
        super().setText(line)
        self.setToolTip(as_tooltip(line))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint as much of the text as there is room for."""
        painter = QPainter(self)
        text = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, text)
