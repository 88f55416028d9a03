"""What the window shows, as a picture for a slide or a file."""

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect
from PySide6.QtGui import QImage, QPainter, QPalette, QRegion
from PySide6.QtWidgets import QWidget

from advgui.errors import AdvguiError
from advgui.files import write_atomically

# Twice as many pixels as on an ordinary screen, so that a projector shows no stairs.
_RATIO = 2.0


def picture_of(widgets: list[QWidget], margin: int = 8) -> QImage:
    """Return widgets below one another, as they are on screen, at twice the resolution.

    Args:
        widgets: At least one, all of one width.
        margin: Around them, in device-independent pixels.
    """
    width = max(widget.width() for widget in widgets) + 2 * margin
    height = sum(widget.height() + margin for widget in widgets) + margin
    image = QImage(round(width * _RATIO), round(height * _RATIO), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(_RATIO)
    image.fill(widgets[0].palette().color(QPalette.ColorRole.Window))
    painter = QPainter(image)
    top = margin
    for widget in widgets:
        widget.render(painter, QPoint(margin, top), QRegion(QRect(QPoint(0, 0), widget.size())))
        top += widget.height() + margin
    painter.end()
    image.setDevicePixelRatio(1.0)
    return image


def png(image: QImage) -> bytes:
    """Return an image as the content of a PNG file."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload] # the stub wants bytes, the function wants text
    return bytes(content.data())


def save_png(image: QImage, path: Path) -> Path:
    """Write an image as PNG, in one step; ".png" is added to a name without it.

    Returns:
        Where it was written.

    Raises:
        AdvguiError: It cannot be written.
    """
    target = path if path.suffix.lower() == ".png" else path.with_name(path.name + ".png")
    try:
        write_atomically(target, png(image))
    except OSError as error:
        raise AdvguiError(
            f"'{target}' cannot be written ({error.strerror or error}). Choose another folder, or make room for it."
        ) from error
    return target
