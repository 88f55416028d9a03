"""The actions of a window, as its menus show them: for the list of keys and for the command palette."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu


class Command(NamedTuple):
    """An action of a menu.

    Attributes:
        menus: The menus that lead to it, such as ("View", "Theme").
        action: That does it.
    """

    menus: tuple[str, ...]
    action: QAction

    @property
    def text(self) -> str:
        """Its menus and what it is called, such as "View: Theme: Dark"."""
        return ": ".join((*self.menus, plain(self.action.text())))


def commands(window: QMainWindow) -> list[Command]:
    """Return what the menus of a window offer, as it stands there."""
    return list(_in_menus(window.menuBar().actions(), ()))


def _in_menus(actions: Iterable[QAction], menus: tuple[str, ...]) -> Iterator[Command]:
    for action in actions:
        menu = action.menu()
        if isinstance(menu, QMenu):
            yield from _in_menus(menu.actions(), (*menus, plain(action.text())))
        elif not action.isSeparator() and action.isVisible():
            yield Command(menus, action)


def keys_of(action: QAction) -> str:
    """Return the keys of an action as the system writes them, "" if it has none."""
    return ", ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts())


def plain(text: str) -> str:
    """Return the text of an action without its underlined letter and without the dots of a dialog."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").removesuffix("…")
