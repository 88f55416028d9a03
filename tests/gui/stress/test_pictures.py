"""Picture files of every kind, brought into the real window in every way."""

import os
import random
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QGuiApplication, QImage, Qt, QTextDocument
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from advgui import images
from advgui.gui.main_window import MainWindow
from advgui.gui.widgets.messages import Level, Message
from advgui.images import Picture
from tests.corpus import BAD, ORIGINALS, mutated, saved
from tests.gui.events import drop

MUTATED = 1000
AT_ONCE = 50  # as many as the window takes
ORANGE = (230, 159, 0)
LUMA = (0.299, 0.587, 0.114)


def plain(width: int, height: int, mode: str = "RGB") -> Image.Image:
    return Image.new("RGB", (width, height), ORANGE).convert(mode)


def rotated() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(plain(96, 64), "JPEG", exif=exif)


def sixteen_bits() -> bytes:
    return saved(Image.fromarray(np.full((48, 48), round(np.dot(ORANGE, LUMA)) * 257, np.uint16)), "PNG")


# Content, and the size that is shown.
GOOD: dict[str, tuple[Callable[[], bytes], tuple[int, int]]] = {
    "1x1": (lambda: saved(plain(1, 1), "PNG"), (8, 8)),
    "another kind than its name says": (lambda: saved(plain(48, 48), "JPEG"), (48, 48)),
    "12,000x9,000": (lambda: saved(plain(12_000, 9_000), "JPEG", quality=30), (128, 96)),
    "16 bits": (sixteen_bits, (48, 48)),
    "CMYK": (lambda: saved(plain(48, 48, "CMYK"), "JPEG"), (48, 48)),
    "palette": (lambda: saved(plain(48, 48).quantize(4), "PNG", transparency=3), (48, 48)),
    "animation": (
        lambda: saved(plain(48, 48), "GIF", save_all=True, append_images=[Image.new("RGB", (48, 48), "blue")]),
        (48, 48),
    ),
    "turned": (rotated, (64, 96)),
}


def by_dialog(window: MainWindow, paths: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(path) for path in paths], ""))
    window.actions_by_name["open"].trigger()


def files(paths: list[Path]) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def by_drop(window: MainWindow, paths: list[Path], _: pytest.MonkeyPatch) -> None:
    assert drop(window, files(paths))


def by_clipboard(window: MainWindow, paths: list[Path], _: pytest.MonkeyPatch) -> None:
    QGuiApplication.clipboard().setMimeData(files(paths))
    window.actions_by_name["paste"].trigger()


@pytest.fixture
def window(qtbot: QtBot, make_window: Callable[..., MainWindow]) -> MainWindow:
    made = make_window()
    made.gallery.set_side(128)
    with qtbot.waitSignal(made.runner.result):
        made.show()
    return made


def errors(posted: list[Message]) -> list[Message]:
    return [message for message in posted if message.level is Level.ERROR]


def still_works(qtbot: QtBot, window: MainWindow) -> None:
    slider = window.controls.sliders["fgsm"].slider
    slider.setValue((slider.value() + 1) % slider.maximum())
    qtbot.waitUntil(lambda: window.runner.is_idle)
    outcome = window.stage.outcomes()[0]
    assert outcome.scenario.strength == pytest.approx(slider.value() / 255)
    assert outcome.images
    assert window.isVisible()


@pytest.mark.parametrize("way", [by_dialog, by_drop, by_clipboard])
def test_every_picture_is_shown_as_it_is_or_refused_with_the_reason(
    qtbot: QtBot, window: MainWindow, posted: list[Message], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way
) -> None:
    opened: list[Picture] = []
    window.opener.opened.connect(opened.append)
    for number, (name, (make, (width, height))) in enumerate(GOOD.items()):
        path = tmp_path / f"good {number}.png"
        path.write_bytes(make())
        with qtbot.waitSignal(window.opener.opened):
            way(window, [path], monkeypatch)
        assert opened[-1].pixels.shape == (height, width, 3), name
        shown = images.to_uint8(opened[-1].pixels).reshape(-1, 3).mean(axis=0)
        assert np.dot(shown, LUMA) == pytest.approx(np.dot(ORANGE, LUMA), abs=4), name
        qtbot.waitUntil(lambda: window.runner.is_idle)
        assert window.session.selection.pixels is opened[-1].pixels
    assert not errors(posted)
    for number, (name, (content, _)) in enumerate(BAD.items(), start=1):
        path = tmp_path / f"bad {number}.png"
        path.write_bytes(content)
        way(window, [path], monkeypatch)
        qtbot.waitUntil(lambda number=number: len(errors(posted)) == number)
        assert path.name in posted[-1].text, name
    assert len(opened) == len(GOOD)
    still_works(qtbot, window)


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (3000, 2000)])
@pytest.mark.parametrize("kind", [QImage.Format.Format_RGB32, QImage.Format.Format_Grayscale16])
def test_a_picture_itself_on_the_clipboard(
    qtbot: QtBot, window: MainWindow, posted: list[Message], shape: tuple[int, int], kind: QImage.Format
) -> None:
    image = QImage(*shape, kind)
    image.fill(0)
    opened: list[Picture] = []
    window.opener.opened.connect(opened.append)
    data = QMimeData()
    data.setImageData(image)
    QGuiApplication.clipboard().setMimeData(data)
    window.actions_by_name["paste"].trigger()
    qtbot.waitUntil(lambda: bool(opened) or bool(errors(posted)))
    assert bool(opened) != bool(errors(posted))
    still_works(qtbot, window)


@pytest.mark.parametrize(("seed", "count"), [(5, MUTATED), pytest.param(6, 20 * MUTATED, marks=pytest.mark.slow)])
def test_a_thousand_damaged_files_leave_the_window_alive(
    qtbot: QtBot, window: MainWindow, posted: list[Message], tmp_path: Path, seed: int, count: int
) -> None:
    generator = random.Random(seed)
    originals = [make() for make in ORIGINALS.values()]
    opened: list[Picture] = []
    window.opener.opened.connect(opened.append)
    for first in range(0, count, AT_ONCE):
        paths = [tmp_path / f"{number}.png" for number in range(first, first + AT_ONCE)]
        for number, path in enumerate(paths):
            path.write_bytes(mutated(originals[number % len(originals)], generator))
        assert drop(window, files(paths))
        qtbot.waitUntil(lambda first=first: len(opened) + len(errors(posted)) == first + AT_ONCE)
    assert opened
    assert len(errors(posted)) > count // 10
    assert not any("should not" in message.text for message in posted)
    still_works(qtbot, window)


NAMES = {
    "HTML": b"<h1>big<br>letters.png",
    "an entity": b"&lt;b&gt;.png",
    "as long as can be": b"n" * 251 + b".png",
    "two bytes a letter": "ü".encode() * 120 + b".png",
    "a line break": b"two\nlines.png",
    "no text in this encoding": b"\xff\xfe.png",
    "from right to left": "\u202egnp.png".encode(),
    "words for printf": b"%s %n {}.png",
}


def as_seen(tooltip: str) -> str:
    """What Qt makes of a tooltip's text."""
    document = QTextDocument()
    if not Qt.mightBeRichText(tooltip):
        return tooltip
    document.setHtml(tooltip)
    return document.toPlainText()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems do not allow such names")
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_of_any_kind_changes_nothing_but_the_title(
    qtbot: QtBot, window: MainWindow, posted: list[Message], tmp_path: Path, name: bytes
) -> None:
    path = tmp_path / os.fsdecode(name)
    height = window.stage.title.sizeHint().height()
    with qtbot.waitSignal(window.opener.opened):
        path.write_bytes(saved(plain(48, 48), "PNG"))
        window.opener.open_paths([path])
    qtbot.waitUntil(lambda: window.runner.is_idle)
    shown = window.stage.title.text()
    assert "48x48" in shown
    assert window.stage.title.sizeHint().height() == height
    assert as_seen(window.stage.title.toolTip()) == shown
    path.write_bytes(b"nothing")
    window.opener.open_paths([path])
    qtbot.waitUntil(lambda: bool(posted))
    assert len(posted) == 1
    assert "is not a picture" in posted[0].text
    QApplication.processEvents()
    assert window.banner.label.textFormat() == Qt.TextFormat.PlainText
    # The window can still be as small as before.
    assert window.minimumSizeHint().width() <= window.minimumWidth()
    still_works(qtbot, window)
