"""Panels side by side: blinking with (a), a common zoom, and the values of one pixel in all of them."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTextBrowser
from pytestqt.qtbot import QtBot

from advgui import images
from advgui.gui.main_window import MainWindow
from advgui.gui.panels.comparison import Pixel, View
from advgui.gui.panels.image_panel import ImagePanel
from advgui.gui.panels.inspecting import KEYS
from advgui.gui.widgets import pixels
from advgui.types import CLEAN
from tests.gui.checks import choose_attacks, settled
from tests.gui.painted import texts

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def row(qtbot: QtBot, window: MainWindow) -> dict[str, ImagePanel]:
    qtbot.waitUntil(lambda: settled(window))
    return window.stage.rows["fgsm"].panels


def middle(panel: ImagePanel, pixel: Pixel) -> QPoint:
    """A place on a pixel."""
    place = panel.picture.place_of(pixel, panel.layout_now.picture, panel.devicePixelRatioF())
    return place.center().toPoint()


def wheel(panel: ImagePanel, place: QPoint, notches: int) -> None:
    none = Qt.MouseButton.NoButton
    event = QWheelEvent(
        QPointF(place), QPointF(panel.mapToGlobal(place)), QPoint(), QPoint(0, 120 * notches), none,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(panel, event)


def seen(panel: ImagePanel) -> np.ndarray:
    """What is on screen in the place of the picture."""
    return pixels.rgb(panel.grab().toImage().copy(panel.layout_now.picture))


@pytest.mark.parametrize("by", ["mouse", "key"])
def test_a_panel_shows_the_original_while_it_is_held(row: dict[str, ImagePanel], by: str) -> None:
    panel = row["attacked"]
    own, original = seen(panel), seen(row["clean"])
    assert not np.array_equal(own, original)
    if by == "mouse":
        QTest.mousePress(panel, LEFT, pos=panel.layout_now.picture.center())
        assert np.array_equal(seen(panel), original)
        QTest.mouseRelease(panel, LEFT, pos=panel.layout_now.picture.center())
    else:
        QTest.keyPress(panel, Qt.Key.Key_B)
        assert np.array_equal(seen(panel), original)
        assert not row["autoencoder"].picture.is_held
        QTest.keyRelease(panel, Qt.Key.Key_B)
    assert np.array_equal(seen(panel), own)


def test_b_means_all_panels_where_none_has_the_keys(window: MainWindow, row: dict[str, ImagePanel]) -> None:
    QTest.keyPress(window.gallery.view, Qt.Key.Key_B)
    assert all(panel.picture.is_held for panel in row.values())
    QTest.keyRelease(window.gallery.view, Qt.Key.Key_B)
    assert not any(panel.picture.is_held for panel in row.values())


def test_who_loses_the_keys_holds_nothing(window: MainWindow, row: dict[str, ImagePanel]) -> None:
    window.activateWindow()
    row["attacked"].setFocus()
    QTest.keyPress(row["attacked"], Qt.Key.Key_B)
    assert row["attacked"].picture.is_held
    window.gallery.view.setFocus()
    assert not row["attacked"].picture.is_held


def test_a_click_on_a_bar_is_still_a_click(window: MainWindow, row: dict[str, ImagePanel]) -> None:
    panel = row["attacked"]
    column = panel.layout_now.columns[0]
    names = panel._class_names
    wanted = next(each for each in range(len(names)) if each != panel.prediction.label)
    place = QPoint(
        column.center().x(), column.top() + (2 * wanted + 1) * column.height() // (2 * panel.layout_now.rows)
    )
    assert panel.class_at(place) == wanted
    QTest.mousePress(panel, LEFT, pos=place)
    assert not panel.picture.is_held
    QTest.mouseRelease(panel, LEFT, pos=place)
    assert window.session.state.target == wanted


def test_in_a_presentation_keys_mean_what_they_did(window: MainWindow, row: dict[str, ImagePanel]) -> None:
    QTest.keyClick(window, Qt.Key.Key_F5)
    panel = window.focusWidget()
    assert isinstance(panel, ImagePanel)
    QTest.mouseMove(panel, middle(panel, Pixel(5, 5, 32, 32)))
    strength = window.session.state.settings_of("fgsm")
    QTest.keyClick(panel, Qt.Key.Key_Up)
    assert window.session.state.settings_of("fgsm") != strength
    QTest.keyPress(panel, Qt.Key.Key_B)
    QTest.keyRelease(panel, Qt.Key.Key_B)
    assert window.stage.is_swapped
    assert not any(each.picture.is_held for each in row.values())
    wheel(panel, panel.layout_now.picture.center(), 2)
    assert window.stage.comparison.view.factor == pytest.approx(2)
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert window.stage.comparison.view == View()
    assert window.presentation.is_on
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert not window.presentation.is_on


@pytest.mark.parametrize("back", ["double click", "Escape", "Escape elsewhere", "wheel"])
def test_the_wheel_zooms_all_panels(window: MainWindow, row: dict[str, ImagePanel], back: str) -> None:
    panel, corner = row["autoencoder"], row["autoencoder"].layout_now.picture.topLeft()
    before = {key: seen(each) for key, each in row.items()}
    wheel(panel, corner, 2)
    window.stage.comparison.hover(None)
    factor = pixels.scale(2 * panel.layout_now.picture.width(), panel.picture.extent)
    for key, each in row.items():
        now = seen(each)
        assert not np.array_equal(now, before[key])
        first = images.to_uint8(each.pixels)[0, 0]
        assert (now == first).all(axis=2).sum() >= factor**2
    if back == "double click":
        QTest.mouseDClick(panel, LEFT, pos=panel.layout_now.picture.center())
        QTest.mouseRelease(panel, LEFT, pos=panel.layout_now.picture.center())
    elif back == "wheel":
        wheel(panel, corner, -2)
        window.stage.comparison.hover(None)
    else:
        QTest.keyClick(panel if back == "Escape" else window.gallery.view, Qt.Key.Key_Escape)
    for key, each in row.items():
        assert np.array_equal(seen(each), before[key])


def test_every_panel_says_the_values_of_the_pixel_under_the_mouse(row: dict[str, ImagePanel]) -> None:
    QTest.mouseMove(row["clean"], middle(row["clean"], Pixel(12, 7, 32, 32)))
    shown = {key: images.to_uint8(panel.pixels)[7, 12].astype(int) for key, panel in row.items()}
    for key, panel in row.items():
        said = f"(12, 7): {' '.join(map(str, shown[key]))}"
        if key != CLEAN:
            said += ", " + " ".join(f"{each:+d}" for each in shown[key] - shown[CLEAN])
        assert panel.picture.reading == said
        assert said in panel.accessibleDescription()
        assert panel.picture.pixel == Pixel(12, 7, 32, 32)


def test_where_the_line_is_short_the_values_have_room(row: dict[str, ImagePanel]) -> None:
    panel = row["attacked"]
    pixel = Pixel(31, 31, 32, 32)
    panel._comparison.choose(pixel)
    said = {}
    for width in (300, 100):
        panel.resize(width, panel.height())
        said[width] = {text.words for text in texts(panel)}
    whole, short = said.values()
    assert panel.picture.reading in whole
    assert panel.picture.values in short
    assert panel.picture.reading not in short


def test_a_padded_picture_has_coordinates_of_its_own(
    qtbot: QtBot, window: MainWindow, row: dict[str, ImagePanel]
) -> None:
    clean, padded = np.full((32, 32, 3), 0.5, np.float32), np.full((40, 40, 3), 0.25, np.float32)
    first, second = row["clean"], row["randomization"]
    for panel, picture in ((first, clean), (second, padded)):
        panel.show_waiting("", picture)
        panel.set_original(None if panel is first else clean)
    window.stage.comparison.choose(Pixel(12, 7, 32, 32))
    assert first.picture.reading == "(12, 7): 128 128 128"
    assert second.picture.reading == "(16, 11): 64 64 64"
    window.stage.comparison.choose(Pixel(1, 2, 40, 40))
    assert first.picture.reading == ""
    assert second.picture.reading == "(1, 2): 64 64 64"


def test_the_frame_is_around_the_pixel(window: MainWindow, row: dict[str, ImagePanel]) -> None:
    panel, pixel = row["attacked"], Pixel(20, 9, 32, 32)
    before = panel.grab().toImage()
    window.stage.comparison.choose(pixel)
    after = panel.grab().toImage()
    place = panel.picture.place_of(pixel, panel.layout_now.picture, 1)
    inside, around = place.toAlignedRect().adjusted(1, 1, -1, -1), place.toAlignedRect().adjusted(-4, -4, 4, 4)
    assert after.copy(inside) == before.copy(inside)
    assert after.copy(around) != before.copy(around)


def test_keys_choose_and_move_a_pixel_and_zoom(window: MainWindow, row: dict[str, ImagePanel]) -> None:
    panel, comparison = row["attacked"], window.stage.comparison
    image = window.session.selection
    QTest.keyClick(panel, Qt.Key.Key_Right)
    assert comparison.pixel is None
    QTest.keyClick(panel, Qt.Key.Key_Return)
    assert comparison.pixel == Pixel(16, 16, 32, 32)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Up):
        QTest.keyClick(panel, key)
    assert comparison.pixel == Pixel(17, 14, 32, 32)
    assert window.session.selection is image
    QTest.keyClicks(panel, "++")
    assert comparison.view.factor == pytest.approx(2)
    QTest.keyClicks(panel, "-")
    assert comparison.view.factor < 2
    QTest.keyClick(panel, Qt.Key.Key_Return)
    assert comparison.pixel is None
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert comparison.view == View()


def test_rows_are_linked_and_the_keys_are_listed(qtbot: QtBot, window: MainWindow, row: dict[str, ImagePanel]) -> None:
    choose_attacks(window.controls, ("gaussian", "fgsm"))
    qtbot.waitUntil(lambda: settled(window))
    above = window.stage.rows["gaussian"].panels["attacked"]
    QTest.mouseMove(above, middle(above, Pixel(3, 4, 32, 32)))
    assert row["attacked"].picture.pixel == Pixel(3, 4, 32, 32)
    window.show_shortcuts()
    listed = window.findChild(QTextBrowser).toPlainText()
    for what, keys in KEYS:
        assert what in listed
        assert keys in listed
