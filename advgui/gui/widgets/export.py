"""Files that the window writes. Their content is made off the GUI thread: drawing a figure takes a second."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from advgui.errors import AdvguiError
from advgui.figures.drawing import KINDS
from advgui.files import write_atomically
from advgui.gui.threads.background import Background


def ask_for_figure(parent: QWidget, title: str, suggested: Path, kind: str = KINDS[0]) -> Path | None:
    """Ask for the file of a figure.

    Args:
        parent: The window.
        title: Of the dialog.
        suggested: A folder and a name without suffix.
        kind: The one of `KINDS` that is offered first.

    Returns:
        A path whose suffix is one of `KINDS`, or None if nothing was chosen.
    """
    filters = {f"{each.upper()} (*.{each})": each for each in (kind, *(other for other in KINDS if other != kind))}
    name = str(suggested.with_name(f"{suggested.name}.{kind}"))
    chosen, chosen_filter = QFileDialog.getSaveFileName(parent, title, name, ";;".join(filters))
    if not chosen:
        return None
    path = Path(chosen)
    if path.suffix.lower().removeprefix(".") in KINDS:
        return path
    return path.with_name(f"{path.name}.{filters.get(chosen_filter, kind)}")


def save(
    path: Path,
    content: Callable[[], bytes | str],
    files: Background | None,
    done: Callable[[object], None],
    failed: Callable[[Exception], None],
) -> None:
    """Make the content of a file and write it in one step.

    Args:
        path: The file.
        content: Makes the content; called on the thread of `files`.
        files: Does it; None to do it at once.
        done: Told the path when it is written.
        failed: Told the error otherwise.
    """
    work(partial(_write, path, content), files, done, failed)


def work(
    make: Callable[[], object],
    files: Background | None,
    done: Callable[[object], None],
    failed: Callable[[Exception], None],
) -> None:
    """Make something in the background, or at once where there is none."""
    if files is not None:
        files.start(lambda _tell, _should_stop: make(), done, failed)
        return
    try:
        made = make()
    except (AdvguiError, OSError) as error:
        failed(error)
    else:
        done(made)


def _write(path: Path, content: Callable[[], bytes | str]) -> Path:
    made = content()
    try:
        write_atomically(path, made)
    except OSError as error:
        raise AdvguiError(
            f"'{path}' cannot be written ({error.strerror or error}). Choose another folder, or make room for it."
        ) from error
    return path


def copy_png(content: object) -> None:
    """Put a picture on the clipboard: the bytes of a PNG file."""
    if isinstance(content, bytes):
        QGuiApplication.clipboard().setImage(QImage.fromData(content))


def png(image: QImage) -> bytes:
    """Return an image as the content of a PNG file."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload] # the stub wants bytes, the function wants text
    return bytes(content.data())


def with_suffix(path: Path, suffix: str) -> Path:
    """Return a path with a suffix, which is added where another one or none is there."""
    return path if path.suffix.lower() == suffix else path.with_name(path.name + suffix)
