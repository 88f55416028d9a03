import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QTextBrowser
from pytestqt.qtbot import QtBot

from advgui.gui.main_window import MainWindow
from advgui.gui.panels.image_panel import ImagePanel
from advgui.gui.presentation import KEYS, SMALLEST_TEXT
from tests.gui.checks import choose_attacks, settled, strength_of
from tests.gui.painted import seen, texts


def press(window: MainWindow, *keys: Qt.Key) -> None:
    """Press keys where the focus is, as a keyboard does."""
    for key in keys:
        QTest.keyClick(window.focusWidget() or window, key)


@pytest.fixture
def presented(qtbot: QtBot, window: MainWindow) -> MainWindow:
    qtbot.waitUntil(lambda: settled(window))
    press(window, Qt.Key.Key_F5)
    return window


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (3840, 2160)])
@pytest.mark.parametrize("attacks", [("fgsm",), ("gaussian", "fgsm")])
def test_all_text_is_large_enough_for_the_last_row(
    qtbot: QtBot, presented: MainWindow, size: tuple[int, int], attacks: tuple[str, ...]
) -> None:
    choose_attacks(presented.controls, attacks)
    presented.resize(*size)
    qtbot.waitUntil(lambda: settled(presented))
    assert presented.size().toTuple() == size
    for alone in (-1, 1):
        presented.stage.show_only(alone)
        QApplication.processEvents()
        written = [(widget, text) for widget in seen(presented) for text in texts(widget)]
        assert {"cat", "FGSM", "Leave"} <= {word for _, text in written for word in text.words.replace(",", "").split()}
        for widget, text in written:
            assert text.size >= SMALLEST_TEXT * size[1], (widget, text)
            assert not text.words.endswith("…"), text
    assert presented.presentation.bar.height() >= 28
    for control in presented.presentation.bar.findChildren(QAbstractButton):
        assert control.height() >= 20


def test_nothing_but_the_panels_and_the_bar_is_seen(qtbot: QtBot, presented: MainWindow) -> None:
    assert presented.isFullScreen()
    cell = presented.stage.bottom.cells["fgsm"]
    for part in (presented.gallery, presented.controls, presented.status, cell.view, cell.threat, cell.lights):
        assert not part.isVisible()
    assert cell.curve.chart.isVisible()
    assert presented.menuBar().height() == 0
    said = presented.stage.headline.text()
    for words in ("FGSM, ε = 8/255", "knows the classifier, not the mitigations", "seed 0"):
        assert words in said
    press(presented, Qt.Key.Key_Escape)
    assert not presented.isFullScreen()
    for part in (presented.gallery, presented.controls, presented.status, cell.view, cell.threat, cell.lights):
        assert part.isVisible()
    qtbot.waitUntil(lambda: presented.menuBar().height() > 0)
    assert presented.presentation.bar.isHidden()
    assert "corrected" in presented.stage.headline.text()


def test_escape_leaves_full_screen_with_the_presentation(window: MainWindow) -> None:
    window.actions_by_name["full-screen"].trigger()
    press(window, Qt.Key.Key_F5, Qt.Key.Key_Escape)
    assert not window.isFullScreen()
    assert not window.actions_by_name["leave-full-screen"].isEnabled()


def test_the_second_f5_leaves_full_screen_as_it_was(window: MainWindow) -> None:
    window.actions_by_name["full-screen"].trigger()
    press(window, Qt.Key.Key_F5, Qt.Key.Key_F5)
    assert window.isFullScreen()
    assert window.gallery.isVisible()
    press(window, Qt.Key.Key_Escape)
    assert not window.isFullScreen()


def test_keys_change_the_strength_by_one_step(presented: MainWindow) -> None:
    def strength() -> float:
        return strength_of(presented.session.state, "fgsm") * 255

    presented.session.apply(presented.session.state.with_strength("fgsm", 7.5 / 255), "strength")
    press(presented, Qt.Key.Key_PageDown)
    assert strength() == pytest.approx(8)
    press(presented, Qt.Key.Key_Up)
    assert strength() == pytest.approx(9)
    press(presented, Qt.Key.Key_PageUp, Qt.Key.Key_Down)
    assert strength() == pytest.approx(7)
    press(presented, *[Qt.Key.Key_PageUp] * 9)
    assert strength() == 0
    presented.session.undo_stack.undo()
    assert strength() == pytest.approx(1)


def test_a_drag_of_the_bars_slider_is_one_step(presented: MainWindow) -> None:
    slider = presented.presentation.sliders["fgsm"].slider
    before = presented.session.state
    slider.sliderPressed.emit()
    for position in (3, 4, 5):
        slider.setValue(position)
    slider.sliderReleased.emit()
    assert strength_of(presented.session.state, "fgsm") == pytest.approx(5 / 255)
    presented.session.undo_stack.undo()
    assert presented.session.state == before
    assert slider.value() == 8


def test_arrows_choose_the_image_also_after_a_click(presented: MainWindow) -> None:
    before = presented.session.selection
    press(presented, Qt.Key.Key_Right)
    assert presented.session.selection is not before
    QTest.mouseClick(presented.presentation.swap_button, Qt.MouseButton.LeftButton)
    assert presented.stage.is_swapped
    press(presented, Qt.Key.Key_Left)
    assert presented.session.selection == before or presented.session.selection.index == before.index


def test_original_and_attacked_image_change_places(qtbot: QtBot, presented: MainWindow) -> None:
    def shown() -> list[tuple[str, object]]:
        panels = sorted(presented.stage.rows["fgsm"].panels.values(), key=ImagePanel.x)
        return [(panel.caption, panel.pixels.tobytes()) for panel in panels]

    before = shown()
    press(presented, Qt.Key.Key_B)
    assert shown() == [before[1], before[0], *before[2:]]
    presented.controls.randomness.new_draw()
    qtbot.waitUntil(lambda: settled(presented))
    assert shown()[1] == before[0]
    press(presented, Qt.Key.Key_B)
    assert shown()[0] == before[0]
    press(presented, Qt.Key.Key_B, Qt.Key.Key_Escape)
    assert shown()[0] == before[0]


def test_a_number_shows_one_panel_large(presented: MainWindow) -> None:
    def visible() -> list[str]:
        return [key for key, panel in presented.stage.rows["fgsm"].panels.items() if panel.isVisible()]

    everything = visible()
    press(presented, Qt.Key.Key_3)
    assert visible() == ["autoencoder"]
    panel = presented.stage.rows["fgsm"].panels["autoencoder"]
    assert panel.hasFocus()
    assert panel.size() == presented.stage.rows["fgsm"].size()
    layout = panel.layout_now
    for box in (layout.caption, layout.note, layout.picture, layout.verdict, *layout.columns):
        assert panel.rect().contains(box)
    press(presented, Qt.Key.Key_2)
    assert visible() == ["attacked"]
    press(presented, Qt.Key.Key_2)
    assert visible() == everything
    press(presented, Qt.Key.Key_6)
    assert visible() == everything
    press(presented, Qt.Key.Key_1, Qt.Key.Key_Escape)
    assert visible() == everything
    assert presented.presentation.is_on
    press(presented, Qt.Key.Key_4, Qt.Key.Key_F5)
    assert visible() == everything
    assert not presented.presentation.is_on


def test_the_keys_do_nothing_without_a_presentation(window: MainWindow) -> None:
    before = window.session.state
    window.setFocus()
    press(window, Qt.Key.Key_Up, Qt.Key.Key_B, Qt.Key.Key_3)
    assert window.session.state == before
    assert not window.stage.is_swapped
    assert window.stage.shown_alone == -1


def test_the_keys_are_listed(presented: MainWindow) -> None:
    presented.show_shortcuts()
    text = presented.findChild(QTextBrowser).toPlainText()
    for what, keys in KEYS:
        assert what in text
        assert keys in text
    assert "F5" in text


def test_a_window_closed_while_it_presents_opens_as_before(qtbot: QtBot, presented: MainWindow, make_window) -> None:
    presented.close()
    second = make_window()
    with qtbot.waitSignal(second.runner.result):
        second.show()
    assert all(second.splitter.sizes())
    assert not second.isFullScreen()
