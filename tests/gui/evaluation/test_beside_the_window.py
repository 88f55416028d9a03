"""The evaluation's window and the main one: who covers whom, and what is said while one is hidden."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from advgui.gui.evaluation.dialog import EvaluationDialog
from advgui.gui.main_window import MainWindow
from advgui.gui.settings import EVALUATION_GEOMETRY
from tests.gui.evaluations import held


def opened(window: MainWindow) -> EvaluationDialog:
    window.open_evaluation()
    assert window._evaluation is not None
    return window._evaluation


def test_it_is_a_window_of_its_own_that_leaves_the_panels_in_sight(qtbot: QtBot, window: MainWindow) -> None:
    dialog = opened(window)
    assert dialog.windowHandle().transientParent() is None
    assert dialog.windowFlags() & Qt.WindowType.WindowType_Mask == Qt.WindowType.Window
    assert not dialog.windowFlags() & Qt.WindowType.WindowStaysOnTopHint
    screen = QGuiApplication.primaryScreen().availableGeometry()
    assert screen.contains(dialog.geometry())
    panels = window.stage.panels_on_screen
    hidden = panels & dialog.geometry()
    middle = screen.adjusted(0, 0, 0, 0)
    middle.setSize(dialog.size())
    middle.moveCenter(screen.center())
    in_the_middle = panels & middle
    assert hidden.width() * hidden.height() < in_the_middle.width() * in_the_middle.height()


def test_its_place_is_remembered(qtbot: QtBot, window: MainWindow) -> None:
    place = opened(window).geometry().translated(-10, -20)
    window._evaluation.setGeometry(place)
    window._evaluation.close()
    assert window.settings.place(EVALUATION_GEOMETRY) == place
    window._evaluation = None
    assert opened(window).geometry() == place


def test_while_it_is_hidden_the_status_bar_says_how_far_it_is_and_brings_it_back(
    qtbot: QtBot, window: MainWindow
) -> None:
    dialog, said = opened(window), window.status.evaluation
    with held(qtbot, window.runner, dialog.start.click):
        assert said.isHidden()
        dialog.pause.click()
        dialog.close()
    assert said.isVisible()
    assert said.text().startswith("Evaluation: ")
    assert said.text().endswith("left")
    assert "%" in said.text()
    qtbot.mouseClick(said, Qt.MouseButton.LeftButton)
    assert dialog.isVisible()
    assert said.isHidden()
    dialog.close()
    with qtbot.waitSignal(window.runner.job_done):
        dialog.pause.click()
    assert said.text() == "Evaluation: done"
    qtbot.mouseClick(said, Qt.MouseButton.LeftButton)
    assert dialog.isVisible()
    assert said.isHidden()
    dialog.close()
    assert said.isHidden()  # it was seen
