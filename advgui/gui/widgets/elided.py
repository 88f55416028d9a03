"""Texts of any length in the room that there is."""

import html
import math
import re
from functools import lru_cache

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolTip,
    QWidget,
)
from typing_extensions import override


@lru_cache(maxsize=4096)  # panels measure the same names again and again while they are painted
def text_width(font: QFont, text: str) -> int:
    """Return a width in which a text is not cut; `QFontMetrics` rounds down, and bold text loses its end."""
    return math.ceil(QFontMetricsF(font).horizontalAdvance(text)) + 1


def as_tooltip(text: str) -> str:
    """Return a text so that a tooltip shows it as it is: Qt takes what looks like HTML for HTML."""
    return f"<qt style='white-space: pre-wrap'>{html.escape(text)}</qt>" if "<" in text or "&lt;" in text else text


class ElidedLabel(QLabel):
    """A label that ends with … where there is no room, and says all in its tooltip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setTextFormat(Qt.TextFormat.PlainText)

    @override
    def setText(self, text: str) -> None:
        """Show a text, in one line and as it is: a file's name may contain line breaks and what looks like HTML."""
        line = re.sub(r"\s", " ", text)
        super().setText(line)
        self.setToolTip(as_tooltip(line))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint as much of the text as there is room for."""
        painter = QPainter(self)
        group = QPalette.ColorGroup.Active if self.isEnabled() else QPalette.ColorGroup.Disabled
        painter.setPen(self.palette().color(group, QPalette.ColorRole.WindowText))
        text = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, text)


class ElidedComboBox(QComboBox):
    """A combo box whose text ends with … where there is no room; its tooltip then says all.

    Args:
        name: What a screen reader says. On Linux it takes the name of a combo box from a label, so there is one, which
            is not shown.
        parent: Where the label goes.
    """

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        label = QLabel(name, parent)
        label.setBuddy(self)
        label.hide()

    @property
    def shown_text(self) -> str:
        """As much of the text as there is room for."""
        option = self._option()
        style, field = self.style(), QStyle.SubControl.SC_ComboBoxEditField
        box = style.subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self)
        # The style itself leaves a pixel on both sides of the text.
        return self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, box.width() - 2)

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint as the style does, but for the text."""
        painter, option = QStylePainter(self), self._option()
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        option.currentText = self.shown_text
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    @override
    def event(self, event: QEvent) -> bool:
        """Say all of a text that is cut, before what the box is for."""
        if isinstance(event, QHelpEvent) and self.shown_text != self.currentText():
            QToolTip.showText(event.globalPos(), f"{as_tooltip(self.currentText())}\n{self.toolTip()}", self)
            return True
        return super().event(event)

    def _option(self) -> QStyleOptionComboBox:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        return option
