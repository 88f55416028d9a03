"""Pictures of the panels go to the clipboard and into files."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from advgui.errors import AdvguiError
from advgui.figures import drawing
from advgui.figures.drawing import Sheet
from advgui.files import is_folder
from advgui.gui import settings
from advgui.gui.panels.row import PanelRow
from advgui.gui.panels.stage import Stage
from advgui.gui.settings import Settings
from advgui.gui.threads.background import Background
from advgui.gui.widgets import export, messages, pixels
from advgui.types import Column


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
        files: Draws figures and writes them.
        store: Remembers the folder.
        parent: The window.
    """

    def __init__(self, stage: Stage, files: Background, store: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self._stage, self._files, self._store, self._window = stage, files, store, parent
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
        image = pixels.qimage(picture)
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

    def _on_saved(self, path: object) -> None:
        messages.settle("save")
        self._store.set(settings.FOLDER, str(Path(str(path)).parent))
        messages.info(f"Saved as {path}.")
