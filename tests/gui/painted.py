"""What widgets paint, read back from a vector drawing of them."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QIODevice, QPoint
from PySide6.QtGui import QColor, QRegion
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

_SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Text:
    """A piece of text.

    Attributes:
        words: What it says.
        size: Of its letters, in pixels.
        color: Of its letters, with their opacity.
        x: Of its left end.
        y: Of its base line.
    """

    words: str
    size: float
    color: QColor
    x: float
    y: float


def texts(widget: QWidget) -> Iterator[Text]:
    """Yield what a widget writes, without the widgets in it."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    drawing = QSvgGenerator()
    drawing.setOutputDevice(buffer)
    drawing.setSize(widget.size())
    drawing.setResolution(widget.logicalDpiY())  # or sizes in points would become other pixels
    widget.render(drawing, QPoint(), QRegion(), QWidget.RenderFlag(0))
    for group in ET.fromstring(bytes(buffer.data().data()).decode()).iter(f"{_SVG}g"):
        move = [float(part) for part in group.get("transform", "matrix(1,0,0,1,0,0)")[7:-1].split(",")]
        for each in group.findall(f"{_SVG}text"):
            color = QColor(each.get("fill", "#000000"))
            color.setAlphaF(float(each.get("fill-opacity", 1)) * float(group.get("opacity", 1)))
            x, y = float(each.get("x", 0)) * move[0] + move[4], float(each.get("y", 0)) * move[3] + move[5]
            if (each.text or "").strip():
                yield Text((each.text or "").strip(), float(each.get("font-size", 0)) * move[3], color, x, y)


def seen(window: QWidget) -> Iterator[QWidget]:
    """Yield the widgets of a window that are on screen."""
    for widget in window.findChildren(QWidget):
        if widget.window() is window and widget.isVisible() and not widget.visibleRegion().isEmpty():
            yield widget
