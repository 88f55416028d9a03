from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QThread
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from advgui.errors import AdvguiError
from advgui.gui.threads.background import Background
from advgui.gui.widgets import export, pixels


@pytest.fixture
def files(qapp: QApplication) -> Iterator[Background]:
    made = Background("files")
    yield made
    made.close()


def test_a_png_is_written_with_every_pixel(tmp_path: Path) -> None:
    before = np.random.default_rng(0).integers(0, 256, (9, 13, 3), dtype=np.uint8)
    written = export.with_suffix(tmp_path / "new folder" / "panels", ".png")
    assert written == tmp_path / "new folder" / "panels.png" == export.with_suffix(written, ".png")
    export.save(written, lambda: export.png(pixels.qimage_of_bytes(before)), None, print, print)
    assert np.array_equal(np.asarray(Image.open(written).convert("RGB")), before)
    assert [path.name for path in written.parent.iterdir()] == ["panels.png"]


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    errors: list[Exception] = []
    export.save(blocked / "a.png", lambda: b"", None, print, errors.append)
    assert "Choose another folder" in str(errors[0])


def test_content_is_made_off_the_gui_thread_and_answers_come_on_it(
    qtbot: QtBot, files: Background, tmp_path: Path
) -> None:
    threads: list[QThread] = []
    answers: list[object] = []

    def content() -> bytes:
        threads.append(QThread.currentThread())
        return b"content"

    def done(path: object) -> None:
        threads.append(QThread.currentThread())
        answers.append(path)

    export.save(tmp_path / "a.svg", content, files, done, answers.append)
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == [tmp_path / "a.svg"]
    assert (tmp_path / "a.svg").read_bytes() == b"content"
    here = QApplication.instance().thread()
    assert threads[0] is not here
    assert threads[1] is here


@pytest.mark.parametrize("in_background", [True, False])
def test_what_goes_wrong_is_told(qtbot: QtBot, files: Background, tmp_path: Path, in_background: bool) -> None:
    (tmp_path / "file").write_text("")
    answers: list[object] = []
    where = files if in_background else None
    export.save(tmp_path / "file" / "a.pdf", lambda: b"", where, lambda _: answers.append("done"), answers.append)
    qtbot.waitUntil(lambda: bool(answers))
    assert isinstance(answers[0], AdvguiError)


@pytest.mark.parametrize(
    ("typed", "chosen_filter", "expected"),
    [
        ("a.svg", "PNG (*.png)", "a.svg"),
        ("a.PDF", "", "a.PDF"),
        ("a", "PDF (*.pdf)", "a.pdf"),
        ("version 1.2", "SVG (*.svg)", "version 1.2.svg"),
        ("a", "", "a.png"),
    ],
)
def test_the_kind_of_file_is_that_of_its_name_or_the_chosen_one(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, chosen_filter: str, expected: str
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / typed), chosen_filter))
    assert export.ask_for_figure(parent, "Save", tmp_path / "figure") == tmp_path / expected
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    assert export.ask_for_figure(parent, "Save", tmp_path / "figure") is None
