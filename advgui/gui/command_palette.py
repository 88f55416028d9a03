"""Every action of the menus by a few of its letters."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QLineEdit,
    QMainWindow,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)
from typing_extensions import override

from advgui.gui.actions import Command, commands, keys_of

_MOVING = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
# What a letter is worth: more at the beginning of a word, and right behind the one before.
_LETTER, _BEGINNING, _NEXT = 1.0, 3.0, 2.0


def score(query: str, text: str) -> float | None:
    """Return how well the letters of a query, in their order, are found in a text; None if one is missing.

    Args:
        query: What was typed; spaces do not count.
        text: What it may mean.

    Returns:
        The larger the better; of texts that match alike the shorter one has more.
    """
    wanted, there = query.lower().replace(" ", ""), text.lower()
    nothing = float("-inf")
    # For each place of the text: the best that the letters so far make if the last of them is there.
    ending = [0.0] * len(there) if not wanted else []
    for number, letter in enumerate(wanted):
        before, ending, best = ending, [nothing] * len(there), 0.0 if number == 0 else nothing
        for place, found in enumerate(there):
            if number and place:
                best = max(best, before[place - 1])
            if found == letter:
                begins = place == 0 or not there[place - 1].isalnum()
                follows = before[place - 1] + _NEXT if number and place else nothing
                ending[place] = max(best, follows) + _LETTER + (_BEGINNING if begins else 0.0)
    reached = max(ending, default=nothing)
    return None if reached == nothing else reached - 0.01 * len(there)


class CommandPalette(QDialog):
    """A line to type in, and the actions that it may mean, best first; Enter takes the one that is marked.

    Args:
        window: Whose actions.
    """

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self.setWindowTitle("Command palette")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._commands = commands(window)
        self.line = QLineEdit()
        self.line.setPlaceholderText("What do you want to do?")
        self.line.setAccessibleName("Command")
        self.line.setToolTip("A few letters of an action's name, in their order; Up and Down choose, Enter does it.")
        self.line.textChanged.connect(self._fill)
        self.line.installEventFilter(self)
        self.list = QTreeWidget()
        self.list.setColumnCount(2)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the line passes on the keys that are for it
        self.list.setAccessibleName("Actions")
        self.list.itemClicked.connect(self._take)
        column = QVBoxLayout(self)
        column.addWidget(self.line)
        column.addWidget(self.list, 1)
        self._shown: list[Command] = []
        self._fill("")
        size = window.fontMetrics().height()
        self.resize(QSize(34 * size, 24 * size))

    @property
    def shown(self) -> list[str]:
        """What is listed, from top to bottom."""
        return [command.text for command in self._shown]

    @Slot(str)
    def _fill(self, query: str) -> None:
        found = [(value, each) for each in self._commands if (value := score(query, each.text)) is not None]
        if query.strip():
            found.sort(key=lambda pair: -pair[0])
        self._shown = [each for _, each in found]
        self.list.clear()
        for each in self._shown:
            item = QTreeWidgetItem([each.text, keys_of(each.action)])
            item.setDisabled(not each.action.isEnabled())
            self.list.addTopLevelItem(item)
        able = (place for place, each in enumerate(self._shown) if each.action.isEnabled())
        first = self.list.topLevelItem(next(able, 0))
        if first is not None:
            self.list.setCurrentItem(first)
        self.list.resizeColumnToContents(0)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Pass the keys that move about on to the list, and take Enter."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in _MOVING:
                self.list.keyPressEvent(event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take()
                return True
        return super().eventFilter(watched, event)

    @Slot()
    def _take(self) -> None:
        """Do what is marked, once this dialog is gone."""
        item = self.list.currentItem()
        if item is None or item.isDisabled():
            return
        action = self._shown[self.list.indexOfTopLevelItem(item)].action
        self.close()
        action.trigger()
