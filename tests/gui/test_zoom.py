from collections.abc import Iterator

import pytest
from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from advgui.gui import settings
from advgui.gui.evaluation.dialog import EvaluationDialog
from advgui.gui.main_window import MainWindow
from advgui.gui.settings import ZOOMS, Settings
from tests.gui.checks import settled


@pytest.fixture(autouse=True)
def usual_size(theme) -> Iterator[None]:
    yield
    theme.set_zoom(1)


def size_of(widget: QWidget) -> int:
    return QFontInfo(widget.font()).pixelSize()


def test_zoom_changes_every_letter_and_is_remembered(window: MainWindow, make_window, store: Settings) -> None:
    parts = (
        window.controls.randomness.seed,
        window.gallery.count,
        window.status.measured,
        window.menuBar(),
        window.banner,
    )
    usual = [size_of(part) for part in parts]
    for _ in range(2 * len(ZOOMS)):
        window.zoom.closer.trigger()
    assert not window.zoom.closer.isEnabled()
    assert [size_of(part) / size for part, size in zip(parts, usual, strict=True)] == pytest.approx(
        [2] * len(parts), 0.1
    )
    assert store.get(settings.ZOOM) == ZOOMS[-1]
    window.zoom.farther.trigger()
    assert store.get(settings.ZOOM) == ZOOMS[-2]
    assert make_window().zoom.percent == ZOOMS[-2]
    window.zoom.usual.trigger()
    assert [size_of(part) for part in parts] == usual
    for _ in range(2 * len(ZOOMS)):
        window.zoom.farther.trigger()
    assert not window.zoom.farther.isEnabled()


@pytest.mark.parametrize("stored", ["0", "-100", "1e9", "101", "", "large"])
def test_a_zoom_that_is_none_is_the_usual_one(store: Settings, stored: str) -> None:
    store.store.setValue("version", settings.VERSION)
    store.store.setValue(settings.ZOOM.key, stored)
    assert store.get(settings.ZOOM) == 100


def test_zoom_reaches_dialogs_that_are_open(dialog: EvaluationDialog, theme) -> None:
    parts = (dialog.table, dialog.state, dialog.form)
    usual = [size_of(part) for part in parts]
    theme.set_zoom(1.5)
    assert dialog.form.width() >= dialog.form.minimumSizeHint().width()
    assert [size_of(part) / size for part, size in zip(parts, usual, strict=True)] == pytest.approx([1.5] * 3, 0.1)


def test_letters_of_the_controls_follow_the_window(qtbot: QtBot, window: MainWindow) -> None:
    window.resize(1280, 800)
    usual = size_of(window.controls.randomness.seed)
    window.resize(1920, 1200)
    assert size_of(window.controls.randomness.seed) == pytest.approx(1.5 * usual, abs=1)
    window.resize(3840, 2160)
    assert size_of(window.controls.randomness.seed) == pytest.approx(2.7 * usual, abs=1)
    window.resize(settings.SMALLEST_SIZE)
    assert size_of(window.controls.randomness.seed) == usual


@pytest.mark.parametrize("zoom", [80, 100, 150, 200])
def test_nothing_is_cut_at_any_zoom(qtbot: QtBot, window: MainWindow, zoom: int) -> None:
    qtbot.waitUntil(lambda: settled(window))
    while window.zoom.percent != zoom:
        (window.zoom.closer if window.zoom.percent < zoom else window.zoom.farther).trigger()
    QApplication.processEvents()
    for part in (window.controls, window.gallery):
        assert part.width() >= part.minimumSizeHint().width()
        for label in part.findChildren(QLabel):
            if label.isVisible() and not label.wordWrap():
                assert label.width() >= label.sizeHint().width(), label.text()
    for label in (window.status.measured, window.status.time):
        assert label.width() >= label.sizeHint().width()
