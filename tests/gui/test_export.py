from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from advgui.errors import AdvguiError
from advgui.gui import export, pixels


@pytest.fixture
def widgets(qtbot: QtBot) -> list[QWidget]:
    made = []
    for color, height in (("red", 20), ("blue", 30)):
        widget = QWidget()
        widget.setStyleSheet(f"background: {color}")
        widget.resize(50, height)
        qtbot.addWidget(widget)
        made.append(widget)
    return made


def test_widgets_are_put_below_one_another_at_twice_the_size(widgets: list[QWidget]) -> None:
    image = export.picture_of(widgets, margin=5)
    assert (image.width(), image.height()) == (2 * (50 + 10), 2 * (20 + 30 + 15))
    assert image.pixelColor(60, 30) == QColor("red")
    assert image.pixelColor(60, 2 * 40) == QColor("blue")


def test_a_png_is_written_with_every_pixel(tmp_path: Path) -> None:
    before = np.random.default_rng(0).integers(0, 256, (9, 13, 3), dtype=np.uint8)
    written = export.save_png(pixels.qimage_of_bytes(before), tmp_path / "new folder" / "panels")
    assert written == tmp_path / "new folder" / "panels.png"
    assert np.array_equal(np.asarray(Image.open(written).convert("RGB")), before)
    assert [path.name for path in written.parent.iterdir()] == ["panels.png"]


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(AdvguiError, match="Choose another folder"):
        export.save_png(pixels.qimage_of_bytes(np.zeros((2, 2, 3), np.uint8)), blocked / "a.png")
