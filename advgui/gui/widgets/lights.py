"""Sanity lights as small signs in a row; a shape and a sign for each state, so that colour is not all."""

import textwrap
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QToolTip, QWidget
from typing_extensions import override

from advgui.evaluation.comparing import State
from advgui.evaluation.sanity import Light
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import as_tooltip

_SIDE = 20
_TOOLTIP = 80  # characters
_SIGNS = {State.GREEN: "✓", State.AMBER: "!", State.RED: "✗", State.GREY: "–"}  # noqa: RUF001


def words(light: Light) -> str:
    """Return all that a light says, in lines as long as a tooltip's should be."""
    parts = (f"{light.title}: {light.state}.", light.numbers, light.meaning)
    return "\n".join(line for part in parts for line in textwrap.wrap(part, _TOOLTIP))


class LightSign(QAbstractButton):
    """A light: a disc for green, a triangle for amber, a square for red, a ring for grey."""

    def __init__(self, light: Light, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(_SIDE, _SIDE)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.light = light
        self.show_light(light)

    def show_light(self, light: Light) -> None:
        """Show another light, or another state."""
        looks_the_same, self.light = light.state is self.light.state, light
        self.setAccessibleName(f"{light.title}: {light.state}")
        self.setAccessibleDescription(f"{light.numbers} {light.meaning}")
        if not looks_the_same:
            self.update()

    @override
    def event(self, event: QEvent) -> bool:
        """Write the tooltip when it is wanted: a live attack changes all lights with every step."""
        if event.type() == QEvent.Type.ToolTip:
            self.setToolTip(as_tooltip(words(self.light)))
        return super().event(event)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint shape and sign; a frame where the focus is."""
        colors, state = theme.colors(self.palette()), self.light.state
        filled = {State.GREEN: colors.right, State.AMBER: colors.caution, State.RED: colors.wrong}.get(state)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.isEnabled():
            painter.setOpacity(0.35)
        place = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        painter.setPen(QPen(colors.muted, 1.5) if filled is None else QPen(Qt.PenStyle.NoPen))
        painter.setBrush(QColor(Qt.GlobalColor.transparent) if filled is None else filled)
        if state is State.AMBER:
            top = QPointF(place.center().x(), place.top())
            painter.drawPolygon(QPolygonF([place.bottomLeft(), top, place.bottomRight()]))
        elif state is State.RED:
            painter.drawRect(place)
        else:
            painter.drawEllipse(place.adjusted(1, 1, -1, -1))
        painter.setFont(theme.font(self.font(), round(0.6 * self.height()), bold=True))
        painter.setPen(colors.muted if filled is None else theme.ink(filled))
        room = place.adjusted(0, self.height() / 5, 0, 2) if state is State.AMBER else place
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, _SIGNS[state])
        if self.hasFocus():
            painter.setPen(QPen(colors.accent, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))


class LightRow(QWidget):
    """All lights side by side, always in the same order.

    Args:
        name: For a screen reader.
        tells: Whether a click on a light, or the space bar, tells what it says.
        parent: Where they stand.

    Signals:
        asked: The name of a light that the user clicked on.
    """

    asked = Signal(str)

    def __init__(self, name: str, *, tells: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tells, self._side = tells, _SIDE
        self.setAccessibleName(name)
        self.signs: list[LightSign] = []
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(1)

    def show_lights(self, lights: Sequence[Light]) -> None:
        """Show lights; with none, the row is empty."""
        for sign, light in zip(self.signs, lights, strict=False):
            sign.show_light(light)
        for light in lights[len(self.signs) :]:
            sign = LightSign(light, self)
            sign.setFixedSize(self._side, self._side)
            sign.clicked.connect(self._on_clicked)
            self.signs.append(sign)
            self._line.addWidget(sign)
        for place, sign in enumerate(self.signs):
            sign.setVisible(place < len(lights))

    def set_side(self, side: int) -> None:
        """Set how large the lights are, in device-independent pixels."""
        self._side = side
        for sign in self.signs:
            sign.setFixedSize(side, side)
        self.updateGeometry()

    @Slot()
    def _on_clicked(self) -> None:
        sign = self.sender()
        assert isinstance(sign, LightSign)
        if self._tells:  # at the sign, not at the pointer: it may have been the keyboard
            QToolTip.showText(sign.mapToGlobal(sign.rect().bottomLeft()), as_tooltip(words(sign.light)), sign)
        self.asked.emit(sign.light.name)

    @override
    def sizeHint(self) -> QSize:
        """Return the height of a sign at least, so that nothing moves when the first light comes."""
        return super().sizeHint().expandedTo(QSize(self._side, self._side))
