"""Whether the window says that what it shows is out of date. No test here waits for a clock, but for what it brings."""

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from advgui.errors import AdvguiError
from advgui.gui.main_window import MainWindow
from advgui.gui.panels import lateness
from advgui.gui.panels.lateness import Lateness
from tests.gui.checks import settled
from tests.gui.gated import PATIENCE, GatedPipeline


@pytest.fixture
def late(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Lateness:
    """Its time never comes by itself."""
    monkeypatch.setattr(lateness, "LATE_MILLISECONDS", 10**8)
    return Lateness()


def time_comes(late: Lateness) -> None:
    assert late._timer.isActive()
    late._timer.stop()
    late._timer.timeout.emit()


def test_150_milliseconds_are_late(qtbot: QtBot) -> None:
    assert Lateness()._timer.interval() == 150


def test_an_answer_in_time_changes_nothing(late: Lateness) -> None:
    said: list[bool] = []
    late.changed.connect(said.append)
    for number in range(1, 4):
        late.asked(number)
        late.answered(number)
        assert not late._timer.isActive()
    assert said == []


def test_a_late_answer_is_said_once_and_taken_back(late: Lateness) -> None:
    said: list[bool] = []
    late.changed.connect(said.append)
    late.asked(1)
    time_comes(late)
    late.asked(2)
    late.answered(1)  # still not what the controls say
    assert said == [True]
    late.answered(2)
    assert said == [True, False]
    assert not late._timer.isActive()


def test_while_answers_keep_coming_the_time_begins_anew(late: Lateness) -> None:
    late.asked(1)
    remaining = late._timer.remainingTime()
    late.asked(2)
    assert late._timer.remainingTime() <= remaining  # asking again does not put it off
    late._timer.stop()
    late.answered(1)
    assert late._timer.isActive()
    late.answered(2)
    assert not late._timer.isActive()


def picture(window: MainWindow) -> QImage:
    return window.stage.rows["fgsm"].panels["attacked"].grab().toImage()


def test_a_late_result_is_dimmed_until_the_next_is_there(
    qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline
) -> None:
    shown, milliseconds = picture(window), window.status.time.text()
    pipeline.gate.clear()
    with qtbot.waitSignal(window.lateness.changed):
        window.controls.sliders["fgsm"].slider.setValue(12)
    assert pipeline.entered.acquire(timeout=PATIENCE)
    assert picture(window) != shown
    assert window.status.time.text() == "computing …" != milliseconds
    assert not window.stage.bottom.cells["fgsm"].view.isEnabled()
    pipeline.gate.set()
    qtbot.waitUntil(lambda: settled(window) and not window.lateness.is_late)
    assert window.status.time.text().endswith(" ms")
    assert window.stage.bottom.cells["fgsm"].view.isEnabled()
    window.controls.sliders["fgsm"].slider.setValue(8)
    qtbot.waitUntil(lambda: settled(window) and not window.lateness.is_late)
    assert picture(window) == shown


def test_dimming_moves_nothing(qtbot: QtBot, window: MainWindow) -> None:
    parts = [
        *window.stage.rows.values(),
        *[cell.view for cell in window.stage.bottom.cells.values()],
        window.status.measured,
    ]
    before = [part.geometry() for part in parts]
    window.presenter.show_late(True)
    qtbot.waitUntil(lambda: window.status.time.isVisible())
    window.grab()
    assert [part.geometry() for part in parts] == before


def test_a_failure_is_not_late(qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline) -> None:
    pipeline.errors.append(AdvguiError("no autoencoder"))
    with qtbot.waitSignal(window.runner.failed):
        window.controls.sliders["fgsm"].slider.setValue(12)
    assert not window.lateness.is_late
    assert not window.lateness._timer.isActive()
