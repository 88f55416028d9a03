"""Words and marks stand out from what is behind them, in both themes, and right from wrong also without colours."""

import itertools
from collections import Counter

import pytest
from PySide6.QtCore import QPoint, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox, QRadioButton, QStyle, QStyleOptionButton, QWidget
from pytestqt.qtbot import QtBot

from advgui.gui.evaluation.dialog import EvaluationDialog
from advgui.gui.main_window import MainWindow
from advgui.gui.widgets import theme
from advgui.gui.widgets.theme import Colors, Theme
from tests.gui.checks import choose_attacks, settled
from tests.gui.evaluations import certify, run
from tests.gui.painted import Text, seen, texts

TEXT, MARK = 4.5, 3.0


def contrast(first: QColor, second: QColor) -> float:
    """From 1 to 21."""
    dark, light = sorted((theme.luminance(first), theme.luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def over(color: QColor, ground: QColor) -> QColor:
    """A colour that lets the ground shine through."""
    share = color.alphaF()
    mixed = [share * a + (1 - share) * b for a, b in zip(color.getRgbF()[:3], ground.getRgbF()[:3], strict=True)]
    return QColor.fromRgbF(*mixed)


@pytest.fixture(autouse=True)
def styled(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("theme")  # not by its name, which is the module's


@pytest.fixture(params=["light", "dark"])
def palette(request: pytest.FixtureRequest) -> QPalette:
    return theme.palette(request.param == "dark")


@pytest.fixture
def colors(palette: QPalette) -> Colors:
    return theme.colors(palette)


def test_text_can_be_read_on_every_ground_that_it_is_written_on(colors: Colors) -> None:
    grounds = ("window", "surface", "track", "warning", "error", "info")
    pairs = [*itertools.product(("text",), grounds), *itertools.product(("muted",), grounds[:3])]
    # Words in the colour of a verdict stand on panels and dialogs.
    pairs += itertools.product(("right", "wrong", "caution", "neutral", "accent"), ("window", "surface"))
    for words, ground in pairs:
        assert contrast(getattr(colors, words), getattr(colors, ground)) >= TEXT, (words, ground)
    for fill in (colors.right, colors.wrong, colors.neutral, colors.caution):
        assert contrast(theme.ink(fill), fill) >= TEXT


def test_marks_stand_out(colors: Colors) -> None:
    for mark in ("bar", "right", "wrong", "neutral", "accent"):
        for ground in ("track", "surface", "window"):
            assert contrast(getattr(colors, mark), getattr(colors, ground)) >= MARK, (mark, ground)
    for line in colors.series:
        assert contrast(line, colors.surface) >= MARK, line.name()


def test_right_and_wrong_are_told_apart_without_colours(colors: Colors) -> None:
    assert contrast(colors.right, colors.wrong) >= 1.8


def test_boxes_and_circles_to_click_stand_out(palette: QPalette) -> None:
    QApplication.setPalette(palette)
    try:
        for kind in (QCheckBox, QRadioButton):
            button = kind("x")
            button.resize(button.sizeHint())
            picture = button.grab().toImage()
            option = QStyleOptionButton()
            button.initStyleOption(option)
            indicator = QStyle.SubElement.SE_CheckBoxIndicator
            if kind is QRadioButton:
                indicator = QStyle.SubElement.SE_RadioButtonIndicator
            place = button.style().subElementRect(indicator, option, button)
            row = [picture.pixelColor(x, place.center().y()) for x in range(place.left(), place.center().x())]
            assert max(contrast(color, palette.color(QPalette.ColorRole.Window)) for color in row) >= MARK
    finally:
        QApplication.setPalette(theme.palette(False))


def test_words_on_controls_can_be_read(palette: QPalette) -> None:
    role = QPalette.ColorRole
    assert contrast(palette.color(role.Text), palette.color(role.Base)) >= TEXT
    assert contrast(palette.color(role.ButtonText), palette.color(role.Button)) >= TEXT
    assert contrast(palette.color(role.HighlightedText), palette.color(role.Highlight)) >= TEXT
    assert contrast(palette.color(role.PlaceholderText), palette.color(role.Base)) >= TEXT


def _ground(picture: QImage, widget: QWidget, text: Text) -> QColor:
    """What is behind a text: the most frequent colour around it; its own if there is no other."""
    metrics = QFontMetricsF(theme.font(widget.font(), round(text.size)))
    advance = metrics.horizontalAdvance(text.words)
    more = max(text.size - advance, 2) / 2  # a single letter may hide most of what is behind it
    box = QRectF(text.x - more, text.y - 0.9 * text.size, advance + 2 * more, 1.1 * text.size).toRect()
    box &= picture.rect()
    pixels = itertools.product(range(box.left(), box.right() + 1), range(box.top(), box.bottom() + 1))
    own = QColor(text.color.rgb()).rgb()
    found = Counter(value for x, y in pixels if (value := picture.pixel(x, y)) != own).most_common(1)
    return QColor(found[0][0] if found else own)


def _check(window: QWidget) -> int:
    picture = window.grab().toImage()
    picture.setDevicePixelRatio(1)
    count = 0
    for widget in seen(window):
        if not widget.isEnabled():
            continue
        corner = widget.mapTo(window, QPoint(0, 0))
        for text in texts(widget):
            place = Text(text.words, text.size, text.color, text.x + corner.x(), text.y + corner.y())
            if not widget.visibleRegion().boundingRect().contains(round(text.x), round(text.y) - 2):
                continue  # scrolled away
            ground = _ground(picture, widget, place)
            assert contrast(over(text.color, ground), ground) >= TEXT, (widget, text, ground.name())
            count += 1
    return count


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_all_that_the_window_writes_can_be_read(qtbot: QtBot, window: MainWindow, choice: str) -> None:
    window.theme.apply(choice)
    try:
        for attacks in (("fgsm",), ("gaussian", "fgsm")):
            choose_attacks(window.controls, attacks)
            qtbot.waitUntil(lambda: settled(window) and not window.lateness.is_late)
            QApplication.processEvents()
            assert _check(window) > 100
    finally:
        window.theme.apply("light")


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_all_that_the_evaluation_writes_can_be_read(
    qtbot: QtBot, dialog: EvaluationDialog, request: pytest.FixtureRequest, choice: str
) -> None:
    chosen: Theme = request.getfixturevalue("theme")
    chosen.apply(choice)
    try:
        dialog.resize(1200, 800)
        run(qtbot, dialog)
        for place in range(dialog.tabs.count()):
            dialog.tabs.setCurrentIndex(place)
            QApplication.processEvents()
            assert _check(dialog) > 30
        certify(qtbot, dialog)
        assert _check(dialog) > 30
    finally:
        chosen.apply("light")
