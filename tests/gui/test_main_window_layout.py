"""The real window's layout, theme, keys and dialogs."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAccessible, QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QScrollArea,
    QTextBrowser,
    QWidget,
)
from pytestqt.qtbot import QtBot

from advgui.gui import settings
from advgui.gui.about import shortcuts
from advgui.gui.main_window import MainWindow
from advgui.gui.panels.bottom import AUTO
from advgui.gui.settings import Settings
from tests.gui.checks import choose_attacks, settled

MakeWindow = Callable[..., MainWindow]


@pytest.mark.parametrize("size", [(1024, 700), (1280, 800), (1920, 1080), (3840, 2160)])
@pytest.mark.parametrize("attacks", [("fgsm",), ("gaussian", "fgsm")])
def test_the_panels_are_the_largest_thing_at_every_size(
    qtbot: QtBot, window: MainWindow, size: tuple[int, int], attacks: tuple[str, ...]
) -> None:
    window.resize(*size)
    window.reset_layout()
    choose_attacks(window.controls, attacks)
    qtbot.waitUntil(lambda: settled(window))
    boxes = [panel.size() for row in window.stage.shown_rows for panel in row.panels.values()]
    assert len({box.toTuple() for box in boxes}) == 1
    area = sum(box.width() * box.height() for box in boxes)
    for other in (window.gallery, window.controls, window.stage.bottom):
        assert area > other.width() * other.height()
    layout = window.stage.shown_rows[0].panels["clean"].layout_now
    assert layout.picture.width() >= 80
    assert layout.columns[0].height() >= layout.rows * 8
    bottom = window.stage.bottom.geometry()
    assert window.stage.rect().contains(bottom)
    assert bottom.top() >= window.stage.shown_rows[-1].geometry().bottom()


def test_nothing_moves_when_numbers_change(qtbot: QtBot, window: MainWindow) -> None:
    choose_attacks(window.controls, ("gaussian", "fgsm"))
    window.controls.sliders["gaussian"].slider.setValue(99)
    qtbot.waitUntil(lambda: settled(window))

    def places() -> dict[QWidget, QRect]:
        widgets = [*window.stage.rows.values(), window.status.measured, window.controls, window.gallery, window.stage]
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
    first.stage.bottom.set_gain(50)
    first.close()
    second = make_window()
    assert second.geometry().topLeft() == first.geometry().topLeft()
    assert second.stage.bottom.chosen_gain == 50


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
    assert window.stage.bottom.chosen_gain == AUTO


def test_everything_that_takes_keys_can_be_reached_with_tab(window: MainWindow) -> None:
    window.activateWindow()
    seen: list[QWidget] = []
    current: QWidget | None = window.gallery.sources
    while current is not None and current not in seen:
        seen.append(current)
        current = current.nextInFocusChain()
    wanted = [
        window.gallery.view,
        window.gallery.index,
        window.stage.bottom.gain,
        window.controls.randomness.draw_button,
    ]
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


def test_the_list_of_keys_is_made_from_the_actions(window: MainWindow) -> None:
    def listed() -> dict[str, str]:
        return dict(shortcuts(window))

    for action in window.findChildren(QAction):
        for key in action.shortcuts():
            assert any(key.toString() in keys.split(", ") for keys in listed().values()), action.text()
    assert listed()["Open classifier"] == "Ctrl+Shift+O"
    assert listed()["Leave full screen"] == "Esc"
    window.actions_by_name["dataset"].setShortcut("Ctrl+Shift+F9")
    assert listed()["Data set"] == "Ctrl+Shift+F9"
    window.controls.sliders["fgsm"].slider.setValue(3)
    assert listed()["Undo"] == "Ctrl+Z"
    window.actions_by_name["shortcuts"].trigger()
    (dialog,) = [widget for widget in window.findChildren(QDialog) if widget.isVisible()]
    text = dialog.findChild(QTextBrowser).toPlainText()
    for what, keys in listed().items():
        assert what in text
        assert keys in text
    dialog.close()


def test_escape_leaves_full_screen(window: MainWindow) -> None:
    full = window.actions_by_name["full-screen"]
    full.trigger()
    assert window.isFullScreen()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.isFullScreen()
    assert not full.isChecked()
    assert not window.actions_by_name["leave-full-screen"].isEnabled()


def test_everything_that_takes_keys_is_seen(window: MainWindow) -> None:
    """No stop of the Tab key is a mere frame around others."""
    stops = [each for each in window.findChildren(QWidget) if each.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert not [stop for stop in stops if isinstance(stop, QScrollArea)]


def test_screen_readers_name_every_list_of_the_window(window: MainWindow) -> None:
    """On Linux the name of a combo box is its value; what it is for comes from a label beside it."""
    for box in window.findChildren(QComboBox):
        relations = QAccessible.queryAccessibleInterface(box).relations()
        assert [kind for _, kind in relations if kind is QAccessible.RelationFlag.Label], box.accessibleName()


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


def test_dialogs_close_with_a_button_that_every_theme_shows(window: MainWindow) -> None:
    window.full_set.open_dialog()
    window.show_about()
    window.show_shortcuts()
    dialogs = window.findChildren(QDialog)
    assert len(dialogs) == 3
    for dialog in dialogs:
        box = dialog.findChild(QDialogButtonBox)
        assert not box.standardButtons()  # on some desktops those have icons, black in every theme
        (close,) = box.buttons()
        close.click()
        assert not dialog.isVisible()
