"""The picture of a panel: whole or a part of it, sharp, with a frame around the pixel that is looked at."""

import math

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from advgui import images
from advgui.gui.panels.comparison import Comparison, Pixel
from advgui.gui.widgets import pixels, theme
from advgui.types import FloatArray


class Picture:
    """Pixels, and where they are on screen.

    Args:
        comparison: Which part is seen, and which pixel is looked at.

    Attributes:
        pixels: float32 (H, W, 3) in [0, 1], or None.
        image: The same as an image.
        extent: Pixels of the longest side that a picture beside it may have; it sets the common scale.
        is_held: Whether (a) is shown in its place.
        overlay: Laid over it, of any size; None for nothing.
    """

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self.pixels: FloatArray | None = None
        self.image: QImage | None = None
        self.extent = 40
        self.is_held = False
        self.overlay: QImage | None = None
        self._original: FloatArray | None = None
        self._scaled: tuple[object, QImage] | None = None

    def put(self, shown: FloatArray | None) -> None:
        """Show other pixels, or none."""
        if not self.shows(shown):
            self.image = None if shown is None else pixels.qimage(shown)
        self.pixels = shown

    def shows(self, other: FloatArray | None) -> bool:
        """Return whether these are the pixels that are shown."""
        if other is None or self.pixels is None:
            return other is self.pixels
        return np.array_equal(other, self.pixels)

    def set_original(self, original: FloatArray | None) -> None:
        """Set what it is compared with, float32 (H, W, 3) in [0, 1]; None where it is the original itself."""
        self._original = original

    @property
    def pixel(self) -> Pixel | None:
        """The pixel of this picture that is looked at."""
        looked_at = self._comparison.pixel
        if looked_at is None or self.pixels is None:
            return None
        height, width = self.pixels.shape[:2]
        return looked_at.within(width, height)

    @property
    def reading(self) -> str:
        """The place of the pixel, and its values, such as "(12, 7): 143 85 60, +8 -8 +8"; "" if there is none."""
        pixel = self.pixel
        return "" if pixel is None else f"({pixel.x}, {pixel.y}): {self.values}"

    @property
    def values(self) -> str:
        """The values of the pixel, 0 to 255, and how they differ from (a), such as "143 85 60, +8 -8 +8".

        Pictures of another size than (a) are not compared: their pixels show other places.
        """
        pixel = self.pixel
        if pixel is None or self.pixels is None:
            return ""
        values = images.to_uint8(self.pixels)[pixel.y, pixel.x].tolist()
        said = " ".join(map(str, values))
        original = self._original
        if original is None or original.shape != self.pixels.shape:
            return said
        before = images.to_uint8(original)[pixel.y, pixel.x].tolist()
        return f"{said}, {' '.join(f'{now - then:+d}' for now, then in zip(values, before, strict=True))}"

    def pixel_at(self, place: QPointF, box: QRect, ratio: float) -> Pixel | None:
        """Return the pixel at a place of the panel.

        Args:
            place: In the panel's coordinates.
            box: Where the picture has room.
            ratio: Physical pixels of the screen for one of the panel's.
        """
        if self.image is None or not QRectF(box).contains(place):
            return None
        width, height = self.image.width(), self.image.height()
        side, corner = self._side(box, ratio), self._corner(box, ratio, self.image)
        x, y = math.floor((place.x() - corner.x()) / side), math.floor((place.y() - corner.y()) / side)
        return Pixel(x, y, width, height) if 0 <= x < width and 0 <= y < height else None

    def place_of(self, pixel: Pixel, box: QRect, ratio: float) -> QRectF:
        """Return where a pixel of this picture is, in the panel's coordinates."""
        assert self.image is not None
        side, corner = self._side(box, ratio), self._corner(box, ratio, self.image)
        return QRectF(corner.x() + pixel.x * side, corner.y() + pixel.y * side, side, side)

    def _side(self, box: QRect, ratio: float) -> float:
        """Return the side of a pixel on screen."""
        return pixels.scale(box.width() * ratio * self._comparison.view.factor, self.extent) / ratio

    def _corner(self, box: QRect, ratio: float, image: QImage) -> QPointF:
        """Return where the upper left corner of a picture is, seen or not."""
        view, side = self._comparison.view, self._side(box, ratio)
        left = box.left() + box.width() / 2 - ((view.x - 0.5) * self.extent + image.width() / 2) * side
        top = box.top() + box.height() / 2 - ((view.y - 0.5) * self.extent + image.height() / 2) * side
        return QPointF(left, top)

    def paint(self, painter: QPainter, widget: QWidget, box: QRect) -> None:
        """Paint what is seen of it.

        Args:
            painter: On the widget.
            widget: The panel.
            box: Where the picture has room.
        """
        painter.fillRect(box, theme.colors(widget.palette()).track)
        image = self.image
        held = self.is_held and self._original is not None
        if held:
            assert self._original is not None
            image = pixels.qimage(self._original)
        if image is None:
            return
        device = painter.device()
        ratio = device.devicePixelRatioF() if device is not None else 1.0
        side, corner = self._side(box, ratio), self._corner(box, ratio, image)
        seen = _seen(QRectF(box), corner, side).intersected(image.rect())
        key = (image.cacheKey(), side * ratio, seen)
        if self._scaled is None or self._scaled[0] != key:
            self._scaled = (key, pixels.enlarged(image.copy(seen), side * ratio))
        scaled = QImage(self._scaled[1])
        scaled.setDevicePixelRatio(ratio)
        # On whole physical pixels of the window, or the edges would blur.
        origin = QPointF(widget.mapTo(widget.window(), QPoint(0, 0)))
        x = round((origin.x() + corner.x() + seen.left() * side) * ratio) / ratio - origin.x()
        y = round((origin.y() + corner.y() + seen.top() * side) * ratio) / ratio - origin.y()
        painter.save()
        painter.setClipRect(box)
        painter.drawImage(QPointF(x, y), scaled)
        if self.overlay is not None and not held:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QRectF(corner.x(), corner.y(), image.width() * side, image.height() * side), self.overlay)
        if self.pixel is not None and not held:
            _paint_frame(painter, self.place_of(self.pixel, box, ratio))
        painter.restore()


def _seen(box: QRectF, corner: QPointF, side: float) -> QRect:
    """Return the pixels of which anything is in a box."""
    left, top = math.floor((box.left() - corner.x()) / side), math.floor((box.top() - corner.y()) / side)
    right, bottom = math.ceil((box.right() - corner.x()) / side), math.ceil((box.bottom() - corner.y()) / side)
    return QRect(left, top, right - left, bottom - top)


def _paint_frame(painter: QPainter, place: QRectF) -> None:
    """Draw a frame that stands out from light and dark pixels."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for margin, color in ((1, Qt.GlobalColor.black), (2, Qt.GlobalColor.white), (3, Qt.GlobalColor.black)):
        painter.setPen(QPen(color, 1))
        painter.drawRect(place.adjusted(-margin, -margin, margin - 1, margin - 1))
