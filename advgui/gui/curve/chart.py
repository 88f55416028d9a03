"""The chart that is a slider: its axis has a handle, and the lines above it say what would happen elsewhere."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QSlider, QWidget
from typing_extensions import override

from advgui.attacks import ATTACKS
from advgui.figures.curves import MARKS
from advgui.gui.curve.words import flips, strength_words
from advgui.gui.threads.live_curve import Curve
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import text_width
from advgui.scenarios import attack_label
from advgui.types import CLEAN, Column

# Colours and marks of (b), (c) and so on, as places in `Colors.series` and `MARKS`; (b) is vermilion in every chart.
_STYLES = (1, 2, 0, 3, 4, 5)
_TICKS_255THS = (0, 1, 2, 4, 8, 16, 32, 64)
_LEAST = 26  # pixels between two numbers at the axis
_EVERY = 4  # points from mark to mark
_LARGE_STEP = 4


class StrengthChart(QSlider):
    """The probability of the true class against an attack's strength, one line for each column.

    The whole of it is the slider: it can be dragged anywhere. A notch of the wheel is a step of the strength, and so is
    an arrow key; with Shift the mouse is free of the steps.

    Args:
        attack: Name in `ATTACKS`.
        words: What a screen reader calls the attack.

    Signals:
        moved: The new strength, and a gesture: the same object from the press of the mouse to its release, else None.
    """

    moved = Signal(float, object)

    def __init__(self, attack: str, words: str = "", parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.attack = attack
        self.curve: Curve | None = None
        self._strength, self._parameter = 0.0, ATTACKS[attack].strength
        self._gesture: object = None
        self._painted: tuple[object, QPixmap] | None = None
        self.setAccessibleName(f"Strength of {words or attack_label(attack)}, with its curve")
        self.setAccessibleDescription(ATTACKS[attack].strength.help)
        self.setToolTip(
            "How sure the classifier is of the true class at every strength, one line for each panel. A ring marks "
            "where a verdict changes. Drag anywhere to change the strength; a notch of the wheel is one step."
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(self.sizePolicy().Policy.Expanding, self.sizePolicy().Policy.Expanding)
        self.setPageStep(_LARGE_STEP)
        self.valueChanged.connect(self._on_value)
        self.set_axis(ATTACKS[attack].strength.high)

    @property
    def end(self) -> float:
        """Where the axis ends."""
        return self._end

    def set_axis(self, end: float) -> None:
        """Let the axis end at another strength."""
        self._end = end
        if self.attack in ATTACKS:  # a plug-in may have other strengths by now
            self._parameter = ATTACKS[self.attack].strength
        with QSignalBlocker(self):
            self.setRange(0, math.ceil(end / self._step - 1e-9))
        self.update()

    def show_strength(self, strength: float) -> None:
        """Move the handle, without a signal."""
        self._strength = strength
        with QSignalBlocker(self):
            self.setValue(round(strength / self._step))
        self.update()

    def show_curve(self, curve: Curve | None) -> None:
        """Show a curve, or none."""
        self.curve = curve
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(320, 140)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(120, 4 * self.fontMetrics().height())

    # The handle

    @property
    def _step(self) -> float:
        return self._parameter.step

    def _ask(self, strength: float) -> None:
        wanted = min(max(strength, 0.0), self._end)
        if wanted != self._strength:
            self.show_strength(wanted)
            self.moved.emit(wanted, self._gesture)

    def _by(self, steps: int) -> None:
        # From between two steps to the next of them.
        now = self._strength / self._step
        self._ask(((math.floor(now + 1e-6) if steps > 0 else math.ceil(now - 1e-6)) + steps) * self._step)

    @Slot(int)
    def _on_value(self, value: int) -> None:
        """Follow a screen reader."""
        self._ask(value * self._step)

    def _follow(self, event: QMouseEvent) -> None:
        box = self._box()
        strength = (event.position().x() - box.left()) / max(box.width(), 1) * self._end
        if not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            strength = round(strength / self._step) * self._step
        self._ask(strength)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._gesture = object()
            self._follow(event)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._gesture is not None:
            self._follow(event)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._gesture = None

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        delta = event.angleDelta().y() or event.angleDelta().x()
        if delta:
            self._by(1 if delta > 0 else -1)
        event.accept()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, keys = Qt.Key(event.key()), Qt.Key
        steps = {
            keys.Key_Right: 1, keys.Key_Up: 1, keys.Key_Left: -1, keys.Key_Down: -1,
            keys.Key_PageUp: _LARGE_STEP, keys.Key_PageDown: -_LARGE_STEP,
        }  # fmt: skip
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            event.ignore()
        elif key in steps:
            self._by(steps[key])
        elif key in (keys.Key_Home, keys.Key_End):
            self._ask(0.0 if key == keys.Key_Home else self._end)
        else:
            event.ignore()

    @override
    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    # Painting

    def _box(self) -> QRectF:
        """Return the place of the lines; numbers and names stand around it."""
        line, font = self.fontMetrics().height(), self.font()
        left, right = text_width(font, "100 %") + 6, text_width(font, "(m)") + 18
        return QRectF(left, line / 2 + 2, max(self.width() - left - right, 10), max(self.height() - 2 * line - 12, 10))

    def _at(self, box: QRectF, strength: float, share: float) -> QPointF:
        return QPointF(box.left() + strength / self._end * box.width(), box.bottom() - share * box.height())

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = theme.colors(self.palette())
        box = self._box()
        painter.fillRect(box, colors.surface)
        self._paint_axes(painter, colors, box)
        self._paint_handle(painter, colors, box)
        if self.curve is not None and self.curve.end == self._end:
            painter.drawPixmap(0, 0, self._lines(colors, self.curve))

    def _lines(self, colors: theme.Colors, curve: Curve) -> QPixmap:
        """Return the lines as a picture, painted once: they stay while the handle moves."""
        ratio = self.devicePixelRatioF()
        key = curve, colors, self.size(), ratio, self.font()
        if self._painted is None or self._painted[0] != key:
            layer = QPixmap(self.size() * ratio)
            layer.setDevicePixelRatio(ratio)
            layer.fill(Qt.GlobalColor.transparent)
            painter = QPainter(layer)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(self.font())
            self._paint_lines(painter, colors, curve)
            painter.end()
            self._painted = key, layer
        return self._painted[1]

    def _paint_axes(self, painter: QPainter, colors: theme.Colors, box: QRectF) -> None:
        line = self.fontMetrics().height()
        for share in (0.0, 0.5, 1.0):
            y = self._at(box, 0, share).y()
            painter.setPen(QPen(colors.border, 1))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            painter.setPen(colors.muted)
            place = QRectF(0, y - line / 2, box.left() - 5, line)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{share * 100:.0f} %")
        handle = self._at(box, self._strength, 0).x()
        said = text_width(theme.font(self.font(), self.fontInfo().pixelSize(), bold=True), self._said) / 2
        for strength, text in self._ticks(box):
            x, half = self._at(box, strength, 0).x(), text_width(self.font(), text) / 2
            painter.setPen(QPen(colors.muted, 1))
            painter.drawLine(QPointF(x, box.bottom()), QPointF(x, box.bottom() + 4))
            if abs(x - handle) > said + half + 4:  # where the handle is, its own number stands
                self._write(painter, colors.muted, x, box.bottom() + 8, text)

    @property
    def _said(self) -> str:
        return strength_words(self.attack, self._strength)

    def _write(self, painter: QPainter, color: QColor, x: float, top: float, text: str) -> None:
        """Write a number under the axis; not beyond the edges."""
        width = text_width(painter.font(), text) + 2
        left = min(max(x - width / 2, 0), self.width() - width)
        painter.setPen(color)
        painter.drawText(QRectF(left, top, width, self.fontMetrics().height()), Qt.AlignmentFlag.AlignCenter, text)

    def _ticks(self, box: QRectF) -> list[tuple[float, str]]:
        """Return strengths that have a number, with those."""
        if self._parameter.in_255ths:
            counts = [count for count in _TICKS_255THS if count / 255 <= self._end * (1 + 1e-6)]
            ticks = [(count / 255, str(count)) for count in counts]
        else:
            ticks = [(self._end * part / 4, f"{self._end * part / 4:.3g}") for part in range(5)]
        found = ticks[:1]
        for strength, text in ticks[1:]:
            apart = self._at(box, strength, 0).x() - self._at(box, found[-1][0], 0).x()
            if apart >= max(text_width(self.font(), text) + 4, 12):
                found.append((strength, text))
        return found

    def _paint_handle(self, painter: QPainter, colors: theme.Colors, box: QRectF) -> None:
        x, size = self._at(box, self._strength, 0).x(), max(self.fontMetrics().height() * 0.45, 5)
        color = colors.accent if self.isEnabled() else colors.muted
        painter.setPen(QPen(color, 2))
        painter.drawLine(QPointF(x, box.top() - 2), QPointF(x, box.bottom()))
        painter.setPen(QPen(colors.text if self.hasFocus() else color, 2))
        painter.setBrush(color)
        painter.drawEllipse(QPointF(x, box.bottom()), size, size)
        font = theme.font(self.font(), self.fontInfo().pixelSize(), bold=True)
        painter.setFont(font)
        self._write(painter, colors.text, x, box.bottom() + 8, self._said)
        painter.setFont(self.font())

    def _paint_lines(self, painter: QPainter, colors: theme.Colors, curve: Curve) -> None:
        columns = [column for column in curve.scenario.columns if column.key != CLEAN]
        box, ends = self._box(), []
        for column in reversed(columns):  # (b) comes last and lies on top
            color = colors.series[style(column) % len(colors.series)]
            shares = curve.sweep.of_label(column.key).tolist()
            points = [
                self._at(box, strength, share) for strength, share in zip(curve.sweep.strengths, shares, strict=True)
            ]
            painter.setPen(QPen(color, 2.2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF(points))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            every = 1 if len(points) < 2 * _EVERY else _EVERY
            for point in points[::every]:
                painter.drawPolygon(_mark(column, point, 4.0))
            painter.setPen(QPen(color, 2))
            painter.setBrush(colors.surface)
            for place in flips(curve.sweep, column.key):
                painter.drawEllipse((points[place - 1] + points[place]) / 2, 5.0, 5.0)
            ends.append((points[-1].y(), column, color))
        self._paint_names(painter, colors, ends)

    def _paint_names(
        self, painter: QPainter, colors: theme.Colors, ends: Sequence[tuple[float, Column, QColor]]
    ) -> None:
        """Write the letter of each line at its end; those that would overlap are moved apart."""
        line, box = self.fontMetrics().height(), self._box()
        ordered = sorted(ends, key=lambda end: end[0])
        room = min(line, (self.height() - 2) / max(len(ordered), 1))
        heights = [y for y, _, _ in ordered]
        for place in range(1, len(heights)):
            heights[place] = max(heights[place], heights[place - 1] + room)
        beyond = max(heights[-1] - (box.bottom() + line / 2), 0) if heights else 0
        heights = [y - beyond for y in heights]
        for place in range(len(heights) - 1, 0, -1):
            heights[place - 1] = min(heights[place - 1], heights[place] - room)
        for y, (_, column, color) in zip(heights, ordered, strict=True):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawPolygon(_mark(column, QPointF(box.right() + 11, y), 4.0))
            painter.setPen(colors.text)
            room_for_name = QRectF(box.right() + 17, y - line / 2, self.width() - box.right() - 17, line)
            painter.drawText(
                room_for_name, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, f"({column.letter})"
            )


def style(column: Column) -> int:
    """Return the place of a column's colour and mark among those of charts."""
    return _STYLES[(ord(column.letter) - ord("b")) % len(_STYLES)]


def _mark(column: Column, at: QPointF, radius: float) -> QPolygonF:
    return QPolygonF([at + QPointF(x, y) * radius for x, y in MARKS[style(column)]])
