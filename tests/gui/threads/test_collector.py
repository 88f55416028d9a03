"""What is circular garbage is destroyed on the GUI thread, whoever made Python collect."""

import threading

from pytestqt.qtbot import QtBot

from advgui.gui.threads.background import Background


class Circle:
    """Remembers on which thread it is destroyed."""

    def __init__(self, destroyed: list[int]) -> None:
        self.itself = self
        self.destroyed = destroyed

    def __del__(self) -> None:
        self.destroyed.append(threading.get_ident())


def _many_objects() -> int:
    """Enough for Python to collect several times, were it left to it."""
    return len([[number] for number in range(200_000)])


def test_a_worker_thread_collects_nothing_of_the_gui_thread(qtbot: QtBot) -> None:
    destroyed: list[int] = []
    background = Background("work")
    Circle(destroyed)
    done: list[object] = []
    background.start(lambda _tell, _should_stop: _many_objects(), done.append, done.append)
    qtbot.waitUntil(lambda: bool(done))
    assert done == [200_000]
    kept: list[list[int]] = []

    def is_destroyed() -> bool:
        kept.extend([number] for number in range(1000))  # until it is time to collect
        return bool(destroyed)

    qtbot.waitUntil(is_destroyed)
    assert destroyed == [threading.get_ident()]
    background.close()
