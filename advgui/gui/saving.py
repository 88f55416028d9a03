"""Pictures of the panels go to the clipboard and into files."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QObject, QStandardPaths, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from advgui.errors import AdvguiError
from advgui.figures import drawing
from advgui.figures.drawing import Sheet
from advgui.files import is_folder
from advgui.gui import settings
from advgui.gui.panels.prediction import Prediction, percent
from advgui.gui.panels.row import PanelRow
from advgui.gui.panels.stage import Stage
from advgui.gui.settings import Settings
from advgui.gui.threads.background import Background
from advgui.gui.threads.live_runner import LiveRunner
from advgui.gui.widgets import export, messages, pixels
from advgui.images import to_float
from advgui.types import Column, FloatArray, ProtocolName


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
        # What was shown where the picture was taken from, by the number of the question.
        self._asked: dict[int, tuple[Path, Prediction]] = {}
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

    @Slot(object, object)
    def _on_save_asked(self, row: PanelRow, column: Column) -> None:
        picture = row.panels[column.key].pixels
        if picture is None or row.outcome is None or column.key not in row.outcome.images:
            messages.warning("This panel shows no result that could be saved.")
            return
        image, prediction = pixels.qimage(picture), row.panels[column.key].prediction
        suggested = Path(usual_folder(self._store)) / f"{row.attack}-{column.letter}.png"
        chosen, _ = QFileDialog.getSaveFileName(self._window, "Save the picture", str(suggested), "PNG (*.png)")
        if not chosen:
            return
        try:
            written = export.save_png(image, Path(chosen))
        except AdvguiError as error:
            messages.error(error, "save")
        else:
            self._on_saved(written)
            # As published, a classifier is not given what a picture file holds.
            if prediction is not None and row.outcome.scenario.protocol is ProtocolName.CORRECTED:
                self.judge_file(written, prediction, row.network)

    def judge_file(self, path: Path, shown: Prediction, network: str) -> None:
        """Read a picture that was written, and say whether its 8 bits still are what was shown."""

        def work(_tell: object, _should_stop: object) -> FloatArray:
            return read_back(path)

        def ask(found: object) -> None:
            number = self._runner.judge(found, network) if isinstance(found, np.ndarray) else 0
            if number:
                self._asked[number] = path, shown

        self._files.start(work, ask, messages.error)

    @Slot(int, object)
    def _on_judged(self, number: int, probabilities: object) -> None:
        path, shown = self._asked.pop(number, (None, None))
        if path is None or shown is None or not isinstance(probabilities, np.ndarray):
            return
        text, is_same = judgement(shown, probabilities)
        messages.settle("save")
        if is_same:
            messages.info(f"Saved as {path}. {text}")
        else:
            messages.warning(f"Saved as {path}. {text}", "save")

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
