"""The real window on the real networks: what the panels show is what the pipeline gives when it is called directly."""

import gc
import sys
from collections.abc import Callable
from pathlib import Path
from threading import active_count

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from advgui.data.cifar10 import Dataset
from advgui.gui.main_window import MainWindow
from advgui.gui.threads.live_runner import Result
from advgui.gui.threads.loading import load_pipeline
from advgui.images import to_float
from advgui.pipeline import Pipeline
from advgui.reports import storage
from advgui.types import ProtocolName
from tests.gui.checks import check_panels, choose_attacks, settled, strength_of
from tests.gui.evaluations import cancelled

# Batches of other sizes and other threads may round another way.
TOLERANCE = 1e-4


@pytest.fixture
def window(qtbot: QtBot, make_window: Callable[..., MainWindow]) -> MainWindow:
    made = make_window(load_pipeline)
    with qtbot.waitSignal(made.runner.result):
        made.show()
    return made


def check(qtbot: QtBot, window: MainWindow, bundled: Pipeline) -> None:
    qtbot.waitUntil(lambda: settled(window))
    check_panels(window, bundled, TOLERANCE)


def test_every_control_leads_to_what_the_pipeline_gives(qtbot: QtBot, window: MainWindow, bundled: Pipeline) -> None:
    controls = window.controls
    check(qtbot, window, bundled)
    window.gallery.choose(7)
    check(qtbot, window, bundled)
    for attacks in (("gaussian",), ("fgsm",), ("gaussian", "fgsm")):
        choose_attacks(controls, attacks)
        check(qtbot, window, bundled)
    for slider in controls.sliders.values():
        for position in (0, 1, slider.slider.maximum() // 3, slider.slider.maximum()):
            slider.slider.setValue(position)
            check(qtbot, window, bundled)
    boxes = [link.box for link in controls.links.values()]
    for box in (*boxes, *boxes):
        box.click()
        check(qtbot, window, bundled)
    controls.randomness.draw_button.click()
    check(qtbot, window, bundled)
    choose_attacks(controls, ("gaussian", "fgsm"))
    for button in controls.protocol_buttons.values():
        if button.isEnabled():
            button.click()
            check(qtbot, window, bundled)
    controls.reset_button.click()
    check(qtbot, window, bundled)


def test_a_strength_of_zero_changes_nothing(qtbot: QtBot, window: MainWindow, bundled: Pipeline) -> None:
    for name, slider in window.controls.sliders.items():
        choose_attacks(window.controls, (name,))
        slider.slider.setValue(0)
        check(qtbot, window, bundled)
        panels = window.stage.rows[name].panels
        assert np.array_equal(panels["clean"].pixels, panels["attacked"].pixels)
        clean, attacked = panels["clean"].prediction, panels["attacked"].prediction
        assert clean is not None
        assert attacked is not None
        assert np.array_equal(clean.probabilities, attacked.probabilities)


@pytest.mark.parametrize("size", [(32, 32), (64, 96), (128, 128)])
def test_opened_pictures_of_every_size(
    qtbot: QtBot, window: MainWindow, bundled: Pipeline, tmp_path: Path, size: tuple[int, int]
) -> None:
    from PIL import Image

    path = tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)).save(path)
    window.gallery.set_side(128)
    with qtbot.waitSignal(window.opener.opened):
        window.opener.open_paths([path])
    qtbot.waitUntil(lambda: window.stage.title.text().startswith("photo.png"))
    check(qtbot, window, bundled)


def test_a_storm_ends_with_the_last_position_and_leaves_nothing_behind(
    qtbot: QtBot, window: MainWindow, bundled: Pipeline
) -> None:
    slider = window.controls.sliders["fgsm"].slider
    results: list[int] = []

    def remember(result: Result) -> None:
        results.append(result.number)

    window.runner.result.connect(remember)

    def storm() -> None:
        slider.setSliderDown(True)
        for turn in range(2000):
            slider.setValue((turn * 7) % (slider.maximum() + 1))
            if turn % 20 == 0:
                QApplication.processEvents()
        slider.setValue(13)
        slider.setSliderDown(False)
        check(qtbot, window, bundled)

    storm()
    gc.collect()
    threads, before = active_count(), resident()
    storm()
    gc.collect()
    assert results == sorted(results)
    assert active_count() == threads
    assert strength_of(window.session.state, "fgsm") == pytest.approx(13 / 255)
    if before is not None:
        # Allocators keep some; a leak of one result in each of these thousands of events would be more.
        assert resident() - before < 40_000_000


def resident() -> int | None:
    """Resident memory in bytes, where the system tells."""
    if not sys.platform.startswith("linux"):
        return None
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_an_evaluation_of_both_protocols_predicts_what_the_pipeline_does(
    qtbot: QtBot, window: MainWindow, bundled: Pipeline, samples: Dataset
) -> None:
    """Networks are compiled on the thread here, long after those of the panels were."""
    window.open_evaluation()
    dialog = window._evaluation
    assert dialog is not None
    dialog.form.data.setCurrentIndex(0)
    dialog.form.protocol.setCurrentText("Both, side by side")
    with qtbot.waitSignal(window.runner.job_done):
        dialog.start.click()
    report = dialog.report
    assert report is not None
    assert report.complete
    assert {run.scenario.protocol for run in report.runs} == set(ProtocolName)
    batch = bundled.prepare(to_float(samples.images), samples.labels, samples.indices)
    for run in report.runs:
        outcome = batch.run(run.scenario)
        for column, predictions in run.predictions.items():
            best = np.sort(outcome.probabilities[column], axis=1)
            clear = best[:, -1] - best[:, -2] > TOLERANCE
            assert np.array_equal(predictions[clear], outcome.predictions(column)[clear])


def test_an_evaluation_that_was_stopped_goes_on_to_the_bytes_of_one_that_was_not(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.open_evaluation()
    dialog = window._evaluation
    assert dialog is not None
    dialog.form.data.setCurrentIndex(0)
    with qtbot.waitSignal(window.runner.job_done):
        dialog.start.click()
    whole = storage.to_json(dialog.report)
    assert 0 < cancelled(qtbot, dialog) < 20
    with qtbot.waitSignal(window.runner.job_done):
        dialog.panel.go_on.click()
    assert storage.to_json(dialog.report) == whole


def test_the_keyboard_is_enough(qtbot: QtBot, window: MainWindow, bundled: Pipeline) -> None:
    window.activateWindow()
    press: Callable[..., None] = QTest.keyClick
    press(window, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    window.controls.sliders["fgsm"].slider.setFocus()
    for _ in range(3):
        press(window.controls.sliders["fgsm"].slider, Qt.Key.Key_Right)
    check(qtbot, window, bundled)
    assert window.session.selection is not None
    assert window.session.selection.index == 1
    assert strength_of(window.session.state, "fgsm") == pytest.approx(11 / 255)
    press(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    check(qtbot, window, bundled)
    assert strength_of(window.session.state, "fgsm") == pytest.approx(10 / 255)
