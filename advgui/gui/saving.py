"""Pictures of the panels go to the clipboard, into files and to other programs."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QMimeData, QObject, QStandardPaths, Qt, QTemporaryDir, QUrl, Slot
from PySide6.QtGui import QDrag, QImage, QPixmap
from PySide6.QtWidgets import QFileDialog, QWidget

from advgui.errors import AdvguiError
from advgui.figures import drawing
from advgui.figures.drawing import Sheet
from advgui.files import is_folder, write_atomically
from advgui.gui import settings
from advgui.gui.panels.image_panel import ImagePanel
from advgui.gui.panels.prediction import Prediction, percent
from advgui.gui.panels.row import PanelRow
from advgui.gui.panels.stage import Stage
from advgui.gui.settings import Settings
from advgui.gui.threads.background import Background
from advgui.gui.threads.live_runner import LiveRunner
from advgui.gui.widgets import export, messages, pixels
from advgui.images import to_float
from advgui.types import Column, FloatArray, ProtocolName

_DRAGGED_SIDE = 128  # pixels, of the picture under the mouse


def usual_folder(store: Settings) -> str:
    """Return where a file dialog begins: where the last picture was, or the user's own folder for pictures."""
    remembered = store.get(settings.FOLDER)
    if remembered and is_folder(Path(remembered)):
        return remembered
    usual = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    return usual if is_folder(Path(usual)) else str(Path.home())


class PanelSaver(QObject):
    """Copies and saves what the stage shows.

    Args:
        stage: With the panels.
        files: Draws figures, writes and reads them.
        runner: Judges what was written.
        store: Remembers the folder.
        parent: The window.
    """

    def __init__(self, stage: Stage, files: Background, runner: LiveRunner, store: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self._stage, self._files, self._runner, self._store, self._window = stage, files, runner, store, parent
        # What became of a picture, and what was shown where it was taken from, by the number of the question.
        self._asked: dict[int, tuple[str, Prediction]] = {}
        self._dragged: list[QTemporaryDir] = []
        runner.judged.connect(self._on_judged)
        stage.save_asked.connect(self._on_save_asked)

    @Slot()
    def copy(self) -> None:
        """Put a picture of the panels on the clipboard."""
        figure = self._figure()
        if figure is not None:
            export.work(lambda: figure().file("png"), self._files, export.copy_png, messages.error)

    @Slot()
    def save(self) -> None:
        """Ask for a file and write a picture of the panels."""
        if self._figure() is not None:
            suggested = Path(usual_folder(self._store)) / "panels"
            path = export.ask_for_figure(self._window, "Save the panels", suggested)
            if path is not None:
                self.save_to(path)

    def save_to(self, path: Path) -> None:
        """Write a picture of the panels; the suffix is .png, .svg or .pdf."""
        figure = self._figure()
        if figure is not None:
            kind = drawing.kind_of(path)
            export.save(path, lambda: figure().file(kind), self._files, self._on_saved, messages.error)

    def _figure(self) -> Callable[[], Sheet] | None:
        figure = self._stage.figure()
        if figure is None:
            messages.warning("The panels show no result yet. Wait until they show predictions.")
        return figure

    @Slot(object, object, bool)
    def _on_save_asked(self, row: PanelRow, column: Column, is_dragged: bool) -> None:
        panel = row.panels[column.key]
        if panel.pixels is None or row.outcome is None or column.key not in row.outcome.images:
            messages.warning("This panel shows no result that could be saved.")
            return
        image, name = pixels.qimage(panel.pixels), f"{row.attack}-{column.letter}.png"
        # As published, a classifier is not given what a picture file holds.
        shown = panel.prediction if row.outcome.scenario.protocol is ProtocolName.CORRECTED else None
        if is_dragged:
            self._drag_out(panel, image, name, shown, row.network)
            return
        chosen, _ = QFileDialog.getSaveFileName(
            self._window, "Save the picture", str(Path(usual_folder(self._store)) / name), "PNG (*.png)"
        )
        if chosen:

            def saved(path: object) -> None:
                self._on_saved(path)
                self._judge_file(Path(str(path)), f"Saved as {path}.", shown, row.network)

            path = export.with_suffix(Path(chosen), ".png")
            export.save(path, lambda: export.png(image), self._files, saved, messages.error)

    def _drag_out(self, panel: ImagePanel, image: QImage, name: str, shown: Prediction | None, network: str) -> None:
        """Let another program take a picture, as pixels or as a file that stays until the window is closed."""
        folder = QTemporaryDir()
        path = Path(folder.path()) / name
        try:
            write_atomically(path, export.png(image))
        except OSError as error:
            messages.error(AdvguiError(f"No picture can be dragged out: '{path}' cannot be written ({error})."), "save")
            return
        self._dragged.append(folder)
        data = QMimeData()
        data.setImageData(image)
        data.setUrls([QUrl.fromLocalFile(str(path))])
        drag = QDrag(panel)
        drag.setMimeData(data)
        drag.setPixmap(QPixmap.fromImage(pixels.enlarged(image, max(1, _DRAGGED_SIDE // max(image.width(), 1)))))
        if drag.exec(Qt.DropAction.CopyAction) == Qt.DropAction.CopyAction:
            self._judge_file(path, f"Dragged out: {name}.", shown, network)

    def forget_dragged(self) -> None:
        """Remove the files of pictures that were dragged out."""
        for folder in self._dragged:
            folder.remove()
        self._dragged.clear()

    def _judge_file(self, path: Path, done: str, shown: Prediction | None, network: str) -> None:
        """Read a picture that was written, and say whether its 8 bits still are what was shown."""
        if shown is None:
            return

        def work(_tell: object, _should_stop: object) -> FloatArray:
            return read_back(path)

        def ask(found: object) -> None:
            number = self._runner.judge(found, network) if isinstance(found, np.ndarray) else 0
            if number:
                self._asked[number] = done, shown

        self._files.start(work, ask, messages.error)

    @Slot(int, object)
    def _on_judged(self, number: int, probabilities: object) -> None:
        done, shown = self._asked.pop(number, ("", None))
        if shown is None or not isinstance(probabilities, np.ndarray):
            return
        text, is_same = judgement(shown, probabilities)
        messages.settle("save")
        if is_same:
            messages.info(f"{done} {text}")
        else:
            messages.warning(f"{done} {text}", "save")

    def _on_saved(self, path: object) -> None:
        messages.settle("save")
        self._store.set(settings.FOLDER, str(Path(str(path)).parent))
        messages.info(f"Saved as {path}.")


def read_back(path: Path) -> FloatArray:
    """Return the image in a picture file as it is, float32 (H, W, 3) in [0, 1].

    Raises:
        AdvguiError: It cannot be read.
    """
    try:
        with Image.open(path) as picture:
            return to_float(np.asarray(picture.convert("RGB")))
    except OSError as error:
        raise AdvguiError(f"'{path}' was saved, but cannot be read again ({error}). Save it once more.") from error


def judgement(shown: Prediction, probabilities: FloatArray) -> tuple[str, bool]:
    """Return what the 8 bits of a saved picture are taken for, in words, and whether that is what is shown.

    Args:
        shown: In the panel.
        probabilities: float32 (classes,), for the picture from the file.
    """
    best = int(probabilities.argmax())
    name, share = shown.class_names[best], percent(probabilities[best])
    if best == shown.predicted:
        return f"Its 8 bits are taken for {name}, {share}, as on screen.", True
    return (
        f"Beware: its 8 bits are taken for {name}, {share}, and no longer for {shown.class_names[shown.predicted]}.",
        False,
    )
