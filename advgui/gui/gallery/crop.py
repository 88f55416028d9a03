"""Cutting a square out of a picture."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget
from typing_extensions import override

from advgui.gui.widgets import access, pixels, theme
from advgui.images import Picture

_SMALLEST = 16  # pixels of the picture
_STEP = 1 / 20  # of the square's side
_LARGEST_VIEW = 560


class CropView(QWidget):
    """A picture with a square that can be moved by the mouse and the arrow keys, and resized by the wheel, + and -."""

    def __init__(self, picture: Picture, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = pixels.qimage(picture.pixels)
        size = self._image.size()
        self._scale = min(_LARGEST_VIEW / max(size.width(), size.height()), 12.0)
        self.setFixedSize(QSize(round(size.width() * self._scale), round(size.height() * self._scale)))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Square to cut out")
        access.as_picture(self)
        side = min(size.width(), size.height())
        self.square = QRect((size.width() - side) // 2, (size.height() - side) // 2, side, side)
        self._grip: QPointF | None = None
        self._say()

    def set_square(self, left: float, top: float, side: float) -> None:
        """Put the square somewhere, in pixels of the picture; it stays inside."""
        size = self._image.size()
        least = min(_SMALLEST, size.width(), size.height())
        whole = int(min(max(round(side), least), size.width(), size.height()))
        x = min(max(round(left), 0), size.width() - whole)
        y = min(max(round(top), 0), size.height() - whole)
        self.square = QRect(x, y, whole, whole)
        self._say()
        self.update()

    def _say(self) -> None:
        square = self.square
        self.setAccessibleDescription(f"{square.width()} px from ({square.x()}, {square.y()})")

    def _move(self, x: float, y: float) -> None:
        self.set_square(self.square.x() + x, self.square.y() + y, self.square.width())

    def _resize(self, factor: float) -> None:
        side = self.square.width() * factor
        # Whole pixels: a small square grows by one at least.
        side = max(side, self.square.width() + 1) if factor > 1 else min(side, self.square.width() - 1)
        middle = QPointF(self.square.x() + self.square.width() / 2, self.square.y() + self.square.height() / 2)
        self.set_square(middle.x() - side / 2, middle.y() - side / 2, side)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = event.position() / self._scale
        if not self.square.contains(place.toPoint()):
            half = self.square.width() / 2
            self.set_square(place.x() - half, place.y() - half, self.square.width())
        self._grip = place - QPointF(self.square.topLeft())

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None:
            place = event.position() / self._scale - self._grip
            self.set_square(place.x(), place.y(), self.square.width())

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        self._resize(1 + _STEP if event.angleDelta().y() > 0 else 1 - _STEP)
        event.accept()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        step, keys = max(self.square.width() * _STEP, 1), Qt.Key
        moves = {
            keys.Key_Left: (-step, 0), keys.Key_Right: (step, 0), keys.Key_Up: (0, -step), keys.Key_Down: (0, step),
        }  # fmt: skip
        if event.key() in moves:
            self._move(*moves[Qt.Key(event.key())])
        elif event.text() in "+=" and event.text():
            self._resize(1 + _STEP)
        elif event.text() == "-":
            self._resize(1 - _STEP)
        else:
            super().keyPressEvent(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter, square = QPainter(self), self.square
        painter.drawImage(QRectF(self.rect()), self._image)
        place, side = QPointF(square.topLeft()) * self._scale, square.width() * self._scale
        kept = QRectF(place, QSizeF(side, side))
        shade = QColor(0, 0, 0, 130)
        for part in (
            QRectF(0, 0, self.width(), kept.top()),
            QRectF(0, kept.bottom(), self.width(), self.height() - kept.bottom()),
            QRectF(0, kept.top(), kept.left(), kept.height()),
            QRectF(kept.right(), kept.top(), self.width() - kept.right(), kept.height()),
        ):
            painter.fillRect(part, shade)
        for color, width in ((QColor("black"), 4), (theme.colors(self.palette()).accent, 2)):
            painter.setPen(QPen(color, width))
            painter.drawRect(kept)


class CropDialog(QDialog):
    """Asks which square of a picture is wanted.

    Args:
        picture: As large as there is need.
        parent: Qt's owner.
    """

    def __init__(self, picture: Picture, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Crop {picture.name}")
        self._picture = picture
        self.view = CropView(picture)
        words = QLabel("Drag the square, or move it with the arrow keys; the wheel, + and - change its size.")
        words.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Ok).setText("Crop")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.view, 0, Qt.AlignmentFlag.AlignCenter)
        column.addWidget(words)
        column.addWidget(buttons)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.view.setFocus()

    def cut(self) -> NDArray[np.uint8]:
        """Return the square, uint8 (N, N, 3)."""
        square = self.view.square
        rows = slice(square.y(), square.y() + square.height())
        columns = slice(square.x(), square.x() + square.width())
        return np.rint(self._picture.pixels[rows, columns] * 255).astype(np.uint8)
