"""Opens picture files, dropped and pasted pictures, without blocking the window."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QImage

from advgui import images
from advgui.gui.threads.background import Background
from advgui.gui.widgets import messages, pixels
from advgui.images import Picture

# A person who drops a whole folder's content by mistake should not wait for thousands of pictures.
_MOST_AT_ONCE = 50
# Pasted pictures are kept at this size for as long as the window is open.
_LARGEST_PASTED = 1024
# Of messages.
_TOPIC = "picture"


@dataclass(frozen=True, eq=False)
class _Pasted:
    """What is kept of a pasted picture: its pixels, perhaps scaled down, and the size that it had."""

    pixels: NDArray[np.uint8]
    original: tuple[int, int]


_Origin = Path | _Pasted


class PictureOpener(QObject):
    """Reads pictures on a background thread and remembers where they came from, to read them at another size.

    Args:
        background: The thread.
        longest_side: Of the pictures that are given to the classifier, in pixels.
        parent: Qt's owner.

    Signals:
        opened: A new `Picture`.
        reopened: The number of an opened picture, counted from 0, and the `Picture` at its new size.
    """

    opened = Signal(object)
    reopened = Signal(int, object)

    def __init__(self, background: Background, longest_side: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._side = longest_side
        self._origins: list[tuple[_Origin, str]] = []
        self._pasted = 0

    @staticmethod
    def accepts(data: QMimeData | None) -> bool:
        """Whether something that is dropped or pasted may hold pictures."""
        return data is not None and (data.hasUrls() or data.hasImage())

    def open_paths(self, paths: Iterable[Path]) -> None:
        """Open files, one after the other; each that fails gets a message of its own."""
        messages.settle(_TOPIC)  # what was said of an earlier try
        chosen = list(paths)
        if len(chosen) > _MOST_AT_ONCE:
            messages.warning(
                f"{len(chosen)} pictures are too many at once: the first {_MOST_AT_ONCE} are opened. "
                "Open the others later.",
                _TOPIC,
            )
        for path in chosen[:_MOST_AT_ONCE]:
            self._open(path, path.name)

    def open_data(self, data: QMimeData | None) -> None:
        """Open what was dropped or pasted: files, or a picture itself."""
        if data is None:
            return
        paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if paths:
            self.open_paths(paths)
        elif data.hasImage():
            image = data.imageData()
            self.open_image(image if isinstance(image, QImage) else QImage(image))
        elif data.hasUrls():
            self._warn("Only files on this computer can be opened. Save the picture first, then open the file.")
        else:
            self._warn("There is no picture on the clipboard. Copy one, or open a file with Ctrl+O.")

    def open_image(self, image: QImage) -> None:
        """Open a picture that is in memory."""
        if image.isNull():
            self._warn("The picture on the clipboard cannot be read. Save it as a file and open that.")
            return
        messages.settle(_TOPIC)
        original = image.width(), image.height()
        if max(original) > _LARGEST_PASTED:
            image = pixels.enlarged(image, _LARGEST_PASTED / max(original))
        self._pasted += 1
        self._open(_Pasted(pixels.rgb(image), original), f"Pasted picture {self._pasted}")

    def set_side(self, longest_side: int) -> None:
        """Read all opened pictures again, at another size."""
        self._side = longest_side
        for number, (origin, name) in enumerate(self._origins):
            self._background.start(
                partial(_read, origin, name, longest_side),
                partial(self._on_reopened, number, longest_side),
                self._on_failed,
            )

    def _open(self, origin: _Origin, name: str) -> None:
        work = partial(_read, origin, name, self._side)
        self._background.start(work, partial(self._on_opened, origin, name), self._on_failed)

    def _warn(self, text: str) -> None:
        messages.settle(_TOPIC)
        messages.warning(text, _TOPIC)

    def _on_failed(self, error: Exception) -> None:
        messages.error(error, _TOPIC)

    def _on_opened(self, origin: _Origin, name: str, picture: object) -> None:
        if isinstance(picture, Picture):
            self._origins.append((origin, name))
            self.opened.emit(picture)

    def _on_reopened(self, number: int, side: int, picture: object) -> None:
        if isinstance(picture, Picture) and side == self._side:
            self.reopened.emit(number, picture)


def _read(origin: _Origin, name: str, side: int, _tell: object, _should_stop: object) -> Picture:
    if isinstance(origin, Path):
        return images.load_picture(origin, name, side)
    return images.picture_from_rgb(origin.pixels, name, side, origin.original)
