"""The results that a page of the evaluation dialog can show: shipped, kept, and those opened from files."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from PySide6.QtCore import QObject, Signal

from advgui.gui.threads.background import Background
from advgui.gui.widgets import messages
from advgui.reports.kept import Counted, Entry, KeptResults
from advgui.reports.shipped import Shipped
from advgui.text import printable

_Result = TypeVar("_Result", bound=Counted)

KEEP_EVERY = 60.0  # seconds, while something is counted


@dataclass(frozen=True)
class Listed:
    """A result in the list.

    Attributes:
        title: Its line.
        words: Which one it is, in a few words.
        path: Its file; None for one that could not be kept.
        entry: Which one it is of the kept ones, None if it is none of them.
        report: It itself, an evaluation or a certification, where it has no file.
    """

    title: str
    words: str
    path: Path | None = None
    entry: Entry | None = None
    report: Any = field(default=None, compare=False)


class Results(QObject, Generic[_Result]):
    """The list, and which of it is shown. Files are read in the background, one at a time.

    Args:
        kept: The folder of kept results.
        files: Where files are read.
        carrier: Where failures to keep and to delete are told.
        shipped: What comes with the program.
        parent: Qt's owner.

    Attributes:
        items: The list: kept ones, the newest first, then opened ones, then those that came with the program.
        shown: The one that is shown, None before the first.

    Signals:
        changed: The list, or which one is shown.
        opened: A result, and which one it is in a few words.
        failed: Why a chosen one cannot be opened, a text.
        looked: The first result has been looked for; where there was one, `opened` came before.
    """

    changed = Signal()
    opened = Signal(object, str)
    failed = Signal(str)
    looked = Signal()

    def __init__(
        self,
        kept: KeptResults[_Result],
        files: Background,
        carrier: messages.Bus,
        shipped: Sequence[Listed] = (),
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._kept, self._files, self._messages, self._shipped = kept, files, carrier, tuple(shipped)
        self._reading = 0
        self._opened: list[Listed] = []
        self._removed: Entry | None = None
        self._safe: _Result | None = None  # the last one that is on the disk
        self._saved = time.monotonic()
        self.items: tuple[Listed, ...] = ()
        self.shown: Listed | None = None
        self._list()

    def _list(self) -> None:
        kept = (_of_kept(entry) for entry in self._kept.entries())
        self.items = (*kept, *self._opened, *self._shipped)
        self.changed.emit()

    def look(self, of_earlier_versions: Path | None = None) -> None:
        """Show the newest kept result, or what came with the program if none was kept.

        Args:
            of_earlier_versions: Where these kept their only result; it is taken in.
        """

        def work(_tell: object, _should_stop: object) -> tuple[Listed, _Result] | None:
            self._kept.forget_removed()
            if of_earlier_versions is not None:
                self._kept.adopt(of_earlier_versions)
            newest = self._kept.newest()
            if newest is not None:
                return _of_kept(newest[0]), newest[1]
            return (self._shipped[0], self._result(self._shipped[0])) if self._shipped else None

        self._reading = self._files.start(work, self._on_looked, self._on_failed)

    def _on_looked(self, found: object) -> None:
        self._list()
        if isinstance(found, tuple):
            self._show(*found)
        self.looked.emit()

    # Opening

    def open_file(self, path: Path) -> None:
        """Show a result that was exported as JSON, and list it."""
        name = printable(path.name)
        self.show(Listed(f"Opened: {name}", name, path))

    def show(self, item: Listed) -> None:
        """Show a result of the list, or another one, which is listed then."""
        self.stop()
        self._reading = self.read(item, lambda report: self._show(item, report), self._on_failed)

    def read(self, item: Listed, done: Callable[[_Result], None], failed: Callable[[Exception], None]) -> int:
        """Read a result in the background; return a number for `Background.cancel`."""

        def work(_tell: object, _should_stop: object) -> _Result:
            return self._result(item)

        return self._files.start(work, cast("Callable[[object], None]", done), failed)

    def _result(self, item: Listed) -> _Result:
        """Return a listed result.

        Raises:
            DataError: Its file cannot be read, or is no result.
        """
        if item.path is None:
            kept: _Result = item.report
            return kept
        return self._kept.kind.read(item.path)

    def stop(self) -> None:
        """Forget what is being read: a run begins."""
        self._files.cancel(self._reading)
        self._reading = 0

    def _show(self, item: Listed, report: _Result) -> None:
        self._reading = 0
        if item.entry is None and item not in self.items:
            self._opened.insert(0, item)
        self.shown = item
        self._list()
        self.opened.emit(report, item.words)

    def _on_failed(self, error: Exception) -> None:
        self._reading = 0
        self._list()  # what is shown is still the one before
        self.failed.emit(messages.explained(error))

    # Keeping

    @property
    def begun_at(self) -> datetime | None:
        """When the shown result began to be counted, if it is a kept one: it grows in its place."""
        return self.shown.entry.begun if self.shown is not None and self.shown.entry is not None else None

    @property
    def can_keep(self) -> bool:
        """Whether the shown result is one that was opened, so that its file may go away."""
        return self.shown in self._opened

    def keep_shown(self, report: _Result) -> None:
        """Keep the shown result, which was opened from a file, in the background.

        Args:
            report: It.
        """
        item, begun = self.shown, datetime.now(UTC)

        def done(entry: object) -> None:
            assert isinstance(entry, Entry)
            self._opened = [each for each in self._opened if each != item]
            if self.shown == item:
                self.shown = _of_kept(entry)
            self._list()

        self._files.start(lambda _tell, _should_stop: self._kept.add(report, begun), done, self._messages.error)

    def keep(self, report: _Result, begun: datetime) -> None:
        """Keep what a run that began at a time has found; it is the shown one then. A failure is told."""
        if report is self._safe or not report.images:
            return
        try:
            entry = self._kept.add(report, begun)
        except OSError as error:
            self._messages.error(error)
            words = f"{begun.astimezone():%Y-%m-%d %H:%M}"
            self.shown = Listed(f"{words}: could not be kept", f"Result of {words}", report=report)
            self._opened = [self.shown, *(each for each in self._opened if each.path is not None)]
        else:
            self._safe, self._saved = report, time.monotonic()
            self.shown = _of_kept(entry)
        self._list()

    def show_none(self) -> None:
        """Say that none of the list is shown: a run was stopped before it had counted anything."""
        self.shown = None
        self._list()

    def keep_now_and_then(self, report: _Result, begun: datetime) -> None:
        """Keep what has been found so far, in the background, if that was long ago."""
        if time.monotonic() - self._saved >= KEEP_EVERY and report.images:
            self._saved = time.monotonic()
            # Whether it succeeds matters at the end alone, when it is told.
            self._files.start(lambda _tell, _should_stop: self._kept.add(report, begun), _nothing, _nothing)

    # Deleting

    @property
    def can_delete(self) -> bool:
        """Whether the shown result is a kept one."""
        return self.shown is not None and self.shown.entry is not None

    @property
    def can_restore(self) -> bool:
        """Whether a deleted one can be brought back."""
        return self._removed is not None

    def delete(self) -> None:
        """Delete the shown result, which is a kept one, and show the next of the list."""
        gone = self.shown
        if gone is None or gone.entry is None:
            return
        try:
            self._kept.remove(gone.entry)
        except OSError as error:
            self._messages.error(error)
            self._list()
            return
        self._removed = gone.entry
        place = self.items.index(gone) if gone in self.items else 0
        self._list()
        if self.items:
            self.show(self.items[min(place, len(self.items) - 1)])

    def restore(self) -> None:
        """Bring back what was deleted last, and show it."""
        if self._removed is None:
            return
        entry, self._removed = self._removed, None
        try:
            self._kept.restore(entry)
        except OSError as error:
            self._messages.error(error)
            self._list()
        else:
            self.show(_of_kept(entry))


def listed(shipped: Sequence[Shipped]) -> list[Listed]:
    """Return what comes with the program, as far as its files are there."""
    return [
        Listed(f"Shipped: {each.title}", "Shipped with the program", each.path)
        for each in shipped
        if each.path.is_file()
    ]


def _of_kept(entry: Entry) -> Listed:
    words = f"Result of {entry.begun.astimezone():%Y-%m-%d %H:%M}"
    return Listed(str(entry), words, entry.path, entry)


def _nothing(_: object) -> None:
    pass
