"""A file that another program may write: says when it has changed."""

from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal, Slot

Stamp = tuple[int, int, int] | None

# The system may speak several times of one change.
_SETTLE = 100  # ms
# Folders on other computers say nothing, so now and then one has to look.
_LOOK = 5000  # ms


class FileFollower(QObject):
    """Follows one file at a time, also when it is replaced by a new one or missing for a while.

    Signals:
        changed: The file is another than before, or gone.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path: Path | None = None
        self._seen: Stamp = None
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self._on_sign)
        self._watcher.directoryChanged.connect(self._on_sign)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE)
        self._settle.timeout.connect(self.look)
        self._regular = QTimer(self)
        self._regular.setInterval(_LOOK)
        self._regular.timeout.connect(self.look)

    def follow(self, path: Path, seen: Stamp) -> None:
        """Follow a file instead of another.

        Args:
            path: The file.
            seen: Its stamp before it was read, so that no change in between is missed.
        """
        self.stop()
        self._path, self._seen = path.absolute(), seen
        self._regular.start()
        self.look()

    @Slot()
    def stop(self) -> None:
        """Follow nothing."""
        self._path = None
        self._settle.stop()
        self._regular.stop()
        watched = [*self._watcher.files(), *self._watcher.directories()]
        if watched:
            self._watcher.removePaths(watched)

    @Slot()
    def look(self) -> None:
        """See whether the file has changed."""
        if self._path is None:
            return
        # A file that was replaced is no longer watched: the new one has to be. Its folder tells of the replacement.
        for path, watched in (
            (self._path.parent, self._watcher.directories()),
            (self._path, self._watcher.files()),
        ):
            if str(path) not in watched and path.exists():
                self._watcher.addPath(str(path))
        now = stamp(self._path)
        if now != self._seen:
            self._seen = now
            self.changed.emit()

    @Slot()
    def _on_sign(self) -> None:
        if not self._settle.isActive():
            self._settle.start()


def stamp(path: Path) -> Stamp:
    """Return what changes with a file's content: time, size and identity; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
