"""Opens picture files, dropped and pasted pictures, without blocking the window."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, QObject, Signal, Slot
from PySide6.QtGui import QImage

from advgui import images
from advgui.errors import PictureError
from advgui.files import is_folder
from advgui.gui.threads.background import Background
from advgui.gui.widgets import messages, pixels
from advgui.images import Picture

# A person who drops a whole folder's content by mistake should not wait for thousands of pictures.
_MOST_AT_ONCE = 50
# Pasted pictures are kept at this size for as long as the window is open.
_LARGEST_PASTED = 1024
# Of messages.
_TOPIC = "picture"
# What a folder may hold besides pictures needs no message.
_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".avif", ".jp2"}


@dataclass(frozen=True, eq=False)
class _Pasted:
    """What is kept of a pasted picture: its pixels, perhaps scaled down, and the size that it had."""

    pixels: NDArray[np.uint8]
    original: tuple[int, int]


_Origin = Path | _Pasted


@dataclass(eq=False)
class _Opened:
    """Where an opened picture came from, and what it is called."""

    origin: _Origin
    name: str


@dataclass(frozen=True, eq=False)
class _Folder:
    """What became of the files of a folder; of those beyond the limit there is only the number."""

    pictures: list[tuple[Path, Picture]]
    refused: list[str]
    left_out: int


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
        # One for each opened picture, in their order.
        self._origins: list[_Opened] = []
        self._removed: list[tuple[_Opened, int]] = []  # each with the side that it had
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
        if len(paths) == 1 and is_folder(paths[0]):
            self.open_folder(paths[0])
        elif paths:
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
        for opened in self._origins:
            self._read_again(opened)

    def _read_again(self, opened: "_Opened") -> None:
        work = partial(_read, opened.origin, opened.name, self._side)
        self._background.start(work, partial(self._on_reopened, opened, self._side), self._on_failed)

    @Slot(int)
    def forget(self, number: int) -> None:
        """An opened picture was removed."""
        self._removed.append((self._origins.pop(number), self._side))

    @Slot(int)
    def remember(self, number: int) -> None:
        """The picture that was removed last is there again."""
        opened, side = self._removed.pop()
        self._origins.insert(number, opened)
        if side != self._side:
            self._read_again(opened)

    def show_large(self, number: int, show: Callable[[Picture], None]) -> None:
        """Read an opened picture again, as large as somebody needs it who cuts something out of it."""
        opened = self._origins[number]

        def done(picture: object) -> None:
            if isinstance(picture, Picture):
                show(picture)

        work = partial(_read, opened.origin, opened.name, _LARGEST_PASTED)
        self._background.start(work, done, self._on_failed)

    def cut(self, number: int, pixels_of_square: NDArray[np.uint8]) -> None:
        """Put a square that was cut out of an opened picture in its place, uint8 (N, N, 3)."""
        side = len(pixels_of_square)
        opened = self._origins[number]
        opened.origin = _Pasted(pixels_of_square, (side, side))
        self._read_again(opened)

    def open_folder(self, folder: Path) -> None:
        """Open the pictures of a folder; what cannot be read is told in one message."""
        messages.settle(_TOPIC)
        self._background.start(
            partial(_read_folder, folder, self._side), partial(self._on_folder, folder), self._on_failed, self._on_told
        )

    def _on_told(self, text: object) -> None:
        messages.info(str(text))

    def _on_folder(self, folder: Path, found: object) -> None:
        if not isinstance(found, _Folder):
            return
        count = len(found.pictures)
        messages.info(
            f"{count} picture{'' if count == 1 else 's'} of '{folder.name}' {'is' if count == 1 else 'are'} open."
        )
        for path, picture in found.pictures:
            self._origins.append(_Opened(path, path.name))
            self.opened.emit(picture)
        if found.refused:
            names = ", ".join(found.refused[:3]) + (" and others" if len(found.refused) > 3 else "")
            messages.warning(
                f"{len(found.refused)} of {len(found.pictures) + len(found.refused)} files in '{folder.name}' are no "
                f"pictures that can be opened: {names}. Open one of them alone to see why.",
                _TOPIC,
            )
        elif not found.pictures:
            messages.warning(f"There is no picture in '{folder.name}'. Choose another folder.", _TOPIC)
        if found.left_out:
            messages.warning(
                f"'{folder.name}' holds {found.left_out} more pictures: the first {_MOST_AT_ONCE} are opened.", _TOPIC
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
            self._origins.append(_Opened(origin, name))
            self.opened.emit(picture)

    def _on_reopened(self, opened: "_Opened", side: int, picture: object) -> None:
        # It may have been removed meanwhile.
        if isinstance(picture, Picture) and side == self._side and opened in self._origins:
            self.reopened.emit(self._origins.index(opened), picture)


def _read(origin: _Origin, name: str, side: int, _tell: object, _should_stop: object) -> Picture:
    if isinstance(origin, Path):
        return images.load_picture(origin, name, side)
    return images.picture_from_rgb(origin.pixels, name, side, origin.original)


def _read_folder(folder: Path, side: int, tell: Callable[[object], None], should_stop: Callable[[], bool]) -> _Folder:
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)
    except OSError as error:
        raise PictureError(
            f"The folder '{folder.name}' cannot be read ({error.strerror or error}). Choose another one."
        ) from error
    found = _Folder([], [], max(len(paths) - _MOST_AT_ONCE, 0))
    chosen = paths[:_MOST_AT_ONCE]
    for number, path in enumerate(chosen, start=1):
        if should_stop():
            break
        tell(f"Opening pictures: {number} of {len(chosen)} …")
        try:
            found.pictures.append((path, images.load_picture(path, path.name, side)))
        except PictureError:
            found.refused.append(path.name)
    return found
