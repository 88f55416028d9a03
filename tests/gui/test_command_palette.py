import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTextBrowser
from pytestqt.qtbot import QtBot

from advgui.gui.actions import commands
from advgui.gui.command_palette import CommandPalette, score
from advgui.gui.main_window import MainWindow
from tests.gui.checks import settled


@pytest.mark.parametrize(
    ("query", "better", "worse"),
    [
        ("dark", "View: Theme: Dark", "File: Data set"),
        ("fs", "View: Full screen", "File: Open classifier"),
        ("pp", "File: Paste picture", "View: Reset a pope"),
        ("ab", "Help: About", "Help: About the author"),
    ],
)
def test_the_better_match_comes_first(query: str, better: str, worse: str) -> None:
    best = score(query, better)
    assert best is not None
    assert best > (score(query, worse) or float("-inf"))


def test_letters_must_be_there_in_their_order() -> None:
    assert score("abc", "a b c") is not None
    assert score("cba", "a b c") is None
    assert score("aa", "a") is None
    assert score("x", "") is None
    assert score("", "anything") is not None
    assert score("A B", "ab") == score("ab", "AB")


@pytest.fixture
def palette(qtbot: QtBot, window: MainWindow) -> CommandPalette:
    qtbot.waitUntil(lambda: settled(window))
    QTest.keyClick(window, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    (shown,) = [each for each in window.findChildren(CommandPalette) if each.isVisible()]
    return shown


def test_every_action_of_the_menus_is_there_with_its_keys(window: MainWindow, palette: CommandPalette) -> None:
    assert palette.shown == [each.text for each in commands(window)]
    named = {name: action.text().replace("&", "").removesuffix("…") for name, action in window.actions_by_name.items()}
    for name, text in named.items():
        if name != "leave-full-screen":
            assert any(each.split(": ")[-1] == text for each in palette.shown), text
    rows = [palette.list.topLevelItem(place) for place in range(palette.list.topLevelItemCount())]
    assert ["File: Quit", "Ctrl+Q"] in [[row.text(0), row.text(1)] for row in rows]


def test_typing_and_enter_do_it(window: MainWindow, palette: CommandPalette) -> None:
    QTest.keyClicks(palette.line, "thdark")
    assert palette.shown[0] == "View: Theme: Dark"
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert window.theme.choice == "dark"
    window.theme.apply("light")
    assert not [each for each in window.findChildren(CommandPalette) if each.isVisible()]


def test_the_arrow_keys_choose_and_what_is_off_is_not_done(window: MainWindow, palette: CommandPalette) -> None:
    before = palette.list.indexOfTopLevelItem(palette.list.currentItem())
    QTest.keyClick(palette.line, Qt.Key.Key_Down)
    assert palette.list.indexOfTopLevelItem(palette.list.currentItem()) > before
    QTest.keyClicks(palette.line, "built-in")
    assert not window.actions_by_name["built-in"].isEnabled()
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert palette.isVisible()
    QTest.keyClicks(palette.line, " zzz")
    assert palette.shown == []
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert palette.isVisible()
    QTest.keyClick(palette.line, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_what_is_seen_is_explained(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: settled(window))
    window.explaining.seeing.trigger()
    text = window.findChild(QTextBrowser).toPlainText()
    assert window.session.selection.name in text
    assert "FGSM, ε = 8/255" in text
    for panel in window.stage.rows["fgsm"].panels.values():
        assert panel.caption in text
