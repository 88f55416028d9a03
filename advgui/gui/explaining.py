"""What the Help menu offers to find one's way: what the window shows, and all actions by their names."""

from PySide6.QtCore import QObject, QSize, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow

from advgui.gui.command_palette import CommandPalette
from advgui.gui.panels.stage import Stage
from advgui.gui.widgets.text_dialog import text_dialog


class Explaining(QObject):
    """Two actions.

    Args:
        stage: What is explained.
        window: Whose actions can be searched.
    """

    def __init__(self, stage: Stage, window: QMainWindow) -> None:
        super().__init__(window)
        self._stage, self._window = stage, window
        self.seeing = QAction("&What am I seeing?", self)
        self.seeing.setShortcut(QKeySequence("Shift+F1"))
        self.seeing.triggered.connect(self.show_seeing)
        self.palette = QAction("&Command palette…", self)
        self.palette.setShortcut(QKeySequence("Ctrl+Shift+P"))
        self.palette.triggered.connect(self.show_palette)

    @property
    def actions(self) -> list[QAction]:
        """For a menu."""
        return [self.seeing, self.palette]

    @Slot()
    def show_seeing(self) -> None:
        """Explain the window as it is now."""
        text_dialog(self._window, "What am I seeing?", self._stage.explained(), QSize(760, 680)).show()

    @Slot()
    def show_palette(self) -> None:
        """Offer every action of the menus."""
        CommandPalette(self._window).show()
