"""Holding an attack and taking single steps, with the keys and widgets of the real window."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from advgui import plugins
from advgui.gui.about import shortcuts
from advgui.gui.main_window import MainWindow
from advgui.gui.widgets.messages import Message
from advgui.outcomes import Outcome
from advgui.pipeline import Stage
from tests.gui.checks import check_panels, settled
from tests.gui.gated import GatedPipeline
from tests.plugin_files import write

STEPS = 5
PLUGIN = """
from advgui.attacks import IteratedAttack
from advgui.parameters import Real


class Growing(IteratedAttack):
    name = "growing"
    label = "Growing"
    norm = "linf"
    is_random = False
    parameters = (Real("size", "size", 0, 0.5, 0.1, 0.01, "Largest change."),)

    def steps(self, settings):
        return 4

    def iterates(self, target, examples, settings):
        images = examples.images
        for step in range(4):
            images = images + settings["size"] / 4
            assert step < 2 or settings["size"] != 0.17, "one step too many"
            yield images.astype("float32")
"""


def outcome(window: MainWindow) -> Outcome:
    (shown,) = window.stage.outcomes()
    return shown


def wait_for(qtbot: QtBot, window: MainWindow, position: tuple[int, int]) -> None:
    qtbot.waitUntil(lambda: [each.position for each in window.stage.outcomes()] == [position])


def rests_at(qtbot: QtBot, window: MainWindow, step: int) -> None:
    """Wait for a step, and see that everything on screen says so."""
    wait_for(qtbot, window, (step, STEPS))
    assert window.status.steps.text() == f"held at step {step} of {STEPS}, {step} gradient{'s' * (step > 1)}"
    assert window.stage.bottom.cells["pgd"].view.position.text() == f"step {step} of {STEPS}"
    assert window.playback.hold.text() == "Let the attack &go on"


def finishes(qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline) -> None:
    qtbot.waitUntil(lambda: settled(window))
    check_panels(window, pipeline)
    assert outcome(window).position is None
    assert window.status.steps.text() == f"done, {STEPS} gradients, 1 query"
    assert window.stage.bottom.cells["pgd"].view.position.text() == ""
    assert window.playback.hold.text() == "R&un the attack again"


def press(window: MainWindow, key: Qt.Key, on: QWidget | None = None) -> None:
    QTest.keyClick(on or window.gallery.view, key)


@pytest.fixture
def attacked(qtbot: QtBot, window: MainWindow) -> MainWindow:
    """A window that shows a finished attack in five steps."""
    state = window.session.state.with_setting("pgd", "steps", STEPS)
    window.session.apply(state, "steps")
    window.session.change("attack", attacks=("pgd",))
    qtbot.waitUntil(lambda: settled(window))
    return window


def test_the_full_stop_goes_through_a_finished_attack_again_and_space_ends_it(
    qtbot: QtBot, attacked: MainWindow, pipeline: GatedPipeline
) -> None:
    finishes(qtbot, attacked, pipeline)
    for step in range(1, STEPS + 1):
        press(attacked, Qt.Key.Key_Period)
        rests_at(qtbot, attacked, step)
    press(attacked, Qt.Key.Key_Space)
    finishes(qtbot, attacked, pipeline)
    press(attacked, Qt.Key.Key_Space)
    finishes(qtbot, attacked, pipeline)
    assert not attacked.runner.is_held


def test_space_holds_a_running_attack_and_lets_it_go_on(
    qtbot: QtBot, attacked: MainWindow, pipeline: GatedPipeline
) -> None:
    at = 2
    runner = attacked.runner

    def hold(stage: Stage) -> None:
        """Do what Space does; curves are still drawn of the image before, of which no answer is awaited."""
        if stage.step == at and runner._worker._answer is not None:
            runner._held.set()

    pipeline.on_step = hold
    attacked.gallery.next()
    attacked.playback.changed.emit(True)
    rests_at(qtbot, attacked, at)
    pipeline.on_step = lambda _: None
    press(attacked, Qt.Key.Key_Space)
    assert not attacked.runner.is_held
    finishes(qtbot, attacked, pipeline)


def test_what_is_held_stays_so_for_another_image_and_another_setting(
    qtbot: QtBot, attacked: MainWindow, pipeline: GatedPipeline
) -> None:
    press(attacked, Qt.Key.Key_Period)
    rests_at(qtbot, attacked, 1)
    press(attacked, Qt.Key.Key_Period)
    rests_at(qtbot, attacked, 2)
    attacked.gallery.next()
    rests_at(qtbot, attacked, 1)
    assert attacked.stage.title.text().startswith(attacked.session.selection.name)
    attacked.controls.sliders["pgd"].slider.setValue(3)
    qtbot.waitUntil(lambda: outcome(attacked).scenario == attacked.session.state.scenarios()[0])
    rests_at(qtbot, attacked, 1)
    assert not attacked.lateness.is_late
    # Another attack, in one step, is not held.
    attacked.session.change("attack", attacks=("fgsm",))
    qtbot.waitUntil(lambda: settled(attacked))
    assert not attacked.status.steps.isVisible()
    attacked.session.undo_stack.undo()
    rests_at(qtbot, attacked, 1)


def test_the_keys_belong_to_what_has_the_focus_first(qtbot: QtBot, attacked: MainWindow) -> None:
    box = next(iter(attacked.controls.links.values())).box
    before = box.isChecked()
    box.setFocus()
    press(attacked, Qt.Key.Key_Space, box)
    assert box.isChecked() != before
    qtbot.waitUntil(lambda: settled(attacked))
    field = attacked.gallery.index
    field.setFocus()
    press(attacked, Qt.Key.Key_Period, field)
    press(attacked, Qt.Key.Key_Space, field)
    assert not attacked.runner.is_held
    assert settled(attacked)


@pytest.mark.parametrize("where", ["gallery", "panel", "slider", "check box"])
def test_where_the_keys_are_of_no_other_use_they_reach_the_attack(
    qtbot: QtBot, attacked: MainWindow, where: str
) -> None:
    widget = {
        "gallery": attacked.gallery.view,
        "panel": attacked.stage.rows["pgd"].panels["attacked"],
        "slider": attacked.controls.sliders["pgd"].slider,
        "check box": next(iter(attacked.controls.links.values())).box,
    }[where]
    widget.setFocus()
    assert QApplication.focusWidget() is widget
    press(attacked, Qt.Key.Key_Period, widget)
    rests_at(qtbot, attacked, 1)
    if where != "check box":
        press(attacked, Qt.Key.Key_Space, widget)
        qtbot.waitUntil(lambda: settled(attacked))


def test_without_an_attack_in_many_steps_there_is_nothing_to_hold(qtbot: QtBot, window: MainWindow) -> None:
    for action in (window.playback.hold, window.playback.step):
        assert not action.isEnabled()
    press(window, Qt.Key.Key_Space)
    press(window, Qt.Key.Key_Period)
    assert not window.runner.is_held
    assert not window.status.steps.isVisible()


def test_the_keys_are_listed(window: MainWindow) -> None:
    listed = dict(shortcuts(window))
    assert listed["Hold, go on, or run again"] == "Space"
    assert listed["One step of the attack"] == "."


def test_a_file_of_the_panels_says_at_which_step_they_are(qtbot: QtBot, attacked: MainWindow) -> None:
    press(attacked, Qt.Key.Key_Period)
    rests_at(qtbot, attacked, 1)
    draw = attacked.stage.figure()
    assert draw is not None
    assert f"step 1 of {STEPS}" in draw().title


# The user's own attacks


@pytest.fixture
def closed() -> Iterator[None]:
    yield
    for plugin in plugins.loaded():
        plugins.close(plugin)


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("size", [0.1, 0.17])
def test_an_attack_of_a_plug_in_is_seen_step_by_step_or_its_error_is_told(
    qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline, tmp_path: Path, posted: list[Message], size: float
) -> None:
    path = write(tmp_path, PLUGIN, "growing.py")
    with qtbot.waitSignal(window.plugins.changed):
        window.plugins.opener.open(path)
    window.runner.set_held(True)
    window.session.apply(window.session.state.with_strength("growing", size), "size")
    window.session.change("attack", attacks=("growing",))
    for step in range(1, 3):
        wait_for(qtbot, window, (step, 4))
        window.playback.step.trigger()
    if size == 0.17:
        qtbot.waitUntil(lambda: window.stage.outcomes() == ())
        line = 1 + PLUGIN.splitlines().index(next(each for each in PLUGIN.splitlines() if "assert" in each))
        assert f"growing.py, line {line}: AssertionError: one step too many" in posted[-1].text
        assert not window.playback.step.isEnabled()
        window.session.change("attack", attacks=("pgd",))
        qtbot.waitUntil(lambda: bool(window.stage.outcomes()))
    window.playback.hold.trigger()
    qtbot.waitUntil(lambda: settled(window))
    check_panels(window, pipeline)
