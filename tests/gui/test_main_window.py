"""The real window on a classifier without TensorFlow: live panels, from the first painting to the end."""

import gc
from collections.abc import Callable
from pathlib import Path
from threading import active_count

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from advgui import images
from advgui.data import cifar10
from advgui.errors import AdvguiError, ModelFileError
from advgui.gui.main_window import MainWindow
from advgui.gui.widgets.messages import Message
from advgui.types import ProtocolName
from tests.gui.checks import check_panels, choose_attacks, settled, strength_of
from tests.gui.gated import PATIENCE, GatedLoad, GatedPipeline

MakeWindow = Callable[..., MainWindow]


def test_the_first_image_is_shown_with_its_predictions(window: MainWindow, pipeline: GatedPipeline) -> None:
    samples = cifar10.load_samples()
    assert window.gallery.model.rowCount() == len(samples)
    assert np.array_equal(window.session.selection.pixels, images.to_float(samples.images[0]))
    assert "true class: cat" in window.stage.truth.text()
    check_panels(window, pipeline)


def test_the_arrow_keys_choose_images_from_the_start(window: MainWindow, pipeline: GatedPipeline) -> None:
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Right)
    assert np.array_equal(window.session.selection.pixels, images.to_float(cifar10.load_samples().images[1]))


def test_nothing_is_loaded_before_the_window_is_painted(make_window: MakeWindow, pipeline: GatedPipeline) -> None:
    load = GatedLoad(pipeline)
    window = make_window(load)
    assert not load.begun.is_set()
    assert window.session.selection is None


def test_while_loading_the_image_is_there_and_says_what_is_loading(
    qtbot: QtBot, make_window: MakeWindow, pipeline: GatedPipeline
) -> None:
    load = GatedLoad(pipeline)
    load.gate.clear()
    window = make_window(load)
    window.show()
    qtbot.waitUntil(lambda: "Loading TensorFlow" in window.status.state.text())
    panels = window.stage.rows["fgsm"].panels
    assert panels["clean"].pixels is window.session.selection.pixels
    assert "Loading TensorFlow" in panels["attacked"].accessibleDescription()
    assert window.status.progress.isVisible()
    window.gallery.next()
    assert panels["clean"].pixels is window.session.selection.pixels
    with qtbot.waitSignal(window.runner.result):
        load.gate.set()
    check_panels(window, pipeline)
    assert not window.status.progress.isVisible()
    assert window.status.device.text() == "CPU"


@pytest.mark.parametrize("attack", ["gaussian", "fgsm"])
def test_moving_a_slider_moves_the_panels(
    qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline, attack: str
) -> None:
    choose_attacks(window.controls, (attack,))
    for position in (0, 3, window.controls.sliders[attack].slider.maximum()):
        window.controls.sliders[attack].slider.setValue(position)
        qtbot.waitUntil(lambda: settled(window))
        check_panels(window, pipeline)


@pytest.mark.parametrize("field", ["autoencoder", "randomization"])
def test_a_toggle_greys_its_panels_out(qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline, field: str) -> None:
    for _ in range(2):
        window.controls.links[field].box.click()
        qtbot.waitUntil(lambda: settled(window))
        check_panels(window, pipeline)


def test_both_attacks_are_two_rows_of_one_size(qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline) -> None:
    choose_attacks(window.controls, ("gaussian", "fgsm"))
    qtbot.waitUntil(lambda: settled(window))
    check_panels(window, pipeline)
    first, second = window.stage.shown_rows
    assert first.size() == second.size()
    assert all(cell.isVisible() for cell in window.stage.bottom.cells.values())


def test_a_new_draw_changes_what_is_random(qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline) -> None:
    choose_attacks(window.controls, ("gaussian",))
    qtbot.waitUntil(lambda: settled(window))
    before = window.stage.rows["gaussian"].panels["attacked"].pixels
    QTest.keyClick(window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: settled(window))
    check_panels(window, pipeline)
    assert not np.array_equal(before, window.stage.rows["gaussian"].panels["attacked"].pixels)


def test_a_storm_of_slider_events_ends_with_the_last_position(
    qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline
) -> None:
    threads = active_count()
    slider = window.controls.sliders["fgsm"].slider
    shown: list[float] = []
    window.runner.result.connect(lambda result: shown.append(result.outcomes[0].scenario.strength))
    asked = len(pipeline.asked)
    slider.setSliderDown(True)
    steps = 0
    for turn in range(2000):
        slider.setValue((turn * 7) % (slider.maximum() + 1))
        steps += 1
        if turn % 50 == 0:
            QApplication.processEvents()
    slider.setValue(14)
    slider.setSliderDown(False)
    qtbot.waitUntil(lambda: settled(window))
    assert shown[-1] == pytest.approx(14 / 255)
    check_panels(window, pipeline)
    assert len(pipeline.asked) - asked < steps
    assert window.session.undo_stack.count() == 1
    assert active_count() == threads


def test_the_newest_image_wins_and_no_panel_is_stale(qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline) -> None:
    pipeline.gate.clear()
    window.gallery.choose(3)
    assert pipeline.entered.acquire(timeout=PATIENCE)
    shown = window.stage.title.text()
    for row in (5, 9, 12):
        window.gallery.choose(row)
    assert window.stage.title.text() == shown  # title and panels belong to one result
    titles: list[str] = []
    window.runner.result.connect(lambda _: titles.append(window.stage.title.text()))
    pipeline.gate.set()
    qtbot.waitUntil(lambda: window.stage.title.text() == "Test image 12")
    check_panels(window, pipeline)
    assert titles[-1] == "Test image 12"
    assert set(titles) <= {shown, "Test image 12"}


def test_undo_and_redo_lead_the_panels(qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline) -> None:
    start = window.session.state
    window.controls.sliders["fgsm"].slider.setValue(15)
    window.controls.links["autoencoder"].box.click()
    after = window.session.state
    for _ in range(2):
        window.actions_by_name["undo"].trigger()
    qtbot.waitUntil(lambda: settled(window))
    assert window.session.state == start
    check_panels(window, pipeline)
    for _ in range(2):
        window.actions_by_name["redo"].trigger()
    qtbot.waitUntil(lambda: settled(window))
    assert window.session.state == after
    check_panels(window, pipeline)


def test_undo_works_from_within_the_number_field(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    field = window.controls.sliders["fgsm"].field
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "16/255")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert strength_of(window.session.state, "fgsm") == pytest.approx(16 / 255)
    QTest.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert strength_of(window.session.state, "fgsm") == pytest.approx(8 / 255)


def test_an_error_of_the_worker_is_shown_and_the_program_goes_on(
    qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline, posted: list[Message]
) -> None:
    pipeline.errors.append(AdvguiError("There is no autoencoder for this attack."))
    with qtbot.waitSignal(window.runner.failed):
        window.controls.sliders["fgsm"].slider.setValue(12)
    assert "no autoencoder" in window.banner.label.text()
    assert window.stage.outcomes() == ()
    window.controls.sliders["fgsm"].slider.setValue(13)
    qtbot.waitUntil(lambda: settled(window))
    check_panels(window, pipeline)


def test_a_refused_classifier_is_forgotten_when_another_one_is_opened(
    qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline
) -> None:
    with qtbot.waitSignal(window.runner.load_failed):
        window.runner.load(GatedLoad(pipeline, ModelFileError("'a.keras' cannot be used.")))
    assert "a.keras" in window.banner.label.text()
    window.opener.open_data(QMimeData())
    assert "clipboard" in window.banner.label.text()
    with qtbot.waitSignal(window.runner.ready):
        window.runner.load(GatedLoad(pipeline))
    assert "clipboard" in window.banner.label.text()  # that is another matter
    window.banner.dismiss()
    assert window.banner.message is None


def test_the_error_of_an_update_goes_with_the_next_result(
    qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline
) -> None:
    pipeline.errors.append(AdvguiError("There is no autoencoder for this attack."))
    with qtbot.waitSignal(window.runner.failed):
        window.controls.sliders["fgsm"].slider.setValue(12)
    assert window.banner.message is not None
    with qtbot.waitSignal(window.runner.result):
        window.controls.sliders["fgsm"].slider.setValue(13)
    assert window.banner.message is None


def test_without_networks_the_window_still_shows_images(
    qtbot: QtBot, make_window: MakeWindow, pipeline: GatedPipeline
) -> None:
    window = make_window(GatedLoad(pipeline, ModelFileError("'classifier.keras' is damaged. Restore it.")))
    with qtbot.waitSignal(window.runner.load_failed):
        window.show()
    assert "Restore it" in window.banner.label.text()
    assert "No networks" in window.status.state.text()
    for _ in range(3):
        window.gallery.next()
        panels = window.stage.rows["fgsm"].panels
        assert panels["clean"].pixels is window.session.selection.pixels
    window.controls.sliders["fgsm"].slider.setValue(9)
    choose_attacks(window.controls, ("gaussian",))


def test_without_samples_the_window_opens_all_the_same(
    qtbot: QtBot, make_window: MakeWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> object:
        raise AdvguiError("The samples are missing.")

    monkeypatch.setattr(cifar10, "load_samples", missing)
    window = make_window()
    with qtbot.waitSignal(window.runner.ready):
        window.show()
    assert "samples are missing" in window.banner.label.text()
    window.controls.sliders["fgsm"].slider.setValue(3)


def test_only_protocols_that_were_loaded_are_offered(qtbot: QtBot, make_window: MakeWindow) -> None:
    window = make_window(GatedLoad(GatedPipeline(tuple(ProtocolName))))
    published = window.controls.protocol_buttons[ProtocolName.AS_PUBLISHED]
    assert not published.isEnabled()
    with qtbot.waitSignal(window.runner.result):
        window.show()
    assert published.isEnabled()


# Closing


def ended(window: MainWindow) -> bool:
    return not any(
        thread.isRunning() for thread in (window.runner._thread, window.files._thread, window.network._thread)
    )


def test_closing_before_it_was_shown(make_window: MakeWindow) -> None:
    window = make_window()
    window.close()
    assert ended(window)


def test_closing_while_loading(qtbot: QtBot, make_window: MakeWindow, pipeline: GatedPipeline) -> None:
    load = GatedLoad(pipeline)
    load.gate.clear()
    window = make_window(load)
    window.show()
    qtbot.waitUntil(load.begun.is_set)
    load.gate.set()
    window.close()
    assert ended(window)


def test_closing_while_computing_and_reading(
    qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline, picture_file: Path
) -> None:
    pipeline.on_run = lambda: pipeline.gate.set()
    pipeline.gate.clear()
    window.controls.sliders["fgsm"].slider.setValue(11)
    window.controls.sliders["fgsm"].slider.setValue(12)
    window.opener.open_paths([picture_file] * 20)
    window.close()
    assert ended(window)
    assert window.isHidden()


def test_closing_right_after_each_stage_many_times(qtbot: QtBot, make_window: MakeWindow) -> None:
    for stage in ("loading", "ready", "result") * 5:
        window = make_window(GatedLoad(GatedPipeline()))
        with qtbot.waitSignal(getattr(window.runner, stage)):
            window.show()
        window.close()
        assert ended(window)
    gc.collect()


# The attacker


def bar(window: MainWindow, attack: str, index: int) -> tuple[QWidget, QPoint]:
    """A panel and a place on one of its bars."""
    panel = window.stage.rows[attack].panels["attacked"]
    layout = panel.layout_now
    column = layout.columns[index // layout.rows]
    row = index % layout.rows
    return panel, QPoint(column.right() - 30, column.top() + (2 * row + 1) * column.height() // (2 * layout.rows))


def click(window: MainWindow, attack: str, index: int) -> None:
    panel, place = bar(window, attack, index)
    QTest.mouseClick(panel, Qt.MouseButton.LeftButton, pos=place)


def test_a_click_on_a_bar_changes_the_goal_and_can_be_undone(
    qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline
) -> None:
    click(window, "fgsm", 6)
    assert window.session.state.target == 6
    assert window.controls.attacker.goal.currentText() == "frog"
    qtbot.waitUntil(lambda: settled(window))
    check_panels(window, pipeline)
    assert "towards 'frog'" in window.stage.headline.text()
    click(window, "fgsm", window.stage.outcomes()[0].labels[0])
    assert window.session.state.target is None
    window.session.undo_stack.undo()
    assert window.session.state.target == 6
    qtbot.waitUntil(lambda: settled(window))
    click(window, "fgsm", 6)
    assert window.session.state.target is None


def test_what_the_attacker_knows_reaches_the_panels(qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline) -> None:
    window.controls.attacker.everything.click()
    qtbot.waitUntil(lambda: settled(window))
    check_panels(window, pipeline)
    (outcome,) = window.stage.outcomes()
    assert outcome.scenario.attacker_knows == ("autoencoder", "randomization")
    assert outcome.effort.gradients == 10
    panels = window.stage.rows["fgsm"].panels
    assert "known to attacker" in panels["both"].accessibleDescription()
    assert "upper bound" not in panels["both"].toolTip()


def test_a_goal_that_another_classifier_lacks_is_dropped(
    qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline
) -> None:
    window.controls.attacker.set_goal(6)
    qtbot.waitUntil(lambda: settled(window))
    other = GatedPipeline()
    other.classifier.class_names = tuple(f"kind {number}" for number in range(10))
    with qtbot.waitSignal(window.runner.ready):
        window.runner.load(GatedLoad(other))
    assert window.session.state.target is None
    assert window.controls.attacker.goal.itemText(7) == "kind 6"
    qtbot.waitUntil(lambda: settled(window))
