"""A lesson in the window: by keyboard, covered until everybody has committed, and everything as before afterwards."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from advgui.gui import settings
from advgui.gui.lessons.new_step import NewStepDialog
from advgui.gui.main_window import MainWindow
from advgui.gui.remembered import as_mapping
from advgui.gui.session import DemoState
from advgui.gui.settings import Settings
from advgui.gui.widgets.messages import Message
from advgui.lessons import Lesson, Question, Step, load, save, shipped
from tests.gui.checks import settled

ATTACKED = Question("Still right?", ("Yes", "No"), 1, "attacked")
DRAWS = Question("How many?", ("few", "many"), 1, "randomization", (3,))


def lesson() -> Lesson:
    state = DemoState()
    return Lesson(
        "A lesson",
        "For tests.",
        (
            Step("First", "Nothing yet.", 0, as_mapping(state.with_strength("fgsm", 0.0))),
            Step("Second", "Guess.", 1, as_mapping(state), "locked", ("attacked", "both"), ATTACKED),
            Step("Third", "Count.", 2, as_mapping(replace(state, draws=5)), "hidden", ("randomization",), DRAWS),
        ),
    )


def key(window: MainWindow, name: Qt.Key, modifier: Qt.KeyboardModifier) -> None:
    QTest.keyClick(window, name, modifier)


def onward(window: MainWindow) -> None:
    window.lessons.bar.onward.click()


def test_covers_come_off_when_everybody_has_committed(qtbot: QtBot, window: MainWindow) -> None:
    window.lessons.begin(lesson())
    onward(window)
    qtbot.waitUntil(lambda: settled(window))
    bar, row = window.lessons.bar, window.stage.rows["fgsm"]
    for column, panel in row.panels.items():
        is_covered = column in ("attacked", "both")
        assert (panel.prediction is None) is is_covered
        assert ("guess" in panel.accessibleDescription()) is is_covered
    assert window.stage.bottom.cells["fgsm"].curve.chart.curve is None
    assert not bar.reveal.isEnabled()
    bar.hands[0].setValue(12)
    bar.hands[1].setValue(5)
    bar.reveal.click()
    (outcome,) = window.stage.outcomes()
    measured = 0 if outcome.correct("attacked")[0] else 1
    assert f"Measured: {('Yes', 'No')[measured]}." in bar.result.text()
    assert f"{(12, 5)[measured]} of 17 hands were right" in bar.result.text()
    assert all(panel.prediction is not None for panel in row.panels.values())
    qtbot.waitUntil(lambda: window.stage.bottom.cells["fgsm"].curve.chart.curve is not None)


def test_the_number_of_right_draws_decides_where_there_is_a_vote(qtbot: QtBot, window: MainWindow) -> None:
    window.lessons.begin(lesson())
    window.lessons.go_to(2)
    bar = window.lessons.bar
    bar.choices[0].click()
    bar.reveal.click()  # perhaps before the draws are there
    qtbot.waitUntil(lambda: bool(bar.result.text()))
    (outcome,) = window.stage.outcomes()
    right = DRAWS.right_draws(outcome)
    assert f"right in {right} of 5 draws" in bar.result.text()
    assert f"Measured: {'many' if right >= 3 else 'few'}." in bar.result.text()


def test_controls_are_locked_or_hidden_and_come_back(qtbot: QtBot, window: MainWindow) -> None:
    before = window.session.state
    image = window.session.selection
    window.lessons.begin(lesson())
    assert window.controls.isEnabled()
    onward(window)
    assert not window.controls.isEnabled()
    assert not window.gallery.isEnabled()
    assert all(link.box.isChecked() for link in window.controls.links.values())  # locked, but as they are
    assert "uses nothing" not in window.controls.attacker.everything.toolTip()
    onward(window)
    assert not window.controls.isVisible()
    assert not window.lessons.bar.onward.isEnabled()
    window.lessons.bar.back.click()
    assert window.controls.isVisible()
    window.lessons.bar.jump.activated.emit(0)
    assert window.lessons.place == 0
    assert window.session.state.strength_of("fgsm") == 0
    window.lessons.bar.leave.click()
    assert window.session.state == before
    assert window.session.selection is not None
    assert image is not None
    assert window.session.selection.index == image.index
    assert window.controls.isEnabled()
    assert window.lessons.bar.isHidden()
    qtbot.waitUntil(lambda: settled(window))
    assert all(panel.prediction is not None for panel in window.stage.rows["fgsm"].panels.values())


@pytest.mark.parametrize("presenting", [False, True])
def test_a_whole_lesson_by_keyboard(qtbot: QtBot, window: MainWindow, presenting: bool) -> None:
    if presenting:
        window.actions_by_name["presentation"].trigger()
    window.activateWindow()
    window.lessons.begin(lesson())
    control = Qt.KeyboardModifier.ControlModifier
    bar = window.lessons.bar
    assert bar.isVisible()
    assert bar.onward.hasFocus()
    QTest.keyClick(bar.onward, Qt.Key.Key_Space)
    assert window.lessons.place == 1
    qtbot.waitUntil(lambda: settled(window))
    assert bar.choices[0].hasFocus()
    QTest.keyClick(bar.choices[0], Qt.Key.Key_Space)
    key(window, Qt.Key.Key_Return, control)
    assert "Measured" in bar.result.text()
    key(window, Qt.Key.Key_PageDown, control)
    assert window.lessons.place == 2
    key(window, Qt.Key.Key_PageUp, control)
    assert window.lessons.place == 1
    key(window, Qt.Key.Key_Escape, control)
    assert window.lessons.lesson is None
    assert window.presentation.is_on is presenting
    assert window.controls.isVisible() is not presenting


def test_a_file_that_is_no_lesson_is_told_and_changes_nothing(
    qtbot: QtBot, window: MainWindow, posted: list[Message], tmp_path: Path
) -> None:
    before = window.session.state
    for name, content in (("a.json", "nonsense"), ("b.json", None)):
        path = tmp_path / name
        if content is None:
            save(path, replace(lesson(), steps=(replace(lesson().steps[0], controls={"attacks": 3}),)))
        else:
            path.write_text(content)
        window.lessons.open(path)
        assert name in posted[-1].text
        assert window.lessons.lesson is None
    assert window.session.state == before


def test_an_image_that_is_not_there_is_told(window: MainWindow, posted: list[Message]) -> None:
    one = lesson()
    window.lessons.begin(replace(one, steps=(replace(one.steps[0], image=9_000),)))
    assert "9000" in posted[-1].text
    assert window.lessons.bar.isVisible()


def test_the_menu_has_what_is_shipped_and_a_folder_of_ones_own(
    window: MainWindow, store: Settings, tmp_path: Path
) -> None:
    save(tmp_path / "mine.json", lesson())
    (tmp_path / "broken.json").write_text("{")
    store.set(settings.LESSONS_FOLDER, str(tmp_path))
    menu = window.lesson_menu
    menu.fill()
    texts = [action.text() for action in menu.menu.actions()]
    assert texts[: len(shipped())] == [load(path).title for path in shipped()]
    found = {action.text(): action for action in menu.menu.actions()}
    assert not found["broken"].isEnabled()
    found["A lesson"].trigger()
    assert window.lessons.lesson == lesson()
    menu.fill()
    menu.leave.trigger()
    assert window.lessons.lesson is None


def test_a_lesson_is_made_by_doing_it(
    qtbot: QtBot, window: MainWindow, store: Settings, posted: list[Message], tmp_path: Path
) -> None:
    path = tmp_path / "mine.json"
    for number, strength in enumerate((3 / 255, 5 / 255)):
        window.gallery.choose(number + 4)
        window.session.apply(window.session.state.with_strength("fgsm", strength), "x")
        assert window.session.selection is not None
        dialog = NewStepDialog(window.session.state, window.session.selection, not path.exists(), window)
        qtbot.addWidget(dialog)
        assert not dialog._save.isEnabled()
        dialog.lesson_title.setText("Mine")
        dialog.title.setText(f"Step {number}")
        dialog.text.setPlainText("Look.")
        dialog.ask.setText("Still right?" if number else "")
        assert dialog._save.isEnabled()
        window.lesson_menu.add_step(path, dialog)
    made = load(path)
    assert (made.title, [step.title for step in made.steps]) == ("Mine", ["Step 0", "Step 1"])
    assert made.steps[0].question is None
    assert made.steps[1].covers == ("attacked",)
    assert "Step 2 of 'Mine'" in posted[-1].text
    assert store.get(settings.LESSONS_FOLDER) == str(tmp_path)
    window.lessons.open(path)
    assert window.session.state.strength_of("fgsm") == pytest.approx(3 / 255)
    onward(window)
    assert window.session.state.strength_of("fgsm") == pytest.approx(5 / 255)
    assert window.session.selection is not None
    assert window.session.selection.index == made.steps[1].image
    (tmp_path / "broken.json").write_text("{")
    dialog = NewStepDialog(window.session.state, window.session.selection, False, window)
    qtbot.addWidget(dialog)
    dialog.title.setText("x")
    dialog.text.setPlainText("x.")
    window.lesson_menu.add_step(tmp_path / "broken.json", dialog)
    assert "broken.json" in posted[-1].text
    assert (tmp_path / "broken.json").read_text() == "{"
