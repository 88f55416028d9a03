"""The strength that grows by itself, the twin, and the handle that is the strength."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from advgui.gui import play
from advgui.gui.main_window import MainWindow
from advgui.gui.session import TWIN, DemoState
from tests.gui.checks import check_panels, choose_attacks, settled
from tests.gui.gated import GatedPipeline

FGSM = "fgsm"


def strength(window: MainWindow) -> float:
    return window.session.state.strength_of(FGSM)


def chart(window: MainWindow, attack: str = FGSM):
    return window.stage.bottom.cells[attack].curve.chart


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play, "_SECONDS", 0.3)


@pytest.mark.usefixtures("quick")
def test_play_goes_from_nothing_to_the_usual_strength_in_one_step_to_undo(qtbot: QtBot, window: MainWindow) -> None:
    window.session.apply(window.session.state.with_strength(FGSM, 0.02), "x")
    seen: list[float] = []
    window.session.changed.connect(lambda state: seen.append(state.strength_of(FGSM)))
    QTest.keyClick(window.gallery.view, Qt.Key.Key_Space)
    assert window.play.is_playing
    assert "Stop" in window.stage.bottom.play.text()
    qtbot.waitUntil(lambda: not window.play.is_playing)
    assert seen[0] == 0
    assert seen == sorted(seen)
    assert strength(window) == pytest.approx(8 / 255)
    assert "Play" in window.stage.bottom.play.text()
    qtbot.waitUntil(lambda: settled(window))
    window.session.undo_stack.undo()
    assert strength(window) == 0.02


def test_whoever_takes_hold_of_something_stops_it(qtbot: QtBot, window: MainWindow) -> None:
    for change in (
        lambda: chart(window).moved.emit(3 / 255, None),
        lambda: window.gallery.next(),
        lambda: window.stage.bottom.play.click(),
        lambda: window.session.change("seed", seed=window.session.state.seed + 1),
    ):
        window.play.action.trigger()
        assert window.play.is_playing
        change()
        assert not window.play.is_playing


def test_space_holds_an_attack_in_many_steps_and_p_plays_it(qtbot: QtBot, window: MainWindow) -> None:
    choose_attacks(window.controls, ("pgd",))
    qtbot.waitUntil(lambda: settled(window))
    QTest.keyClick(window.gallery.view, Qt.Key.Key_Space)
    assert not window.play.is_playing
    window.runner.set_held(False)
    window.gallery.view.setFocus()
    QTest.keyClick(window, Qt.Key.Key_P)
    assert window.play.is_playing
    window.play.stop()


def test_the_handle_is_the_strength_and_the_slider_follows(
    qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline
) -> None:
    at = chart(window)._at(chart(window)._box(), 3 / 255, 0.5).toPoint()
    QTest.mouseClick(chart(window), Qt.MouseButton.LeftButton, pos=at)
    assert strength(window) == pytest.approx(3 / 255)
    assert window.controls.sliders[FGSM].value == pytest.approx(3 / 255)
    qtbot.waitUntil(lambda: settled(window))
    check_panels(window, pipeline)
    window.controls.sliders[FGSM].slider.setValue(7)
    assert chart(window).value() == 7
    window.session.undo_stack.undo()
    assert chart(window).value() == 3


def test_the_curve_is_that_of_the_panels(qtbot: QtBot, window: MainWindow) -> None:
    def complete() -> bool:
        curve = chart(window).curve
        return curve is not None and curve.is_complete

    qtbot.waitUntil(complete)
    curve, (outcome,) = chart(window).curve, window.stage.outcomes()
    assert curve is not None
    place = int(np.abs(np.array(curve.sweep.strengths) - outcome.scenario.strength).argmin())
    assert curve.sweep.strengths[place] == pytest.approx(outcome.scenario.strength)
    for key, values in curve.sweep.probabilities.items():
        np.testing.assert_allclose(values[place], outcome.probabilities[key][0], rtol=0, atol=1e-5)
    before = curve
    chart(window).moved.emit(2 / 255, None)
    qtbot.waitUntil(lambda: settled(window))
    assert chart(window).curve is before  # it belongs to image and settings, not to the strength
    window.session.change("seed", seed=9)
    qtbot.waitUntil(lambda: complete() and chart(window).curve is not before)
    window.gallery.next()
    qtbot.waitUntil(lambda: settled(window))
    qtbot.waitUntil(complete)
    assert chart(window).curve.sweep.label == window.session.selection.label


def test_larger_strengths_on_request_and_when_one_is_typed(qtbot: QtBot, window: MainWindow) -> None:
    assert chart(window).end == pytest.approx(16 / 255)
    more = window.stage.bottom.cells[FGSM].curve.more
    more.click()
    assert chart(window).end == 0.3
    assert window.controls.sliders[FGSM].slider.maximum() == 77
    more.click()
    assert chart(window).end == pytest.approx(16 / 255)
    window.session.apply(window.session.state.with_strength(FGSM, 0.2), "x")
    assert chart(window).end == 0.3
    assert more.isChecked()
    more.click()
    assert strength(window) == pytest.approx(16 / 255)
    assert not more.isChecked()


def test_the_twin_has_the_size_of_the_attack_and_no_strength_of_its_own(
    qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline
) -> None:
    window.controls.attacks.twin.click()
    qtbot.waitUntil(lambda: settled(window))
    assert [row.attack for row in window.stage.shown_rows] == [FGSM, TWIN]
    check_panels(window, pipeline)
    chart(window, TWIN).moved.emit(5 / 255, None)
    qtbot.waitUntil(lambda: settled(window))
    first, second = window.stage.outcomes()
    assert first.scenario.strength == second.scenario.strength == pytest.approx(5 / 255)
    assert first.linf[0] == pytest.approx(second.linf[0], abs=1e-6)
    assert chart(window, TWIN).value() == chart(window).value() == 5
    assert chart(window, TWIN).end == chart(window).end
    choose_attacks(window.controls, ("gaussian",))  # it has no such size
    qtbot.waitUntil(lambda: settled(window))
    assert window.controls.attacks.twin.isHidden()
    assert [row.attack for row in window.stage.shown_rows] == ["gaussian"]


def test_only_attacks_that_use_something_and_keep_to_a_size_have_a_twin() -> None:
    state = replace(DemoState(), twin=True)
    shown = {name: replace(state, attacks=(name,)).shown_attacks for name in ("fgsm", "pgd", "gaussian", TWIN)}
    assert shown == {"fgsm": ("fgsm", TWIN), "pgd": ("pgd", TWIN), "gaussian": ("gaussian",), TWIN: (TWIN,)}
    assert replace(state, attacks=("gaussian", "fgsm")).shown_attacks == ("gaussian", "fgsm", TWIN)
