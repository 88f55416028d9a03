"""The real window on a fake pipeline."""

import gc
from collections.abc import Callable
from pathlib import Path
from threading import active_count

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QRect, Qt, QUrl
from PySide6.QtGui import QAction, QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QFileDialog, QLabel, QTextBrowser, QWidget
from pytestqt.qtbot import QtBot

from advgui import cifar10, images
from advgui.errors import AdvguiError, ModelFileError
from advgui.gui import settings
from advgui.gui.image_panel import Verdict
from advgui.gui.main_window import MainWindow
from advgui.gui.messages import Level, Message
from advgui.gui.settings import Settings
from advgui.types import Column, ProtocolName
from tests.gui.events import drop
from tests.gui.fake import PATIENCE, FakeLoad, FakePipeline

MakeWindow = Callable[..., MainWindow]


def settled(window: MainWindow) -> bool:
    """Whether the panels show what the controls say."""
    outcomes = window.stage.outcomes()
    return window.runner.is_idle and tuple(each.scenario for each in outcomes) == window.session.state.scenarios()


def check_panels(window: MainWindow, pipeline: FakePipeline) -> None:
    """Compare every panel with the pipeline called directly."""
    selection = window.session.selection
    assert selection is not None
    labels = None if selection.label is None else np.array([selection.label])
    for scenario in window.session.state.scenarios():
        expected = pipeline.run(selection.pixels[np.newaxis], labels, np.array([selection.index]), scenario)
        for column, panel in window.stage.rows[scenario.attack].panels.items():
            if column not in scenario.columns:
                assert panel.off_reason
                continue
            assert panel.prediction is not None
            assert np.array_equal(panel.pixels, expected.images[column][0])
            assert np.array_equal(panel.prediction.probabilities, expected.probabilities[column][0])


def test_the_first_image_is_shown_with_its_predictions(window: MainWindow, pipeline: FakePipeline) -> None:
    samples = cifar10.load_samples()
    assert window.gallery.model.rowCount() == len(samples)
    assert np.array_equal(window.session.selection.pixels, images.to_float(samples.images[0]))
    assert "true class: cat" in window.stage.truth.text()
    check_panels(window, pipeline)


def test_nothing_is_loaded_before_the_window_is_painted(make_window: MakeWindow, pipeline: FakePipeline) -> None:
    load = FakeLoad(pipeline)
    window = make_window(load)
    assert not load.begun.is_set()
    assert window.session.selection is None


def test_while_loading_the_image_is_there_and_says_what_is_loading(
    qtbot: QtBot, make_window: MakeWindow, pipeline: FakePipeline
) -> None:
    load = FakeLoad(pipeline)
    load.gate.clear()
    window = make_window(load)
    window.show()
    qtbot.waitUntil(lambda: "Loading TensorFlow" in window.status.state.text())
    panels = window.stage.rows["fgsm"].panels
    assert panels[Column.CLEAN].pixels is window.session.selection.pixels
    assert "Loading TensorFlow" in panels[Column.ATTACKED].accessibleDescription()
    assert window.status.progress.isVisible()
    window.gallery.next()
    assert panels[Column.CLEAN].pixels is window.session.selection.pixels
    with qtbot.waitSignal(window.runner.result):
        load.gate.set()
    check_panels(window, pipeline)
    assert not window.status.progress.isVisible()
    assert window.status.device.text() == "CPU"


@pytest.mark.parametrize("attack", ["gaussian", "fgsm"])
def test_moving_a_slider_moves_the_panels(
    qtbot: QtBot, window: MainWindow, pipeline: FakePipeline, attack: str
) -> None:
    window.controls.attack_buttons[(attack,)].click()
    for position in (0, 3, window.controls.sliders[attack].slider.maximum()):
        window.controls.sliders[attack].slider.setValue(position)
        qtbot.waitUntil(lambda: settled(window))
        check_panels(window, pipeline)


@pytest.mark.parametrize("field", ["autoencoder", "randomization"])
def test_a_toggle_greys_its_panels_out(qtbot: QtBot, window: MainWindow, pipeline: FakePipeline, field: str) -> None:
    for _ in range(2):
        getattr(window.controls, field).click()
        qtbot.waitUntil(lambda: settled(window))
        check_panels(window, pipeline)


def test_both_attacks_are_two_rows_of_one_size(qtbot: QtBot, window: MainWindow, pipeline: FakePipeline) -> None:
    window.controls.attack_buttons[("gaussian", "fgsm")].click()
    qtbot.waitUntil(lambda: settled(window))
    check_panels(window, pipeline)
    first, second = window.stage.shown_rows
    assert first.size() == second.size()
    assert all(view.isVisible() for view in window.stage.views.values())


def test_a_new_draw_changes_what_is_random(qtbot: QtBot, window: MainWindow, pipeline: FakePipeline) -> None:
    window.controls.attack_buttons[("gaussian",)].click()
    qtbot.waitUntil(lambda: settled(window))
    before = window.stage.rows["gaussian"].panels[Column.ATTACKED].pixels
    QTest.keyClick(window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: settled(window))
    check_panels(window, pipeline)
    assert not np.array_equal(before, window.stage.rows["gaussian"].panels[Column.ATTACKED].pixels)


def test_a_storm_of_slider_events_ends_with_the_last_position(
    qtbot: QtBot, window: MainWindow, pipeline: FakePipeline
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
    slider.setValue(42)
    slider.setSliderDown(False)
    qtbot.waitUntil(lambda: settled(window))
    assert shown[-1] == pytest.approx(42 / 255)
    check_panels(window, pipeline)
    assert len(pipeline.asked) - asked < steps
    assert window.session.undo_stack.count() == 1
    assert active_count() == threads


def test_the_newest_image_wins_and_no_panel_is_stale(qtbot: QtBot, window: MainWindow, pipeline: FakePipeline) -> None:
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
    assert titles == [shown, "Test image 12"]


def test_undo_and_redo_lead_the_panels(qtbot: QtBot, window: MainWindow, pipeline: FakePipeline) -> None:
    start = window.session.state
    window.controls.sliders["fgsm"].slider.setValue(30)
    window.controls.autoencoder.click()
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
    assert window.session.state.strengths["fgsm"] == pytest.approx(16 / 255)
    QTest.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.session.state.strengths["fgsm"] == pytest.approx(8 / 255)


def test_an_error_of_the_worker_is_shown_and_the_program_goes_on(
    qtbot: QtBot, window: MainWindow, pipeline: FakePipeline, posted: list[Message]
) -> None:
    pipeline.errors.append(AdvguiError("There is no autoencoder for this attack."))
    with qtbot.waitSignal(window.runner.failed):
        window.controls.sliders["fgsm"].slider.setValue(20)
    assert "no autoencoder" in window.banner.label.text()
    assert window.stage.outcomes() == ()
    window.controls.sliders["fgsm"].slider.setValue(21)
    qtbot.waitUntil(lambda: settled(window))
    check_panels(window, pipeline)


def test_without_networks_the_window_still_shows_images(
    qtbot: QtBot, make_window: MakeWindow, pipeline: FakePipeline
) -> None:
    window = make_window(FakeLoad(pipeline, ModelFileError("'classifier.keras' is damaged. Restore it.")))
    with qtbot.waitSignal(window.runner.load_failed):
        window.show()
    assert "Restore it" in window.banner.label.text()
    assert "No networks" in window.status.state.text()
    for _ in range(3):
        window.gallery.next()
        panels = window.stage.rows["fgsm"].panels
        assert panels[Column.CLEAN].pixels is window.session.selection.pixels
    window.controls.sliders["fgsm"].slider.setValue(9)
    window.controls.attack_buttons[("gaussian",)].click()


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
    window = make_window(FakeLoad(FakePipeline(tuple(ProtocolName))))
    published = window.controls.protocol_buttons[ProtocolName.AS_PUBLISHED]
    assert not published.isEnabled()
    with qtbot.waitSignal(window.runner.result):
        window.show()
    assert published.isEnabled()


# Pictures


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(2).integers(0, 256, (200, 300, 3), dtype=np.uint8)).save(path)
    return path


def test_a_dropped_file_is_shown(qtbot: QtBot, window: MainWindow, pipeline: FakePipeline, file: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    assert drop(window, data)
    qtbot.waitUntil(lambda: window.stage.title.text().startswith("photo.png"))
    assert "300x200" in window.stage.title.text()
    assert "not known" in window.stage.truth.text()
    check_panels(window, pipeline)
    assert window.stage.rows["fgsm"].panels[Column.CLEAN].prediction.verdict is Verdict.UNKNOWN


def test_dropped_text_is_not_accepted(window: MainWindow) -> None:
    data = QMimeData()
    data.setText("hello")
    assert not drop(window, data)


def test_a_pasted_picture_is_shown(qtbot: QtBot, window: MainWindow, pipeline: FakePipeline) -> None:
    image = QImage(40, 40, QImage.Format.Format_RGB32)
    image.fill(QColor(200, 30, 60))
    QGuiApplication.clipboard().setImage(image)
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.stage.title.text().startswith("Pasted picture 1"))
    check_panels(window, pipeline)


def test_files_are_opened_through_the_dialog(
    qtbot: QtBot, window: MainWindow, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(file)], ""))
    window.actions_by_name["open"].trigger()
    qtbot.waitUntil(lambda: window.stage.title.text().startswith("photo.png"))
    assert window.settings.get(settings.FOLDER) == str(file.parent)


def test_the_size_given_to_the_classifier_can_be_chosen(qtbot: QtBot, window: MainWindow, file: Path) -> None:
    window.opener.open_paths([file])
    qtbot.waitUntil(lambda: window.stage.title.text().startswith("photo.png"))
    window.gallery.side.setCurrentIndex(0)
    window.gallery.side.activated.emit(0)
    qtbot.waitUntil(lambda: window.stage.rows["fgsm"].panels[Column.CLEAN].pixels.shape == (24, 32, 3))


def test_an_unreadable_picture_is_told(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff nothing")
    window.opener.open_paths([broken])
    qtbot.waitUntil(lambda: window.banner.message is not None)
    assert "broken.jpg" in window.banner.label.text()
    assert window.stage.title.text() == "Test image 0"


# What is shown, as a picture


def test_the_panels_are_copied_and_saved(window: MainWindow, tmp_path: Path, posted: list[Message]) -> None:
    window.actions_by_name["copy"].trigger()
    copied = QGuiApplication.clipboard().image()
    assert copied.width() > 2 * window.stage.rows["fgsm"].width()
    window.save_panels_to(tmp_path / "panels.png")
    assert QImage(str(tmp_path / "panels.png")) == copied.convertToFormat(QImage(str(tmp_path / "panels.png")).format())
    assert posted[-1].level is Level.INFO


def test_a_panels_picture_is_saved_pixel_by_pixel(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "b.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    panel = window.stage.rows["fgsm"].panels[Column.RANDOMIZATION]
    panel.save_asked.emit()
    assert np.array_equal(np.asarray(Image.open(path).convert("RGB")), images.to_uint8(panel.pixels))


def test_what_cannot_be_saved_is_told(window: MainWindow, tmp_path: Path, posted: list[Message]) -> None:
    (tmp_path / "file").write_text("")
    window.save_panels_to(tmp_path / "file" / "a.png")
    assert posted[-1].level is Level.ERROR


# The full data set


def test_a_full_data_set_is_offered_when_it_is_there(
    qtbot: QtBot, make_window: MakeWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    samples = cifar10.load_samples()
    full = cifar10.Dataset("CIFAR-10 test", samples.images, samples.labels, samples.indices, samples.class_names)
    monkeypatch.setattr(cifar10, "find", lambda _: tmp_path)
    monkeypatch.setattr(cifar10, "load", lambda *_: full)
    window = make_window()
    window.show()
    qtbot.waitUntil(lambda: window.gallery.sources.count() == 2)
    assert window.gallery.source.title == "Samples"


def test_a_data_set_from_the_dialog_is_shown_and_remembered(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    samples = cifar10.load_samples()
    full = cifar10.Dataset("CIFAR-10 test", samples.images, samples.labels, samples.indices, samples.class_names)
    monkeypatch.setattr(cifar10, "load", lambda *_: full)
    window.actions_by_name["dataset"].trigger()
    window._dataset_dialog.found.emit(tmp_path)
    qtbot.waitUntil(lambda: window.gallery.source.title == "Test set")
    assert window.settings.get(settings.DATA_FOLDER) == str(tmp_path)


# Layout, theme, access


@pytest.mark.parametrize("size", [(1024, 700), (1280, 800), (1920, 1080), (3840, 2160)])
@pytest.mark.parametrize("attacks", [("fgsm",), ("gaussian", "fgsm")])
def test_the_panels_are_the_largest_thing_at_every_size(
    qtbot: QtBot, window: MainWindow, size: tuple[int, int], attacks: tuple[str, ...]
) -> None:
    window.resize(*size)
    window.reset_layout()
    window.controls.attack_buttons[attacks].click()
    qtbot.waitUntil(lambda: settled(window))
    boxes = [panel.size() for row in window.stage.shown_rows for panel in row.panels.values()]
    assert len({box.toTuple() for box in boxes}) == 1
    area = sum(box.width() * box.height() for box in boxes)
    for other in (window.gallery, window.controls, window.stage._bottom):
        assert area > other.width() * other.height()
    layout = window.stage.shown_rows[0].panels[Column.CLEAN].layout_now
    assert layout.picture.width() >= 80
    assert layout.bars.height() >= 10 * 8
    bottom = window.stage._bottom.geometry()
    assert window.stage.rect().contains(bottom)
    assert bottom.top() >= window.stage.shown_rows[-1].geometry().bottom()


def test_nothing_moves_when_numbers_change(qtbot: QtBot, window: MainWindow) -> None:
    window.controls.attack_buttons[("gaussian", "fgsm")].click()
    window.controls.sliders["gaussian"].slider.setValue(99)
    qtbot.waitUntil(lambda: settled(window))

    def places() -> dict[QWidget, QRect]:
        widgets = [*window.stage.rows.values(), window.status.threat, window.controls, window.gallery, window.stage]
        return {widget: widget.geometry() for widget in widgets}

    before = places()
    for strength in (0, 1, 33, 100):
        window.controls.sliders["gaussian"].slider.setValue(strength)
        qtbot.waitUntil(lambda: settled(window))
        assert places() == before


@pytest.mark.parametrize("choice", ["light", "dark", "system"])
def test_the_theme_is_chosen_and_remembered(qtbot: QtBot, window: MainWindow, choice: str) -> None:
    window.actions_by_name[f"theme-{choice}"].trigger()
    qtbot.waitUntil(lambda: (window.palette().window().color().lightness() < 128) == (choice == "dark"))
    assert window.settings.get(settings.THEME) == choice
    window.actions_by_name["theme-light"].trigger()


def test_layout_is_remembered(make_window: MakeWindow, store: Settings, qtbot: QtBot) -> None:
    first = make_window()
    with qtbot.waitSignal(first.runner.ready):
        first.show()
    screen = QGuiApplication.primaryScreen().availableGeometry()
    first.setGeometry(
        QRect(screen.left(), screen.top(), settings.SMALLEST_SIZE.width(), settings.SMALLEST_SIZE.height())
    )
    first.stage.set_gain(50)
    first.close()
    second = make_window()
    assert second.geometry().topLeft() == first.geometry().topLeft()
    assert second.stage.chosen_gain == 50


def test_damaged_settings_do_no_harm(make_window: MakeWindow, store: Settings) -> None:
    for key in (
        "version",
        "window/geometry",
        "window/splitter",
        "window/theme",
        "view/gain",
        "files/folder",
        "files/data",
    ):
        store.store.setValue(key, b"\xff\x00garbage" if key != "version" else settings.VERSION)
    window = make_window()
    assert window.stage.chosen_gain == 10


def test_everything_that_takes_keys_can_be_reached_with_tab(window: MainWindow) -> None:
    window.activateWindow()
    seen: list[QWidget] = []
    current: QWidget | None = window.gallery.sources
    while current is not None and current not in seen:
        seen.append(current)
        current = current.nextInFocusChain()
    wanted = [window.gallery.view, window.gallery.index, window.stage.gain, window.controls.draw_button]
    wanted += [slider.slider for slider in window.controls.sliders.values()]
    wanted += list(window.stage.rows["fgsm"].panels.values())
    for widget in wanted:
        assert widget in seen
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_shortcuts_are_not_used_twice(window: MainWindow) -> None:
    keys = [key.toString() for action in window.findChildren(QAction) for key in action.shortcuts()]
    assert len(keys) == len(set(keys)), sorted(keys)


def test_letters_are_not_used_twice(window: MainWindow) -> None:
    texts = [button.text() for button in window.findChildren(QAbstractButton)]
    texts += [label.text() for label in window.findChildren(QLabel) if label.buddy() is not None]
    texts += [action.text() for action in window.menuBar().actions()]
    letters = [text[text.index("&") + 1].lower() for text in texts if "&" in text]
    assert len(letters) == len(set(letters)), sorted(letters)


@pytest.mark.parametrize("name", ["about", "shortcuts", "dataset"])
def test_dialogs_are_not_modal(qtbot: QtBot, window: MainWindow, name: str) -> None:
    window.actions_by_name[name].trigger()
    dialogs = [widget for widget in window.findChildren(QDialog) if widget.isVisible()]
    assert len(dialogs) == 1
    assert not dialogs[0].isModal()
    dialogs[0].close()


def test_about_names_the_paper(window: MainWindow) -> None:
    window.actions_by_name["about"].trigger()
    (dialog,) = [widget for widget in window.findChildren(QDialog) if widget.isVisible()]
    text = dialog.findChild(QTextBrowser).toPlainText()
    for name in ("Junsu Lim", "Goodfellow", "Xie", "Athalye"):
        assert name in text
    dialog.close()


# Closing


def ended(window: MainWindow) -> bool:
    return not any(
        thread.isRunning() for thread in (window.runner._thread, window.files._thread, window.network._thread)
    )


def test_closing_before_it_was_shown(make_window: MakeWindow) -> None:
    window = make_window()
    window.close()
    assert ended(window)


def test_closing_while_loading(qtbot: QtBot, make_window: MakeWindow, pipeline: FakePipeline) -> None:
    load = FakeLoad(pipeline)
    load.gate.clear()
    window = make_window(load)
    window.show()
    qtbot.waitUntil(load.begun.is_set)
    load.gate.set()
    window.close()
    assert ended(window)


def test_closing_while_computing_and_reading(
    qtbot: QtBot, window: MainWindow, pipeline: FakePipeline, file: Path
) -> None:
    pipeline.on_run = lambda: pipeline.gate.set()
    pipeline.gate.clear()
    window.controls.sliders["fgsm"].slider.setValue(11)
    window.controls.sliders["fgsm"].slider.setValue(12)
    window.opener.open_paths([file] * 20)
    window.close()
    assert ended(window)
    assert window.isHidden()


def test_closing_right_after_each_stage_many_times(qtbot: QtBot, make_window: MakeWindow) -> None:
    for stage in ("loading", "ready", "result") * 5:
        window = make_window(FakeLoad(FakePipeline()))
        with qtbot.waitSignal(getattr(window.runner, stage)):
            window.show()
        window.close()
        assert ended(window)
    gc.collect()
