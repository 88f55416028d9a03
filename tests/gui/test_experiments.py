"""An experiment is saved, opened on another computer, and handed on as code that gives the same numbers."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from pytestqt.qtbot import QtBot

from advgui import experiments
from advgui.gui import settings
from advgui.gui.main_window import MainWindow
from advgui.gui.settings import Settings
from advgui.gui.threads.loading import load_pipeline
from advgui.gui.widgets.messages import Message
from tests.figures import svg
from tests.gui.checks import settled
from tests.gui.test_main_window import MakeWindow


def state_to_keep(window: MainWindow):
    return replace(window.session.state.with_strength("fgsm", 5 / 255), seed=4, twin=True)


def saved(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    window.experiments.save_to(path)
    qtbot.waitUntil(path.exists)


def test_controls_and_image_come_back_in_one_step_to_undo(
    qtbot: QtBot, window: MainWindow, store: Settings, tmp_path: Path
) -> None:
    window.gallery.choose(6)
    window.stage.bottom.set_gain(20)
    window.session.apply(state_to_keep(window), "x")
    kept, image = window.session.state, window.session.selection
    assert image is not None
    saved(qtbot, window, tmp_path / "one.advgui")
    qtbot.waitUntil(lambda: store.get(settings.RECENT) == [str(tmp_path / "one.advgui")])
    window.controls.reset_button.click()
    window.gallery.choose(0)
    window.stage.bottom.set_gain(1)
    steps = window.session.undo_stack.count()
    window.experiments.fill()
    window.experiments.recent.actions()[0].trigger()
    qtbot.waitUntil(lambda: window.session.state == kept)
    qtbot.waitUntil(lambda: window.session.selection.index == image.index)
    assert np.array_equal(window.session.selection.pixels, image.pixels)
    assert window.stage.bottom.chosen_gain == 20
    assert window.session.undo_stack.count() == steps + 1


def test_an_image_that_is_not_there_is_taken_from_the_file(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    shown = window.experiments.shown()
    assert shown is not None
    other = replace(shown, pixels=shown.pixels[::-1].copy(), index=9_000, name="Test image 9,000")
    experiments.save(tmp_path / "far.advgui", other)
    window.experiments.open(tmp_path / "far.advgui")
    qtbot.waitUntil(lambda: window.session.selection.index == 9_000)
    assert np.array_equal(window.session.selection.pixels, other.pixels)
    assert "from the experiment" in window.session.selection.note
    qtbot.waitUntil(lambda: settled(window))


def test_other_networks_are_named(qtbot: QtBot, window: MainWindow, posted: list[Message], tmp_path: Path) -> None:
    shown = window.experiments.shown()
    assert shown is not None
    assert dict(shown.networks)["classifier"] == "0" * 64
    experiments.save(tmp_path / "a.advgui", replace(shown, networks={"classifier": "1" * 64}))
    window.experiments.open(tmp_path / "a.advgui")
    qtbot.waitUntil(lambda: any("another classifier" in message.text for message in posted))


@pytest.mark.parametrize("content", ["nonsense", '{"kind": "advgui experiment", "version": 1}'])
def test_a_foreign_file_is_told_and_loses_nothing(
    qtbot: QtBot, window: MainWindow, posted: list[Message], tmp_path: Path, content: str
) -> None:
    before, image = window.session.state, window.session.selection
    path = tmp_path / "bad.advgui"
    path.write_text(content)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    window.dropEvent(
        QDropEvent(
            QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
    )
    qtbot.waitUntil(lambda: any("bad.advgui" in message.text for message in posted))
    assert window.session.state == before
    assert window.session.selection is image


def test_a_folder_that_cannot_be_written_to_is_told(
    qtbot: QtBot, window: MainWindow, posted: list[Message], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    window.experiments.save_to(tmp_path / "file" / "a.advgui")
    qtbot.waitUntil(lambda: any("cannot be written" in message.text for message in posted))


@pytest.fixture
def real(qtbot: QtBot, make_window: MakeWindow) -> MainWindow:
    window = make_window(load_pipeline)
    with qtbot.waitSignal(window.runner.result):
        window.show()
    window.gallery.choose(2)
    window.session.apply(state_to_keep(window), "x")
    qtbot.waitUntil(lambda: settled(window))
    return window


def test_the_copied_python_prints_what_the_panels_show(real: MainWindow, tmp_path: Path) -> None:
    real.experiments.copy_python()
    path = tmp_path / "copied.py"
    path.write_text(QGuiApplication.clipboard().text(), encoding="utf-8")
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, timeout=300, check=True)
    printed = re.findall(r"^(\w+) (\w+) ([\d.e-]+)$", done.stdout, re.MULTILINE)
    expected = []
    for row in real.stage.shown_rows:
        assert row.outcome is not None
        expected.append((row.outcome.scenario.attack.name, "L2", float(row.outcome.l2[0])))
        for column, panel in row.panels.items():
            assert panel.prediction is not None
            best = panel.prediction.predicted
            expected.append((column, panel.prediction.class_names[best], float(panel.prediction.probabilities[best])))
    assert [(column, name) for column, name, _ in printed] == [(column, name) for column, name, _ in expected]
    for (*_, value), (*_, wanted) in zip(printed, expected, strict=True):
        assert float(value) == pytest.approx(wanted, abs=1e-4)


def test_the_copied_command_draws_what_the_panels_show(real: MainWindow, tmp_path: Path) -> None:
    real.experiments.copy_command()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 2
    command = lines[0].replace("advgui", f"{sys.executable} -m advgui", 1)
    subprocess.run(f"{command} --output {tmp_path}", shell=True, capture_output=True, timeout=300, check=True)
    (drawn,) = tmp_path.glob("*.svg")
    said = " ".join(svg.texts(drawn.read_bytes()))
    for panel in real.stage.rows["fgsm"].panels.values():
        assert panel.prediction is not None
        assert panel.prediction.class_names[panel.prediction.predicted] in said
        assert panel.prediction.share in said


def test_one_can_be_the_first_thing_that_is_seen(qtbot: QtBot, make_window: MakeWindow, tmp_path: Path) -> None:
    first = make_window()
    first.show()
    qtbot.waitUntil(lambda: settled(first))
    first.session.apply(state_to_keep(first), "x")
    kept = first.session.state
    saved(qtbot, first, tmp_path / "one.advgui")
    window = make_window()
    window.first_experiment = tmp_path / "one.advgui"
    window.show()
    qtbot.waitUntil(lambda: window.session.state == kept and settled(window))
    assert window.first_experiment is None
