"""Pictures of one's own: what is in them, a square of them, a folder of them, and without them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from advgui import images
from advgui.gui.gallery.crop import CropDialog
from advgui.gui.main_window import MainWindow
from advgui.gui.panels.prediction import Verdict
from advgui.gui.widgets.messages import Message
from tests.gui.checks import settled


def write(folder: Path, name: str, size: tuple[int, int] = (64, 48), seed: int = 0) -> Path:
    values = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    path = folder / name
    Image.fromarray(values).save(path)
    return path


@pytest.fixture
def opened(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> MainWindow:
    paths = [write(tmp_path, f"{name}.png", seed=number) for number, name in enumerate("abc")]
    window.opener.open_paths(paths)
    qtbot.waitUntil(lambda: len(window.library.pictures) == 3 and settled(window))
    return window


def names(window: MainWindow) -> list[str]:
    return [picture.name for picture in window.library.pictures]


def call_it(window: MainWindow, name: str) -> None:
    box = window.gallery.own.classes
    row = box.findText(name)
    box.setCurrentIndex(row)
    box.activated.emit(row)


def test_what_is_in_it_makes_right_and_wrong(qtbot: QtBot, opened: MainWindow) -> None:
    panel = opened.stage.rows["fgsm"].panels["clean"]
    assert panel.prediction is not None
    assert panel.prediction.verdict is Verdict.UNKNOWN
    seen = panel.prediction.class_names[panel.prediction.predicted]
    call_it(opened, seen)
    qtbot.waitUntil(lambda: settled(opened) and panel.prediction.verdict is Verdict.RIGHT)
    assert f"true class: {seen}" in opened.stage.truth.text()
    other = next(name for name in panel.prediction.class_names if name != seen)
    call_it(opened, other)
    qtbot.waitUntil(lambda: settled(opened) and panel.prediction.verdict is Verdict.WRONG)
    # It stays with the picture, also at another size.
    opened.gallery.previous()
    assert opened.gallery.own.classes.currentIndex() == 0
    opened.gallery.next()
    opened.gallery.set_side(64)
    qtbot.waitUntil(lambda: max(opened.session.selection.pixels.shape) == 64)
    assert opened.gallery.own.classes.currentText() == other
    call_it(opened, "not known")
    qtbot.waitUntil(lambda: settled(opened) and panel.prediction.verdict is Verdict.UNKNOWN)


def test_one_is_taken_out_of_the_gallery(qtbot: QtBot, opened: MainWindow) -> None:
    opened.gallery.choose(1)
    opened.gallery.view.setFocus()
    QTest.keyClick(opened.gallery.view, Qt.Key.Key_Delete)
    assert names(opened) == ["a.png", "c.png"]
    assert opened.session.selection.name == "c.png"
    opened.gallery.set_side(48)  # the others still know where they came from
    qtbot.waitUntil(lambda: all(max(picture.pixels.shape) == 48 for picture in opened.library.pictures))
    assert names(opened) == ["a.png", "c.png"]
    opened.gallery.own.remove.click()
    opened.gallery.own.remove.click()
    assert names(opened) == []
    assert opened.session.selection.index >= 0  # a sample
    assert opened.gallery.own.isHidden()
    before = opened.session.selection
    QTest.keyClick(opened.gallery.view, Qt.Key.Key_Delete)  # a sample cannot be removed
    assert opened.session.selection is before


def test_a_removal_is_undone_and_pictures_keep_their_random_numbers(qtbot: QtBot, opened: MainWindow) -> None:
    indices = [opened.gallery.source.index(place) for place in range(3)]
    undo = opened.session.undo_stack
    for _ in range(2):
        opened.gallery.choose(0)
        opened.gallery.remove()
    assert names(opened) == ["c.png"]
    assert opened.session.selection.index == indices[2]
    opened.gallery.set_side(48)
    assert undo.undoText() == "remove 'b.png'"
    undo.undo()
    assert names(opened) == ["b.png", "c.png"]
    assert opened.session.selection.name == "b.png"
    undo.undo()
    assert names(opened) == ["a.png", "b.png", "c.png"]
    assert [opened.gallery.source.index(place) for place in range(3)] == indices
    assert opened.gallery.source.indices(np.arange(3)).tolist() == indices
    # What came back has the size of the others.
    qtbot.waitUntil(lambda: all(max(picture.pixels.shape) == 48 for picture in opened.library.pictures))
    assert names(opened) == ["a.png", "b.png", "c.png"]
    undo.redo()
    assert names(opened) == ["b.png", "c.png"]
    # The last one too, when a sample is on screen.
    for _ in range(2):
        opened.gallery.remove()
    assert names(opened) == []
    undo.undo()
    assert names(opened) == ["c.png"]
    assert opened.session.selection.name == "c.png"


def test_a_folder_at_once_and_one_message_for_what_is_no_picture(
    qtbot: QtBot, window: MainWindow, posted: list[Message], tmp_path: Path
) -> None:
    folder = tmp_path / "holiday"
    folder.mkdir()
    for number in range(3):
        write(folder, f"{number}.png", seed=number)
    (folder / "broken.jpg").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("nothing to say of it")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder))])
    window.opener.open_data(data)
    qtbot.waitUntil(lambda: len(window.library.pictures) == 3)
    assert names(window) == ["0.png", "1.png", "2.png"]
    qtbot.waitUntil(lambda: any("1 of 4 files in 'holiday'" in message.text for message in posted))
    (told,) = (message.text for message in posted if "no pictures" in message.text)
    assert "broken.jpg" in told
    assert "notes.txt" not in told


def test_an_empty_folder_and_one_that_is_not_there_are_told(
    qtbot: QtBot, window: MainWindow, posted: list[Message], tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    for name, said in (("empty", "no picture in 'empty'"), ("none", "'none' cannot be read")):
        window.opener.open_folder(tmp_path / name)
        qtbot.waitUntil(lambda said=said: any(said in message.text for message in posted))


def test_a_square_is_cut_out(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = write(tmp_path, "wide.png", (200, 100))
    window.opener.open_paths([path])
    qtbot.waitUntil(lambda: len(window.library.pictures) == 1)
    window.gallery.own.crop.click()
    qtbot.waitUntil(lambda: bool(window.findChildren(CropDialog)))
    (dialog,) = window.findChildren(CropDialog)
    size = images.load_picture(path, longest_side=1024).pixels.shape
    view = dialog.view
    assert view.square.width() == min(size[:2])
    for _ in range(10):
        QTest.keyClick(view, Qt.Key.Key_Minus)
    QTest.keyClick(view, Qt.Key.Key_Left)
    inside = view.rect()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    QTest.mouseMove(view, QPoint(-500, -500))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(-500, -500))
    assert view.square.topLeft() == QPoint(0, 0)
    assert inside.isValid()
    side = view.square.width()
    cut = dialog.cut()
    assert cut.shape == (side, side, 3)
    whole = np.rint(images.load_picture(path, longest_side=1024).pixels * 255).astype(np.uint8)
    np.testing.assert_array_equal(cut, whole[:side, :side])
    dialog.accept()
    qtbot.waitUntil(lambda: window.library.pictures[0].pixels.shape == (32, 32, 3))
    assert f"{side}x{side}" in window.library.pictures[0].note
    window.gallery.set_side(64)  # the square stays
    qtbot.waitUntil(
        lambda: window.library.pictures[0].pixels.shape[0] == window.library.pictures[0].pixels.shape[1] > 32
    )


def test_the_square_never_leaves_the_picture(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = CropDialog(images.load_picture(write(tmp_path, "a.png", (120, 88)), longest_side=1024))
    qtbot.addWidget(dialog)
    view = dialog.view
    generator = np.random.default_rng(0)
    for left, top, side in generator.uniform(-300, 300, (200, 3)):
        view.set_square(left, top, side)
        assert view.square.width() == view.square.height() >= 16
        assert dialog.cut().shape[:2] == (view.square.width(),) * 2
