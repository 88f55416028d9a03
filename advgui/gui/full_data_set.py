"""The full test set in the window: found at the start, or got through a dialog."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from advgui.data import cifar10
from advgui.data.cifar10 import Dataset
from advgui.files import is_there
from advgui.gui import settings
from advgui.gui.dataset_dialog import DatasetDialog
from advgui.gui.library import Library
from advgui.gui.settings import Settings
from advgui.gui.threads.background import Background
from advgui.gui.widgets import messages
from advgui.gui.widgets.windows import bring_up


class FullDataSet(QObject):
    """Puts the full test set into the library, as soon as it is there.

    Args:
        library: Gets it.
        files: Reads it.
        network: Downloads it.
        store: Remembers where it is.
        parent: The window.

    Attributes:
        dialog: Shows where it is; None before it was asked for.
    """

    def __init__(
        self, library: Library, files: Background, network: Background, store: Settings, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._library, self._files, self._network, self._store, self._window = library, files, network, store, parent
        self.dialog: DatasetDialog | None = None

    @property
    def _folder(self) -> Path | None:
        chosen = self._store.get(settings.DATA_FOLDER)
        return Path(chosen) if chosen and is_there(Path(chosen)) else None

    def load_known(self) -> None:
        """Load it from where it was last, or from a usual place, if it is there."""
        self.load(self._folder)

    def load(self, folder: Path | None, show: bool = False) -> None:
        """Load it in the background, if it is there.

        Args:
            folder: Looked at alone, if given.
            show: Whether to go there, and to say so if it is not there.
        """

        def work(_tell: object, _should_stop: object) -> Dataset | None:
            if cifar10.find(folder) is None and not show:
                return None
            return cifar10.load("test", folder)

        self._files.start(work, partial(self._on_loaded, show), self._on_error)

    def _on_error(self, error: Exception) -> None:
        (messages.bus() if self.dialog is None else self.dialog.messages).error(error, "data")

    def _on_loaded(self, show: bool, dataset: object) -> None:
        if isinstance(dataset, Dataset):
            self._library.set_dataset(dataset, show)

    @Slot()
    def open_dialog(self) -> None:
        """Show where it is, and ways to get it."""
        if self.dialog is None:
            self.dialog = DatasetDialog(self._files, self._network, self._folder, self._window)
            self.dialog.found.connect(self._on_found)
        bring_up(self.dialog)
        self.dialog.look()

    @Slot(object)
    def _on_found(self, folder: Path) -> None:
        self._store.set(settings.DATA_FOLDER, str(folder))
        self.load(folder, show=True)
