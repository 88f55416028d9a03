"""What the real window opens and saves."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QStandardPaths, Qt, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from advgui import images
from advgui.data import cifar10
from advgui.figures.drawing import KINDS
from advgui.gui import settings
from advgui.gui.main_window import MainWindow
from advgui.gui.panels.prediction import Verdict
from advgui.gui.widgets.fields import NumberField
from advgui.gui.widgets.messages import Level, Message
from tests.figures import svg
from tests.gui.checks import check_panels
from tests.gui.events import drop
from tests.gui.gated import CLASS_NAMES, KEYS, GatedPipeline

MakeWindow = Callable[..., MainWindow]


def test_a_dropped_file_is_shown(qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline, picture_file: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(picture_file))])
    assert drop(window, data)
    qtbot.waitUntil(lambda: window.stage.title.text().startswith("photo.png"))
    assert "300x200" in window.stage.title.text()
    assert "unknown" in window.stage.truth.text()
    check_panels(window, pipeline)
    assert window.stage.rows["fgsm"].panels["clean"].prediction.verdict is Verdict.UNKNOWN


def test_dropped_text_is_not_accepted(window: MainWindow) -> None:
    data = QMimeData()
    data.setText("hello")
    assert not drop(window, data)


def test_a_pasted_picture_is_shown(qtbot: QtBot, window: MainWindow, pipeline: GatedPipeline) -> None:
    image = QImage(40, 40, QImage.Format.Format_RGB32)
    image.fill(QColor(200, 30, 60))
    QGuiApplication.clipboard().setImage(image)
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.stage.title.text().startswith("Pasted picture 1"))
    check_panels(window, pipeline)


def fields(window: MainWindow) -> list[NumberField]:
    return [window.gallery.index, window.controls.sliders["fgsm"].field]


@pytest.mark.parametrize("number", [0, 1])
def test_copying_and_pasting_mean_the_window_in_its_number_fields_too(
    qtbot: QtBot, window: MainWindow, number: int
) -> None:
    window.activateWindow()
    field = fields(window)[number]
    field.setFocus()
    field.selectAll()
    QGuiApplication.clipboard().clear()
    QTest.keyClick(field, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().image().width() > window.stage.width())
    QTest.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.stage.title.text().startswith("Pasted picture 1"))


@pytest.mark.parametrize("number", [0, 1])
def test_text_is_pasted_into_a_number_field(window: MainWindow, number: int) -> None:
    QGuiApplication.clipboard().setText("0")
    field = fields(window)[number]
    field.setFocus()
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert field.text() == "0"


@pytest.mark.parametrize("number", [0, 1])
def test_the_return_key_gives_the_keyboard_back(qtbot: QtBot, window: MainWindow, number: int) -> None:
    window.activateWindow()
    field = fields(window)[number]
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert window.focusWidget() is window.gallery.view


@pytest.mark.parametrize("number", [0, 1])
def test_why_a_number_is_refused_is_said_until_one_is_taken(qtbot: QtBot, window: MainWindow, number: int) -> None:
    window.activateWindow()
    field = fields(window)[number]
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    field.selectAll()
    QTest.keyClicks(field, "999")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert "'999'" in window.banner.label.text()
    assert window.focusWidget() is field
    QTest.keyClicks(field, "0")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert window.banner.message is None


def test_an_error_about_a_picture_goes_with_the_next_one(
    qtbot: QtBot, window: MainWindow, picture_file: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"nothing")
    window.opener.open_paths([broken, picture_file])
    qtbot.waitUntil(lambda: window.stage.title.text().startswith("photo.png"))
    assert "broken.png" in window.banner.label.text()  # of the same drop: it is to be read
    window.opener.open_paths([picture_file])
    assert window.banner.message is None


def test_files_are_looked_for_at_home_where_there_is_no_folder_for_pictures(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *args: (asked.append(args[2]), ([], ""))[1])
    for there in (True, False):
        folder = tmp_path / ("Pictures" if there else "nowhere")
        if there:
            folder.mkdir()
        monkeypatch.setattr(QStandardPaths, "writableLocation", lambda _, folder=folder: str(folder))
        window.file_opening.ask_for_pictures()
    assert asked == [str(tmp_path / "Pictures"), str(Path.home())]


def test_files_are_opened_through_the_dialog(
    qtbot: QtBot, window: MainWindow, picture_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(picture_file)], ""))
    window.actions_by_name["open"].trigger()
    qtbot.waitUntil(lambda: window.stage.title.text().startswith("photo.png"))
    assert window.settings.get(settings.FOLDER) == str(picture_file.parent)


def test_the_size_given_to_the_classifier_can_be_chosen(qtbot: QtBot, window: MainWindow, picture_file: Path) -> None:
    window.opener.open_paths([picture_file])
    qtbot.waitUntil(lambda: window.stage.title.text().startswith("photo.png"))
    assert window.stage.rows["fgsm"].panels["clean"].pixels.shape == (24, 32, 3)
    window.gallery.set_side(128)
    qtbot.waitUntil(lambda: window.stage.rows["fgsm"].panels["clean"].pixels.shape == (88, 128, 3))


def test_an_unreadable_picture_is_told(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff nothing")
    window.opener.open_paths([broken])
    qtbot.waitUntil(lambda: window.banner.message is not None)
    assert "broken.jpg" in window.banner.label.text()
    assert window.stage.title.text() == "Test image 0"


# What is shown, as a picture


def test_the_panels_are_copied_and_saved_as_one_figure(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, posted: list[Message]
) -> None:
    clipboard = QGuiApplication.clipboard()
    with qtbot.waitSignal(clipboard.dataChanged):
        window.actions_by_name["copy"].trigger()
    for kind in KINDS:
        window.saver.save_to(tmp_path / f"panels.{kind}")
        qtbot.waitUntil(lambda kind=kind: bool(posted) and posted[-1].text.endswith(f"panels.{kind}."))
    saved = QImage(str(tmp_path / "panels.png"))
    assert clipboard.image().convertToFormat(saved.format()) == saved
    content = (tmp_path / "panels.svg").read_bytes()
    texts = svg.texts(content)
    (outcome,) = window.stage.outcomes()
    for text in (
        "Test image 0, true class: cat",
        "FGSM, ε = 8/255 · seed 0 · corrected",
        "(b) FGSM, ε = 8/255",
        f"{CLASS_NAMES[outcome.predictions('both')[0]]} {100 * outcome.probabilities['both'].max():.1f} %",
    ):
        assert text in texts
    assert len(svg.images(content)) == len(KEYS)
    assert "seed 0" in svg.title(content)


def test_a_picture_that_is_not_there_is_not_copied(
    qtbot: QtBot, make_window: MakeWindow, posted: list[Message], tmp_path: Path
) -> None:
    window = make_window()
    window.actions_by_name["copy"].trigger()
    assert "no result yet" in posted[-1].text
    window.saver.save_to(tmp_path / "panels.png")
    assert not list(tmp_path.glob("panels*"))


def test_a_panels_picture_is_saved_pixel_by_pixel(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "b.png"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    panel = window.stage.rows["fgsm"].panels["randomization"]
    panel.save_asked.emit(False)
    qtbot.waitUntil(path.exists)
    assert np.array_equal(np.asarray(Image.open(path).convert("RGB")), images.to_uint8(panel.pixels))


def test_what_cannot_be_saved_is_told(qtbot: QtBot, window: MainWindow, tmp_path: Path, posted: list[Message]) -> None:
    (tmp_path / "file").write_text("")
    window.saver.save_to(tmp_path / "file" / "a.png")
    qtbot.waitUntil(lambda: bool(posted))
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
    window.full_set.dialog.found.emit(tmp_path)
    qtbot.waitUntil(lambda: window.gallery.source.title == "Test set")
    assert window.settings.get(settings.DATA_FOLDER) == str(tmp_path)
