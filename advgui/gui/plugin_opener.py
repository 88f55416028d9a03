"""The user's own attacks and mitigations in the window: opened when asked for, opened anew when their file is saved."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from advgui import foreign_code, plugins
from advgui.errors import PluginError
from advgui.gui.follower import FileFollower, Stamp, stamp
from advgui.gui.threads.background import Background
from advgui.plugins import Plugin

_LOOK = 250  # ms
# Seconds after which a call is stopped: long for a slow attack on a batch, not for ever for a loop without an end.
_PATIENCE = 30.0


class PluginOpener(QObject):
    """Opens plug-ins on a background thread, follows their files, and watches what their code does.

    What is open stays as it was if a file cannot be used any more; the next time it is saved it is tried again.

    Args:
        background: The thread on which files are run and tried.
        parent: Qt's owner.

    Signals:
        changed: A `Plugin` was opened, opened anew or closed: there are other attacks and mitigations now.
        refused: The `PluginError` of a file that cannot be used.
        slow: A sentence about a call that takes longer than a second.
    """

    changed = Signal(object)
    refused = Signal(object)
    slow = Signal(str)

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._followers: dict[Path, FileFollower] = {}
        self._told: foreign_code.Call | None = None
        self._look = QTimer(self)
        self._look.setInterval(_LOOK)
        self._look.timeout.connect(self._on_look)

    def follow_loaded(self) -> None:
        """Follow the files of the plug-ins that were opened before the window."""
        for plugin in plugins.loaded():
            self._follow(plugin.path, stamp(plugin.path))

    def open(self, path: Path) -> None:
        """Open a file, or open it anew; it runs with the user's rights, so ask first."""
        path = path.expanduser().absolute()
        seen = stamp(path)  # before it is read, so that no change in between is missed
        self._look.start()
        self._background.start(
            lambda _tell, _should_stop: plugins.read(path),
            partial(self._on_read, seen),
            partial(self._on_refused, path),
        )

    def close(self, plugin: Plugin) -> None:
        """Take a plug-in's attacks and mitigations out."""
        follower = self._followers.pop(plugin.path, None)
        if follower is not None:
            follower.stop()
            follower.deleteLater()
        plugins.close(plugin)
        self.changed.emit(plugin)

    def _on_read(self, seen: Stamp, found: object) -> None:
        if isinstance(found, Plugin):
            try:
                plugins.enter(found)
            except PluginError as error:
                self.refused.emit(error)
                return
            self._follow(found.path, seen)
            self.changed.emit(found)

    def _on_refused(self, path: Path, error: Exception) -> None:
        self.refused.emit(error)

    def _follow(self, path: Path, seen: Stamp) -> None:
        self._look.start()
        if path not in self._followers:
            follower = self._followers[path] = FileFollower(self)
            follower.changed.connect(partial(self._on_saved, path))
            follower.follow(path, seen)

    def _on_saved(self, path: Path) -> None:
        if stamp(path) is not None:  # a file that is gone for a moment is being replaced
            self.open(path)

    @Slot()
    def _on_look(self) -> None:
        call = foreign_code.running()
        if call is None:
            return
        if call.seconds > _PATIENCE:
            call.stop(f"it takes longer than {_PATIENCE:g} s")
        elif call.seconds > foreign_code.SLOW and call is not self._told:
            self._told = call
            self.slow.emit(str(call))
