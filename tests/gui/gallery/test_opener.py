from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from advgui import images
from advgui.gui.gallery.opener import PictureOpener
from advgui.gui.threads.background import Background
from advgui.gui.widgets.messages import Message
from advgui.images import Picture


@pytest.fixture
def opener(qapp: object) -> Iterator[PictureOpener]:
    background = Background("files")
    yield PictureOpener(background, 128)
    background.close()


def file(folder: Path, name: str = "a.png", size: tuple[int, int] = (32, 32), seed: int = 0) -> Path:
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(folder / name)
    return folder / name


def urls(*paths: Path | str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl(path) if isinstance(path, str) else QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def record(opener: PictureOpener) -> list[Picture]:
    opened: list[Picture] = []
    opener.opened.connect(opened.append)
    return opened


def test_a_file_is_opened_pixel_by_pixel(qtbot: QtBot, opener: PictureOpener, tmp_path: Path) -> None:
    path = file(tmp_path)
    with qtbot.waitSignal(opener.opened) as opened:
        opener.open_paths([path])
    assert opened.args[0].name == "a.png"
    assert np.array_equal(images.to_uint8(opened.args[0].pixels), np.asarray(Image.open(path)))


def test_several_files_come_in_their_order(qtbot: QtBot, opener: PictureOpener, tmp_path: Path) -> None:
    opened = record(opener)
    opener.open_data(urls(*[file(tmp_path, f"{n}.png", seed=n) for n in range(5)]))
    qtbot.waitUntil(lambda: len(opened) == 5)
    assert [picture.name for picture in opened] == [f"{n}.png" for n in range(5)]


def test_an_unreadable_file_is_told_and_the_others_are_opened(
    qtbot: QtBot, opener: PictureOpener, tmp_path: Path, posted: list[Message]
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not a picture")
    opened = record(opener)
    opener.open_paths([broken, tmp_path / "missing.png", tmp_path, file(tmp_path)])
    qtbot.waitUntil(lambda: len(opened) == 1)
    assert len(posted) == 3
    assert "broken.png" in posted[0].text
    assert "missing.png" in posted[1].text
    assert "folder" in posted[2].text


def test_a_picture_on_the_clipboard_is_opened(qtbot: QtBot, opener: PictureOpener) -> None:
    image = QImage(32, 24, QImage.Format.Format_RGB32)
    image.fill(QColor(10, 20, 30))
    data = QMimeData()
    data.setImageData(image)
    assert PictureOpener.accepts(data)
    with qtbot.waitSignal(opener.opened) as opened:
        opener.open_data(data)
    picture = opened.args[0]
    assert picture.name == "Pasted picture 1"
    assert (images.to_uint8(picture.pixels) == [10, 20, 30]).all()


def test_a_large_pasted_picture_is_brought_down(qtbot: QtBot, opener: PictureOpener) -> None:
    image = QImage(5000, 3000, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    with qtbot.waitSignal(opener.opened) as opened:
        opener.open_image(image)
    assert max(opened.args[0].pixels.shape[:2]) == 128
    assert opened.args[0].note == "scaled down from 5000x3000 to 128x80"
    origin = opener._origins[0].origin
    assert not isinstance(origin, Path)
    assert max(origin.pixels.shape[:2]) == 1024


def test_text_and_addresses_are_refused_with_words(opener: PictureOpener, posted: list[Message]) -> None:
    text = QMimeData()
    text.setText("hello")
    assert not PictureOpener.accepts(text)
    opener.open_data(text)
    opener.open_data(urls("https://example.org/a.png"))
    opener.open_data(None)
    opener.open_image(QImage())
    assert len(posted) == 3
    assert "clipboard" in posted[0].text
    assert "on this computer" in posted[1].text


def test_too_many_at_once_are_not_all_opened(
    qtbot: QtBot, opener: PictureOpener, tmp_path: Path, posted: list[Message]
) -> None:
    path = file(tmp_path)
    opened = record(opener)
    opener.open_paths([path] * 70)
    qtbot.waitUntil(lambda: len(opened) == 50)
    assert "70" in posted[0].text
    assert not opener._background.busy


def test_opened_pictures_are_read_again_at_another_size(qtbot: QtBot, opener: PictureOpener, tmp_path: Path) -> None:
    opened = record(opener)
    opener.open_paths([file(tmp_path, "a.png", (200, 100)), file(tmp_path, "b.png", (64, 64))])
    qtbot.waitUntil(lambda: len(opened) == 2)
    again: dict[int, Picture] = {}
    opener.reopened.connect(lambda number, picture: again.update({number: picture}))
    opener.set_side(64)
    opener.set_side(32)
    qtbot.waitUntil(lambda: len(again) == 2)
    assert again[0].pixels.shape == (16, 32, 3)
    assert again[1].pixels.shape == (32, 32, 3)
    assert "200x100" in again[0].note
