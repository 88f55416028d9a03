from threading import get_ident, local

from PySide6.QtCore import QObject, QThread, Signal, Slot
from pytestqt.qtbot import QtBot

from advgui.gui.threads.worker_thread import WorkerThread


class _Counter(QObject):
    """Counts its calls in a thread-local value; both ends live on the thread that is asked for."""

    asked = Signal()
    counted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._kept = local()

    @Slot()
    def count(self) -> None:
        self._kept.calls = getattr(self._kept, "calls", 0) + 1
        self.counted.emit((self._kept.calls, get_ident()))


class _Listener(QObject):
    """Hears on the GUI thread."""

    heard = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.values: list[tuple[int, int]] = []

    @Slot(object)
    def hear(self, value: tuple[int, int]) -> None:
        self.values.append(value)
        self.heard.emit()


def test_thread_local_values_last_from_one_slot_to_the_next(qtbot: QtBot) -> None:
    thread, counter, listener = WorkerThread(), _Counter(), _Listener()
    counter.moveToThread(thread)
    counter.asked.connect(counter.count)
    counter.counted.connect(listener.hear)
    thread.start()
    try:
        for _ in range(3):
            with qtbot.waitSignal(listener.heard):
                counter.asked.emit()
    finally:
        thread.quit()
        thread.wait()
    assert [calls for calls, _ in listener.values] == [1, 2, 3]
    (ident,) = {ident for _, ident in listener.values}
    assert ident != get_ident()
    assert counter.thread() is not QThread.currentThread()
