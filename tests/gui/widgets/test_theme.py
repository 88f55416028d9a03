import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from advgui.gui.widgets import theme
from advgui.gui.widgets.theme import Theme


def is_dark(palette: QPalette) -> bool:
    return palette.window().color().lightness() < 128


def test_the_style_is_fusion(theme: Theme, qapp: QApplication) -> None:
    assert qapp.style().baseStyle().name() == "fusion"


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_a_choice_is_what_widgets_get(qtbot: QtBot, theme: Theme, choice: str) -> None:
    theme.apply(choice)  # type: ignore[arg-type]
    widget = QWidget()
    qtbot.addWidget(widget)
    assert is_dark(widget.palette()) == (choice == "dark")
    theme.apply("light")


def test_the_system_is_followed_as_it_changes(
    theme: Theme, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    theme.apply("system")
    assert not is_dark(qapp.palette())

    class Hints:
        def colorScheme(self) -> Qt.ColorScheme:
            return Qt.ColorScheme.Dark

    with monkeypatch.context() as patched:
        patched.setattr(QGuiApplication, "styleHints", Hints)
        theme._follow()
        assert is_dark(qapp.palette())
        theme.choice = "light"
        theme._follow()
        assert not is_dark(qapp.palette())
    theme.apply("light")


@pytest.mark.parametrize("dark", [False, True])
def test_colours_go_with_the_palette(dark: bool) -> None:
    chosen = theme_colors(dark)
    assert chosen.window == theme.palette(dark).window().color()
    assert chosen.right != chosen.wrong != chosen.neutral


def theme_colors(dark: bool) -> theme.Colors:
    return theme.colors(theme.palette(dark))


def test_figures_have_equal_widths(qapp: QApplication) -> None:
    metrics = QFontMetrics(theme.font(QFont(), 20))
    assert len({metrics.horizontalAdvance(figure) for figure in "0123456789"}) == 1
