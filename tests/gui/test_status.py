from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QSizePolicy
from pytestqt.qtbot import QtBot

from advgui.attacks import ATTACKS
from advgui.gui.status import StatusBar
from advgui.gui.threads.live_runner import Ready, Result
from advgui.gui.widgets.elided import ElidedLabel
from advgui.outcomes import Outcome
from advgui.scenarios import scenario
from advgui.types import ProtocolName
from tests.gui.conftest import selection
from tests.gui.gated import CLASS_NAMES, GatedPipeline


def outcome(attack: str, linf: float, clipped: float) -> Outcome:
    chosen = selection()
    made = GatedPipeline().prepare(chosen.pixels[np.newaxis], np.array([3]), np.array([0])).run(scenario(attack))
    return replace(made, linf=np.float32([linf]), clipped=np.float32([clipped]))


@pytest.fixture
def status(qtbot: QtBot) -> StatusBar:
    made = StatusBar()
    qtbot.addWidget(made)
    made.resize(1280, 24)
    made.show()
    return made


def test_loading_is_said_and_moves(status: StatusBar) -> None:
    status.show_loading("Loading TensorFlow")
    assert status.state.text() == "Loading TensorFlow …"
    assert status.progress.isVisible()
    assert status.progress.maximum() == 0


def test_ready_says_the_device(status: StatusBar) -> None:
    status.show_loading("Loading TensorFlow")
    status.show_ready(Ready("GPU: a fast one", CLASS_NAMES, (ProtocolName.CORRECTED,)))
    assert status.device.text() == "GPU: a fast one"
    assert not status.progress.isVisible()
    assert not status.state.isVisible()


def test_a_result_says_time_and_measure(status: StatusBar) -> None:
    status.show_result(Result(1, selection(), (outcome("fgsm", 8 / 255, 0.012),), 18.34))
    assert status.time.text() == "18.3 ms"
    assert status.measured.text() == "L∞ 8/255 = 0.0314, 1.2 % clipped"


def test_two_attacks_are_told_apart(status: StatusBar) -> None:
    both = (outcome("gaussian", 0.35, 0.1), outcome("fgsm", 4 / 255, 0.0))
    status.show_result(Result(1, selection(), both, 1.0))
    assert "Gaussian noise: L∞ 89.25/255 = 0.3500" in status.measured.text()
    assert "FGSM: L∞ 4/255 = 0.0157" in status.measured.text()


def test_shorter_figures_move_nothing(status: StatusBar) -> None:
    status.show_result(Result(1, selection(), (outcome("gaussian", 0.3483, 0.123),), 1234.5))
    before = status.measured.geometry()
    status.show_result(Result(2, selection(), (outcome("gaussian", 0.0, 0.0),), 1.0))
    assert status.measured.geometry() == before


def test_fewer_attacks_give_their_room_back(qtbot: QtBot, status: StatusBar) -> None:
    one = Result(1, selection(), (outcome("fgsm", 8 / 255, 0.012),), 18.0)
    two = Result(2, selection(), (outcome("gaussian", 0.35, 0.1), outcome("fgsm", 4 / 255, 0.0)), 18.0)
    status.show_result(one)
    QApplication.sendPostedEvents()
    before = status.measured.geometry()
    status.show_result(two)
    QApplication.sendPostedEvents()
    assert status.measured.width() > before.width()
    status.show_result(one)
    QApplication.sendPostedEvents()
    assert status.measured.geometry() == before


@pytest.mark.parametrize("attack", list(ATTACKS))
@pytest.mark.parametrize("protocol", list(ProtocolName))
def test_255ths_are_said_of_pixels_in_0_to_1_alone(status: StatusBar, attack: str, protocol: ProtocolName) -> None:
    shown = outcome(attack, 1.7828, 0.5)
    shown = replace(shown, scenario=replace(shown.scenario, protocol=protocol))
    status.show_result(Result(1, selection(), (shown,), 1.0))
    standardized = protocol is ProtocolName.AS_PUBLISHED and attack == "gaussian"
    assert ("255" in status.measured.text()) == (not standardized)
    assert "1.7828" in status.measured.text()


def test_what_does_not_fit_is_in_the_tooltip(qtbot: QtBot) -> None:
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.setText("a long text " * 30)
    label.resize(100, 20)
    assert label.toolTip() == label.text()
    assert label.sizePolicy().horizontalPolicy() is QSizePolicy.Policy.Ignored
    label.grab()
