"""Maps as colours: what is laid over the pictures, and the line that says what the colours mean."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from typing_extensions import override

from advgui import geometry
from advgui.gui.widgets import access, theme
from advgui.gui.widgets.elided import text_width
from advgui.types import FloatArray

# From nothing to most, each brighter than the one before, so that they differ without colour, too.
_STOPS = np.array([(20, 11, 74), (107, 24, 110), (188, 55, 84), (243, 120, 25), (252, 222, 90)], np.float32)
_OPACITY = 0.62
_WORDS = "Where it looks: what speaks for the class that each panel predicts"
_SCALE = "one scale for all panels"


def shades(values: FloatArray) -> NDArray[np.uint8]:
    """Return colours for values from 0 to 1 of any shape, uint8 (..., 3); what is less or more is cut off."""
    places = np.clip(values, 0, 1) * (len(_STOPS) - 1)
    channels = [np.interp(places, np.arange(len(_STOPS)), channel) for channel in _STOPS.T]
    found: NDArray[np.uint8] = np.rint(np.stack(channels, axis=-1)).astype(np.uint8)
    return found


def overlay(values: FloatArray, largest: float, height: int, width: int) -> QImage:
    """Return a map as a picture to be laid over another one.

    Args:
        values: float32 (h, w).
        largest: What has the last colour; 0 and less has the first.
        height: Of the other picture, in pixels.
        width: The same from left to right.
    """
    rows, columns = values.shape
    down, right = geometry.resizing(rows, height, "bilinear"), geometry.resizing(columns, width, "bilinear")
    enlarged = (down @ values @ right.T).astype(np.float32)
    colors = np.full((height, width, 4), round(255 * _OPACITY), np.uint8)
    colors[..., :3] = shades(enlarged / np.float32(largest if largest > 0 else np.inf))
    return QImage(colors.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()


class HeatLegend(QWidget):
    """One line: what is shown, and the colours from 0 to the largest value."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._largest: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Where it looks")
        access.as_picture(self)
        self.setToolTip(
            "Class activation maps: the last feature maps of the classifier, weighted by what each adds to the logit "
            "of the class. They are coarse, an eighth of the image's size for the built-in classifier, which keeps "
            "only the largest value of each."
        )
        self.show_largest(None)

    def show_largest(self, largest: float | None) -> None:
        """Say what the last colour stands for; None while that is not known."""
        self._largest = largest
        self.setAccessibleDescription(f"{_WORDS}, {self._numbers[0]} to {self._numbers[1]}, {_SCALE}")
        self.update()

    @property
    def _numbers(self) -> tuple[str, str]:
        return "0", "…" if self._largest is None else f"{self._largest:.3g}"

    @override
    def sizeHint(self) -> QSize:
        return QSize(400, self.fontMetrics().height() + theme.SMALL_GAP)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colors, font, height = theme.colors(self.palette()), self.font(), self.height()
        low, high = self._numbers
        bar = 6.0 * self.fontMetrics().height()
        gap = theme.MARGIN
        parts = [text_width(font, each) for each in (_WORDS, low, high, f"({_SCALE})")]
        room = self.width() - 2 * gap - sum(parts[1:]) - bar - 4 * gap
        words = painter.fontMetrics().elidedText(_WORDS, Qt.TextElideMode.ElideRight, max(int(room), 0))
        left = float(gap)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(colors.text)
        for text, width in ((words, min(parts[0], max(room, 0))), (low, parts[1])):
            painter.drawText(QRectF(left, 0, width, height), middle, text)
            left += width + gap
        steps = shades(np.linspace(0, 1, 64, dtype=np.float32))[np.newaxis]
        strip = QImage(np.ascontiguousarray(steps).data, 64, 1, 3 * 64, QImage.Format.Format_RGB888).copy()
        box = QRectF(left, height * 0.2, bar, height * 0.6)
        painter.drawImage(box, strip)
        painter.drawRect(box)
        left += bar + gap
        for text, width in ((high, parts[2]), (f"({_SCALE})", parts[3])):
            painter.drawText(QRectF(left, 0, width, height), middle, text)
            left += width + gap
