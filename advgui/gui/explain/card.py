"""The card that explains a panel, and the button that opens it."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget
from typing_extensions import override

from advgui.gui.explain.sketch import Sketch
from advgui.gui.explain.words import Explanation
from advgui.gui.widgets import access, theme

_EMS = 26  # width of a card, in letters' heights
_CLOSING = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class Card(QWidget):
    """A few words and a sketch above all else, until the next click or Escape.

    Args:
        explanation: What it says.
        size: Height of the letters in device-independent pixels.
        parent: The panel.
    """

    def __init__(self, explanation: Explanation, size: int, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(explanation.title)
        self.setAccessibleDescription(explanation.words)
        access.as_picture(self)
        title, self.words = QLabel(explanation.title), QLabel(explanation.words)
        title.setFont(theme.font(self.font(), round(1.1 * size), bold=True))
        self.words.setFont(theme.font(self.font(), size))
        self.words.setWordWrap(True)
        width = _EMS * size
        self.sketch = Sketch(explanation.boxes, round(0.85 * size), width)
        column = QVBoxLayout(self)
        column.setContentsMargins(size, size, size, size)
        column.setSpacing(max(size // 2, theme.SMALL_GAP))
        for label in (title, self.words):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setFixedWidth(max(width, self.sketch.sizeHint().width()))
        for part in (title, self.sketch, self.words):
            column.addWidget(part)
        self.adjustSize()

    def show_at(self, place: QPoint) -> None:
        """Appear with the upper left corner at a place on the screen, or as near to it as there is room."""
        room = self.screen().availableGeometry()
        x = max(min(place.x(), room.right() - self.width()), room.left())
        y = max(min(place.y(), room.bottom() - self.height()), room.top())
        self.move(x, y)
        self.show()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colors = theme.colors(self.palette())
        painter.fillRect(self.rect(), colors.surface)
        painter.setPen(colors.accent)
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close with the keys that open and close things."""
        if event.key() in _CLOSING or event.text() == "?":
            self.close()
        else:
            super().keyPressEvent(event)


class ExplainButton(QToolButton):
    """A question mark in a circle. The panel's own key does the same, so the Tab key passes it by."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setToolTip("Explains this panel (?).")

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = theme.colors(self.palette())
        side = min(self.width(), self.height()) - 2
        painter.setPen(colors.accent if self.underMouse() else colors.muted)
        box = self.rect().adjusted(0, 0, -1, -1)
        circle = box.adjusted((box.width() - side) // 2, (box.height() - side) // 2, -((box.width() - side) // 2), 0)
        circle.setHeight(side)
        painter.drawEllipse(circle)
        painter.setFont(theme.font(self.font(), max(round(0.72 * side), 6), bold=True))
        painter.drawText(circle, Qt.AlignmentFlag.AlignCenter, "?")
