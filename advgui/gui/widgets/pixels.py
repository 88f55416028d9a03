"""Between float arrays and Qt's images, without a pixel changed on the way."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from advgui import images
from advgui.types import FloatArray

# From this many screen pixels for one of the image on, they are whole: every pixel of the image is of one size.
_WHOLE_FROM = 3


def qimage(pixels: FloatArray) -> QImage:
    """Return float32 (H, W, 3) in [0, 1] as an image of its own memory."""
    return qimage_of_bytes(images.to_uint8(pixels))


def qimage_of_bytes(pixels: NDArray[np.uint8]) -> QImage:
    """Return uint8 (H, W, 3) as an image of its own memory."""
    rows = np.ascontiguousarray(pixels)
    height, width = rows.shape[:2]
    # The stride is said, because Qt's guess is a multiple of four; copied, because the array goes away.
    return QImage(rows.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def rgb(image: QImage) -> NDArray[np.uint8]:
    """Return an image as uint8 (H, W, 3); what is transparent is laid over white."""
    opaque = QImage(image.size(), QImage.Format.Format_RGB888)
    opaque.fill(QColor("white"))
    painter = QPainter(opaque)
    painter.drawImage(0, 0, image)
    painter.end()
    memory = np.frombuffer(opaque.constBits(), np.uint8, opaque.sizeInBytes())
    rows = memory.reshape(opaque.height(), opaque.bytesPerLine())[:, : 3 * opaque.width()]
    return rows.reshape(opaque.height(), opaque.width(), 3).copy()


def scale(available: float, extent: int) -> float:
    """Return how many physical pixels one pixel of an image gets.

    Args:
        available: Physical pixels for a side.
        extent: Pixels of the image's longer side.
    """
    factor = available / extent
    return float(int(factor)) if factor >= _WHOLE_FROM else factor


def enlarged(image: QImage, factor: float) -> QImage:
    """Return an image scaled by a factor: pixels stay sharp, unless there are more of them than room."""
    size = QSize(max(1, round(image.width() * factor)), max(1, round(image.height() * factor)))
    how = Qt.TransformationMode.FastTransformation if factor >= 1 else Qt.TransformationMode.SmoothTransformation
    return image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, how)
