"""How large letters and controls are: what the user chose, times what suits the size of the window."""

from PySide6.QtCore import QObject, QSize, Slot
from PySide6.QtGui import QAction, QFont, QKeySequence
from PySide6.QtWidgets import QApplication, QWidget

from advgui.gui import settings
from advgui.gui.settings import ZOOMS, Settings
from advgui.gui.widgets.theme import Theme

# In a window of this size letters have the size that the desktop gives them; in a larger one they grow with it.
_USUAL = QSize(1280, 800)
_LARGEST = 3.0
_STEPS = 20  # to a factor of 1: letters do not change with every pixel while a window is resized


class Zoom(QObject):
    """Three actions that zoom the whole interface, and letters that follow the size of one window.

    Args:
        window: Whose letters follow its size.
        theme: Of the application.
        store: Remembers what was chosen.
    """

    def __init__(self, window: QWidget, theme: Theme, store: Settings) -> None:
        super().__init__(window)
        self._window, self._theme, self._store = window, theme, store
        keys = QKeySequence.StandardKey
        self.closer = self._action("Zoom &in", [QKeySequence(keys.ZoomIn), QKeySequence("Ctrl+=")], self.zoom_in)
        self.farther = self._action("Zoom &out", [QKeySequence(keys.ZoomOut)], self.zoom_out)
        self.usual = self._action("Usual si&ze", [QKeySequence("Ctrl+0")], self.zoom_usual)
        self.percent = store.get(settings.ZOOM)
        self._set(self.percent)

    @property
    def actions(self) -> list[QAction]:
        """For a menu."""
        return [self.closer, self.farther, self.usual]

    @Slot()
    def zoom_in(self) -> None:
        """Make everything one step larger."""
        self._set(min([each for each in ZOOMS if each > self.percent], default=ZOOMS[-1]))

    @Slot()
    def zoom_out(self) -> None:
        """Make everything one step smaller."""
        self._set(max([each for each in ZOOMS if each < self.percent], default=ZOOMS[0]))

    @Slot()
    def zoom_usual(self) -> None:
        """Give everything its usual size."""
        self._set(100)

    def follow(self, size: QSize) -> None:
        """Choose letters for a size of the window, in device-independent pixels."""
        part = min(size.width() / _USUAL.width(), size.height() / _USUAL.height())
        factor = min(max(int(part * _STEPS) / _STEPS, 1), _LARGEST)
        wanted = QFont(QApplication.font())
        wanted.setPointSizeF(wanted.pointSizeF() * factor)
        if wanted.pointSizeF() != self._window.font().pointSizeF():
            self._window.setFont(wanted)

    def _set(self, percent: int) -> None:
        self.percent = percent
        self._theme.set_zoom(percent / 100)
        self._store.set(settings.ZOOM, percent)
        self.closer.setEnabled(percent < ZOOMS[-1])
        self.farther.setEnabled(percent > ZOOMS[0])
        self.follow(self._window.size())

    def _action(self, text: str, keys: list[QKeySequence], slot: object) -> QAction:
        action = QAction(text, self)
        action.setShortcuts(list(dict.fromkeys(keys)))
        action.triggered.connect(slot)
        return action
