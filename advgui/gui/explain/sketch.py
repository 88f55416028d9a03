"""A small drawing of what an image goes through on its way to the classifier."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from advgui.gui.explain.words import Box, Kind
from advgui.gui.widgets import access, theme
from advgui.gui.widgets.elided import text_width

_GREYS = (0.35, 0.7, 0.5, 0.85, 0.6, 0.3, 0.45, 0.8, 0.65)  # of a picture with three times three pixels
_LEGEND = "framed: the attacker uses it"


class Sketch(QWidget):
    """Boxes in a row with arrows between them; those that the attacker uses have a frame that stands out.

    Args:
        boxes: From left to right.
        size: Height of the letters in device-independent pixels.
        width: In which the boxes have room; what has none goes on in another row.
    """

    def __init__(self, boxes: Sequence[Box], size: int, width: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._boxes, self._size = tuple(boxes), size
        self._font = theme.font(self.font(), size)
        self._has_legend = any(box.is_used for box in boxes)
        self._places = self._arranged(width)
        access.as_picture(self)
        self.setAccessibleName("Sketch")
        self.setAccessibleDescription(", then ".join(map(_spoken, boxes)))

    @property
    def places(self) -> tuple[QRectF, ...]:
        """Where the boxes are."""
        return self._places

    def _arranged(self, width: int) -> tuple[QRectF, ...]:
        gap, height = 1.6 * self._size, 3.4 * self._size
        places: list[QRectF] = []
        left = top = 2.0
        for box in self._boxes:
            wide = text_width(self._font, box.label) + self._size
            if places and left + wide > width:
                left, top = 2.0 + gap, top + height + 0.6 * self._size
            places.append(QRectF(left, top, wide, height))
            left += wide + gap
        return tuple(places)

    @override
    def sizeHint(self) -> QSize:
        right = max(place.right() for place in self._places)
        bottom = self._places[-1].bottom()
        if self._has_legend:
            right = max(right, text_width(self._font, _LEGEND) + 2)
            bottom += 1.8 * self._size
        return QSize(math.ceil(right) + 2, math.ceil(bottom) + 2)

    @override
    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        colors = theme.colors(self.palette())
        for number, (box, place) in enumerate(zip(self._boxes, self._places, strict=True)):
            if number:
                self._paint_arrow(painter, colors, place)
            self._paint_box(painter, colors, box, place)
        if self._has_legend:
            painter.setPen(colors.muted)
            painter.drawText(QPointF(2, self._places[-1].bottom() + 1.4 * self._size), _LEGEND)

    def _paint_arrow(self, painter: QPainter, colors: theme.Colors, place: QRectF) -> None:
        """Draw the arrow that leads to a box."""
        size, y, tip = self._size, place.center().y(), place.left() - 2
        painter.setPen(QPen(colors.muted, 1.5))
        painter.drawLine(QPointF(tip - 1.2 * size, y), QPointF(tip - 0.3 * size, y))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.muted)
        back = tip - 0.55 * size
        painter.drawPolygon(QPolygonF([QPointF(tip, y), QPointF(back, y - 0.3 * size), QPointF(back, y + 0.3 * size)]))

    def _paint_box(self, painter: QPainter, colors: theme.Colors, box: Box, place: QRectF) -> None:
        painter.setPen(QPen(colors.wrong, 2.5) if box.is_used else QPen(colors.border, 1))
        painter.setBrush(colors.window)
        painter.drawRoundedRect(place, 5, 5)
        painter.setPen(colors.text)
        words = QRectF(place.left(), place.bottom() - 1.5 * self._size, place.width(), 1.4 * self._size)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, box.label)
        side = 1.5 * self._size
        icon = QRectF(place.center().x() - side / 2, place.top() + 0.35 * self._size, side, side)
        _paint_icon(painter, colors, box.kind, icon)


def _paint_icon(painter: QPainter, colors: theme.Colors, kind: Kind, box: QRectF) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    third = box.width() / 3
    if kind is Kind.IMAGE or kind is Kind.ATTACK:
        for number, grey in enumerate(_GREYS):
            shade = QColor.fromRgbF(grey, grey, grey)
            if kind is Kind.ATTACK and number % 2:  # what it has changed
                shade = colors.wrong
            row, column = divmod(number, 3)
            painter.fillRect(QRectF(box.left() + column * third, box.top() + row * third, third, third), shade)
    elif kind is Kind.MITIGATION:  # a shield
        painter.setBrush(colors.accent)
        x, y, side = box.left(), box.top(), box.width()
        painter.drawPolygon(
            QPolygonF(
                [QPointF(x + a * side, y + b * side) for a, b in ((0.1, 0), (0.9, 0), (0.9, 0.5), (0.5, 1), (0.1, 0.5))]
            )
        )
    else:  # bars, as in the panels
        for number, length in enumerate((0.9, 0.35, 0.55)):
            bar = QRectF(box.left(), box.top() + (number + 0.15) * third, length * box.width(), 0.7 * third)
            painter.fillRect(bar, colors.bar)


def _spoken(box: Box) -> str:
    return f"{box.label} (the attacker uses it)" if box.is_used else box.label
