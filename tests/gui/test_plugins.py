"""Plug-ins in the real window: asked for, live, opened anew when saved, closed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from advgui import plugins
from advgui.attacks import ATTACKS
from advgui.gui.main_window import MainWindow
from advgui.gui.plugin_opener import PluginOpener
from advgui.gui.widgets.messages import Level, Message
from tests.gui.checks import check_panels, settled
from tests.gui.events import drop
from tests.gui.gated import GatedPipeline
from tests.plugin_files import ATTACK, DEFENSE, write


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """What a test opens is closed behind it."""
    yield
    for plugin in plugins.loaded():
        plugins.close(plugin)


@pytest.fixture
def opener(window: MainWindow) -> PluginOpener:
    return window.plugins.opener


@pytest.fixture
def attack_file(tmp_path: Path) -> Path:
    return write(tmp_path / "attacks", ATTACK, "blocks.py")


def answer(window: MainWindow, role: QMessageBox.ButtonRole, qtbot: QtBot) -> None:
    """Press a button of the question."""
    question = window.plugins.question
    assert question is not None
    assert "runs with your rights" in question.informativeText()
    (button,) = [each for each in question.buttons() if question.buttonRole(each) is role]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def opened(window: MainWindow, path: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.plugins.changed):
        window.plugins.opener.open(path)


def shown(window: MainWindow, attack: str, qtbot: QtBot, pipeline: GatedPipeline) -> None:
    window.session.change("attack", attacks=(attack,))
    qtbot.waitUntil(lambda: settled(window))
    check_panels(window, pipeline)


def test_a_dropped_program_runs_only_if_the_user_agrees(window: MainWindow, attack_file: Path, qtbot: QtBot) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(attack_file))])
    for agreed in (False, True):
        assert drop(window, data)
        assert "blocks" not in ATTACKS
        if agreed:
            with qtbot.waitSignal(window.plugins.changed):
                answer(window, QMessageBox.ButtonRole.AcceptRole, qtbot)
        else:
            answer(window, QMessageBox.ButtonRole.RejectRole, qtbot)
            assert not plugins.loaded()
    assert "blocks" in ATTACKS


def test_rows_slider_and_panels_of_a_plug_in_are_live(
    window: MainWindow, attack_file: Path, tmp_path: Path, qtbot: QtBot, pipeline: GatedPipeline
) -> None:
    opened(window, attack_file, qtbot)
    opened(window, write(tmp_path / "defenses", DEFENSE, "posterize.py"), qtbot)
    shown(window, "blocks", qtbot, pipeline)
    window.controls.attacks.rows["blocks"].more.click()
    rows = window.controls.attacks.rows["blocks"].rows
    assert list(rows) == [parameter.name for parameter in ATTACKS["blocks"].parameters]
    assert all(row.isVisible() for row in rows.values())
    window.controls.sliders["blocks"].field.setValue(0.2)
    window.controls.mitigations.add_link("posterize")
    qtbot.waitUntil(lambda: settled(window))
    check_panels(window, pipeline)
    row = window.stage.rows["blocks"]
    assert list(row.panels) == ["clean", "attacked", "autoencoder", "randomization", "posterize", "all"]
    assert row.outcome is not None
    assert row.outcome.scenario.strength == 0.2


def test_a_saved_file_is_opened_anew_and_controls_keep_what_still_fits(
    window: MainWindow, attack_file: Path, qtbot: QtBot, pipeline: GatedPipeline
) -> None:
    opened(window, attack_file, qtbot)
    shown(window, "blocks", qtbot, pipeline)
    window.controls.sliders["blocks"].field.setValue(0.2)
    with qtbot.waitSignal(window.plugins.changed):
        attack_file.write_text(ATTACK.replace('label = "Random blocks"', 'label = "Bricks"'))
    qtbot.waitUntil(lambda: settled(window))
    check_panels(window, pipeline)
    assert ATTACKS["blocks"].label == "Bricks"
    assert window.controls.sliders["blocks"].value == 0.2


def test_an_error_names_the_line_and_keeps_what_worked(
    window: MainWindow,
    opener: PluginOpener,
    attack_file: Path,
    qtbot: QtBot,
    pipeline: GatedPipeline,
    posted: list[Message],
) -> None:
    opened(window, attack_file, qtbot)
    shown(window, "blocks", qtbot, pipeline)
    working = ATTACKS["blocks"]
    with qtbot.waitSignal(opener.refused):
        attack_file.write_text("one = 1\nfor\n")
    assert posted[-1].level is Level.ERROR
    assert "blocks.py, line 2" in posted[-1].text
    assert ATTACKS["blocks"] is working
    with qtbot.waitSignal(window.plugins.changed):
        attack_file.write_text(ATTACK)
    assert ATTACKS["blocks"] is not working


def test_a_closed_plug_in_leaves_the_controls(
    window: MainWindow, attack_file: Path, qtbot: QtBot, pipeline: GatedPipeline
) -> None:
    opened(window, attack_file, qtbot)
    shown(window, "blocks", qtbot, pipeline)
    window.plugins.menu.aboutToShow.emit()
    (action,) = window.plugins.menu.actions()
    action.trigger()
    qtbot.waitUntil(lambda: settled(window))
    check_panels(window, pipeline)
    assert window.session.state.attacks == ("fgsm",)
    assert "blocks" not in window.controls.attacks.rows
    # What was done before is still undone, without the attack that is gone.
    while window.session.undo_stack.canUndo():
        window.session.undo_stack.undo()
    qtbot.waitUntil(lambda: settled(window))
    assert not window.plugins.menu.isEnabled()


def test_a_loop_that_does_not_end_is_told_and_stopped(
    window: MainWindow,
    opener: PluginOpener,
    attack_file: Path,
    qtbot: QtBot,
    pipeline: GatedPipeline,
    posted: list[Message],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("advgui.gui.plugin_opener._PATIENCE", 1.5)
    opened(window, attack_file, qtbot)
    shown(window, "blocks", qtbot, pipeline)
    ends = ATTACK.replace("    def perturbed(", "    def perturbed_once(")
    # It behaves while it is tried, and no more once a switch is thrown.
    switch = attack_file.with_name("switch")
    looping = ends + (
        f"\n\ndef _perturbed(self, target, examples, settings, memo):\n"
        f"    import pathlib\n"
        f"    while pathlib.Path({str(switch)!r}).exists():\n"
        f"        pass\n"
        f"    return self.perturbed_once(target, examples, settings, memo)\n\n\n"
    )
    name = next(line.split()[1].split("(")[0] for line in ATTACK.splitlines() if line.startswith("class "))
    looping = (
        looping.replace("class ", "class ")
        + f"{name}.perturbed = _perturbed\n{name}.__abstractmethods__ = frozenset()\n"
    )
    with qtbot.waitSignal(window.plugins.changed):
        attack_file.write_text(looping)
    qtbot.waitUntil(lambda: settled(window))
    switch.write_text("")
    with qtbot.waitSignals([opener.slow, window.runner.failed]):
        window.controls.sliders["blocks"].field.setValue(0.1)
        window.controls.randomness.draw_button.click()
    switch.unlink()
    assert any("takes longer than 1.5 s" in message.text for message in posted)
    window.controls.sliders["blocks"].field.setValue(0.15)
    qtbot.waitUntil(lambda: settled(window))
    check_panels(window, pipeline)


def test_a_new_plug_in_begins_with_the_template(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders: list[QUrl] = []
    monkeypatch.setattr("advgui.gui.plugin_menu.QDesktopServices.openUrl", folders.append)
    with qtbot.waitSignal(window.plugins.changed):
        window.plugins.write_new(tmp_path / "mine.py")
    assert (tmp_path / "mine.py").read_text("utf-8") == plugins.template()
    assert [folder.toLocalFile() for folder in folders] == [str(tmp_path)]
    (plugin,) = plugins.loaded()
    assert plugin.path == tmp_path / "mine.py"
