from collections.abc import Iterator
from threading import Event

import pytest
from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot

from advgui.errors import AdvguiError, Cancelled
from advgui.gui.threads.background import Background
from tests.gui.gated import PATIENCE


@pytest.fixture
def background(qapp: object) -> Iterator[Background]:
    made = Background("test")
    yield made
    made.close()


def never(_: object) -> None:
    pytest.fail("this should not have been called")


def test_work_is_done_on_the_named_thread_and_answered_on_this_one(qtbot: QtBot, background: Background) -> None:
    answers: list[tuple[object, QThread]] = []
    background.start(
        lambda _tell, _stop: QThread.currentThread().objectName(),
        lambda result: answers.append((result, QThread.currentThread())),
        never,
    )
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == [("test", QThread.currentThread())]


def test_an_error_is_told(qtbot: QtBot, background: Background) -> None:
    def work(_tell: object, _stop: object) -> object:
        raise AdvguiError("broken")

    errors: list[Exception] = []
    background.start(work, never, errors.append)
    qtbot.waitUntil(lambda: bool(errors))
    assert str(errors[0]) == "broken"


def test_progress_is_told_in_order(qtbot: QtBot, background: Background) -> None:
    def work(tell: object, _stop: object) -> object:
        for share in range(5):
            tell(share)  # type: ignore[operator]
        return "end"

    seen: list[object] = []
    background.start(work, seen.append, never, seen.append)
    qtbot.waitUntil(lambda: "end" in seen)
    assert seen == [0, 1, 2, 3, 4, "end"]


def test_tasks_are_done_one_after_the_other(qtbot: QtBot, background: Background) -> None:
    done: list[object] = []
    for number in range(20):
        background.start(lambda _tell, _stop, number=number: number, done.append, never)
    qtbot.waitUntil(lambda: len(done) == 20)
    assert done == list(range(20))
    assert not background.busy


def test_a_cancelled_task_is_asked_to_stop_and_says_nothing(qtbot: QtBot, background: Background) -> None:
    begun, ended = Event(), Event()

    def work(_tell: object, stop: object) -> object:
        begun.set()
        while not stop():  # type: ignore[operator]
            pass
        ended.set()
        raise Cancelled("stopped")

    number = background.start(work, never, never)
    assert begun.wait(PATIENCE)
    background.cancel(number)
    assert ended.wait(PATIENCE)
    done: list[object] = []
    background.start(lambda _tell, _stop: "next", done.append, never)
    qtbot.waitUntil(lambda: done == ["next"])


def test_closing_stops_what_runs_and_drops_what_waits(background: Background) -> None:
    begun = Event()

    def work(_tell: object, stop: object) -> object:
        begun.set()
        while not stop():  # type: ignore[operator]
            pass
        return None

    background.start(work, never, never)
    background.start(never, never, never)  # type: ignore[arg-type]
    assert begun.wait(PATIENCE)
    background.close()
    assert background._thread.isFinished()
    assert background.start(never, never, never) == 0  # type: ignore[arg-type]


def test_closing_without_work_is_at_once(background: Background) -> None:
    background.close()
    assert not background._thread.isRunning()
