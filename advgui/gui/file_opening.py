"""The files that the user hands to the window, through dialogs, the clipboard or a drop."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from advgui import experiments
from advgui.gui import settings
from advgui.gui.experiments import Experiments
from advgui.gui.gallery.crop import CropDialog
from advgui.gui.gallery.opener import PictureOpener
from advgui.gui.model_opening import ModelOpener
from advgui.gui.plugin_menu import SUFFIX, PluginMenu
from advgui.gui.saving import usual_folder
from advgui.gui.settings import Settings
from advgui.gui.widgets import messages
from advgui.images import Picture

_MODEL = ".keras"
_PICTURES = "Pictures (*.png *.jpg *.jpeg *.bmp *.gif *.webp *.tif *.tiff *.ppm);;All files (*)"


class FileOpening(QObject):
    """Gives each file to the part of the window that opens its kind, and remembers the folder.

    Args:
        pictures: Opens pictures.
        models: Opens classifiers.
        plugins: Opens plug-ins.
        saved: Opens experiments.
        store: Where the last folder is kept.
        window: The window; Qt's owner.
    """

    def __init__(
        self,
        pictures: PictureOpener,
        models: ModelOpener,
        plugins: PluginMenu,
        saved: Experiments,
        store: Settings,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._pictures, self._models, self._plugins, self._saved = pictures, models, plugins, saved
        self._store, self._window = store, window

    @Slot()
    def ask_for_pictures(self) -> None:
        """Ask for picture files and open them."""
        chosen, _ = QFileDialog.getOpenFileNames(self._window, "Open pictures", usual_folder(self._store), _PICTURES)
        if chosen:
            self._store.set(settings.FOLDER, str(Path(chosen[0]).parent))
            self._pictures.open_paths(map(Path, chosen))

    @Slot()
    def ask_for_folder(self) -> None:
        """Ask for a folder and open its pictures."""
        chosen = QFileDialog.getExistingDirectory(self._window, "Open a folder of pictures", usual_folder(self._store))
        if chosen:
            self._store.set(settings.FOLDER, chosen)
            self._pictures.open_folder(Path(chosen))

    @Slot()
    def ask_for_classifier(self) -> None:
        """Ask for a model file and open it as the classifier."""
        chosen, _ = QFileDialog.getOpenFileName(
            self._window, "Open classifier", usual_folder(self._store), f"Keras (*{_MODEL})"
        )
        if chosen:
            self._store.set(settings.FOLDER, str(Path(chosen).parent))
            self._models.open(Path(chosen))

    @Slot(int)
    def ask_for_crop(self, place: int) -> None:
        """Let the user choose a square of an opened picture, counted from 0."""
        self._pictures.show_large(place, partial(self._show_crop, place))

    def _show_crop(self, place: int, picture: Picture) -> None:
        dialog = CropDialog(picture, self._window)
        dialog.accepted.connect(lambda: self._pictures.cut(place, dialog.cut()))
        dialog.show()

    @Slot()
    def paste(self) -> None:
        """Open the picture, or the files, on the clipboard."""
        self._pictures.open_data(QGuiApplication.clipboard().mimeData())

    def drop(self, data: QMimeData) -> None:
        """Open what was dropped: an experiment, a plug-in, or pictures and a classifier."""
        paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]

        def of_kind(suffix: str) -> list[Path]:
            return [path for path in paths if path.suffix.lower() == suffix]

        models = of_kind(_MODEL)
        if found := of_kind(experiments.SUFFIX):
            self._saved.open(found[0])
        elif programs := of_kind(SUFFIX):
            self._plugins.ask(programs[0])
        elif models:
            self._models.open(models[0])
            if len(models) > 1:
                messages.warning(
                    f"There is one classifier at a time: '{models[0].name}' is opened. Open the others later."
                )
            self._pictures.open_paths(path for path in paths if path not in models)
        else:
            self._pictures.open_data(data)
