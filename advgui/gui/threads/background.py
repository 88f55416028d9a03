"""Work that would block the window, on a thread of its own: files and the network, nothing of TensorFlow."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from threading import Event

from PySide6.QtCore import QDeadlineTimer, QObject, QThread, Signal, Slot

from advgui.errors import Cancelled
from advgui.gui.threads.worker_thread import WorkerThread

_log = logging.getLogger(__name__)

ShouldStop = Callable[[], bool]
Report = Callable[[object], None]
Work = Callable[[Report, ShouldStop], object]


@dataclass(frozen=True, eq=False)
class _Task:
    number: int
    work: Work
    stop: Event


class _Worker(QObject):
    """Lives on the thread and does one task after the other."""

    progressed = Signal(object, object)
    ended = Signal(object, object, object)

    @Slot(object)
    def run(self, task: _Task) -> None:
        """Do a task; tell of its progress and its end."""
        result: object = None
        error: Exception | None = None
        try:
            if task.stop.is_set():
                raise Cancelled("Stopped before it began.")
            result = task.work(lambda value: self.progressed.emit(task, value), task.stop.is_set)
        except Exception as caught:  # it must reach the user, whatever it is
            error = caught
        self.ended.emit(task, result, error)

    @Slot()
    def leave(self) -> None:
        """End the thread; comes after everything that was asked before."""
        QThread.currentThread().quit()


@dataclass(frozen=True, eq=False)
class _Listener:
    """Who wants to know; called on the GUI thread."""

    done: Callable[[object], None]
    failed: Callable[[Exception], None]
    progress: Report


class Background(QObject):
    """A queue of tasks on one named thread. All answers arrive on the thread that this object lives on.

    Args:
        name: Of the thread.
        parent: Qt's owner.
    """

    _asked = Signal(object)
    _leave = Signal()

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers = count(1)
        self._tasks: dict[int, tuple[_Task, _Listener]] = {}
        self._closed = False
        self._thread = WorkerThread(self)
        self._thread.setObjectName(name)
        self._worker = _Worker()
        self._worker.moveToThread(self._thread)
        self._asked.connect(self._worker.run)
        self._leave.connect(self._worker.leave)
        self._worker.progressed.connect(self._on_progress)
        self._worker.ended.connect(self._on_end)

    @property
    def busy(self) -> bool:
        """Whether anything is being done or waits."""
        return bool(self._tasks)

    def start(
        self,
        work: Work,
        done: Callable[[object], None],
        failed: Callable[[Exception], None],
        progress: Report = lambda _: None,
    ) -> int:
        """Queue a task.

        Args:
            work: Called on the thread with a function to report progress to, and one that says whether to stop.
            done: Told the result.
            failed: Told the error. A task that was cancelled says nothing.
            progress: Told what the work reports.

        Returns:
            A number for `cancel`; 0 after `close`, when no work is taken.
        """
        if self._closed:
            return 0
        if not self._thread.isRunning():
            self._thread.start()
        task = _Task(next(self._numbers), work, Event())
        self._tasks[task.number] = (task, _Listener(done, failed, progress))
        self._asked.emit(task)
        return task.number

    def cancel(self, number: int) -> None:
        """Ask a task to stop, and forget it: nothing more is told of it."""
        known = self._tasks.pop(number, None)
        if known is not None:
            known[0].stop.set()

    def stop(self) -> None:
        """Take no more work, and ask what runs to stop."""
        if not self._closed:
            self._closed = True
            for number in list(self._tasks):
                self.cancel(number)
            self._leave.emit()

    def close(self, deadline: QDeadlineTimer | None = None) -> bool:
        """Take no more work, stop what runs, and wait for the thread's end.

        Args:
            deadline: How long to wait; for ever if None.

        Returns:
            Whether the thread has ended.
        """
        self.stop()
        return self._thread.wait_for_end(deadline)

    @Slot(object, object)
    def _on_progress(self, task: _Task, value: object) -> None:
        if task.number in self._tasks:
            self._tasks[task.number][1].progress(value)

    @Slot(object, object, object)
    def _on_end(self, task: _Task, result: object, error: Exception | None) -> None:
        known = self._tasks.pop(task.number, None)
        if known is None:
            if error is not None and not isinstance(error, Cancelled):
                _log.info("A task that nobody waits for failed: %s", error)
        elif error is None:
            known[1].done(result)
        else:
            known[1].failed(error)
