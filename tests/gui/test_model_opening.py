"""Model files that the user opens are tried apart from the window, which goes on."""

from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from advgui.gui.main_window import MainWindow
from advgui.gui.widgets.messages import Message
from tests import hostile


def test_a_hostile_network_is_refused_and_the_window_goes_on(
    qtbot: QtBot, window: MainWindow, posted: list[Message], tmp_path: Path
) -> None:
    path = hostile.softmax_over_the_batch(tmp_path / "flowers.keras")
    texts: list[str] = []
    window.models.trying.connect(texts.append)
    with qtbot.waitSignal(window.models.refused):
        window.models.open(path)
        qtbot.waitUntil(window.status.cancel.isVisible)
        assert "flowers.keras in a process of its own" in window.status.trial.text()
        # Meanwhile the networks in use compute.
        with qtbot.waitSignal(window.runner.result):
            window.controls.sliders["fgsm"].slider.setValue(14)
    assert texts == ["Trying flowers.keras in a process of its own"]
    assert "depends on the other images of the batch" in posted[-1].text
    assert not window.status.cancel.isVisible()
    assert not window.status.trial.isVisible()


def test_a_trial_is_cancelled_by_its_button(
    qtbot: QtBot, window: MainWindow, posted: list[Message], tmp_path: Path
) -> None:
    window.models.open(hostile.hang(tmp_path / "hang.keras"))
    qtbot.waitUntil(window.status.cancel.isVisible)
    qtbot.mouseClick(window.status.cancel, Qt.MouseButton.LeftButton)
    assert not window.status.cancel.isVisible()
    # Its process is gone as soon as the thread takes something else.
    done: list[object] = []
    window.quarantine.start(lambda _tell, _stop: "free", done.append, done.append)
    qtbot.waitUntil(lambda: done == ["free"])
    assert posted == []
    assert window.windowTitle() == "AdvGUI"


def test_the_window_closes_while_a_file_is_tried(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    window.models.open(hostile.hang(tmp_path / "hang.keras"))
    qtbot.waitUntil(window.status.cancel.isVisible)
    window.close()
    assert not window.left_running
    assert not window.quarantine.busy
