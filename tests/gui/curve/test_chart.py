"""The chart as a slider, and what is seen of its lines."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from advgui.gui.curve.chart import StrengthChart, style
from advgui.gui.widgets import theme
from advgui.scenarios import scenario
from tests.gui.curve.test_words import curve

NEAR = 16 / 255


@pytest.fixture
def chart(qtbot: QtBot) -> StrengthChart:
    made = StrengthChart("fgsm")
    qtbot.addWidget(made)
    made.resize(500, 160)
    made.set_axis(NEAR)
    made.show()
    return made


@pytest.fixture
def moves(chart: StrengthChart) -> list[tuple[float, object]]:
    found: list[tuple[float, object]] = []
    chart.moved.connect(lambda value, gesture: found.append((value, gesture)))
    return found


def place(chart: StrengthChart, strength: float, share: float = 0.5) -> QPoint:
    return chart._at(chart._box(), strength, share).toPoint()


def counts(moves: list[tuple[float, object]]) -> list[float]:
    return [round(value * 255, 6) for value, _ in moves]


def wheel(chart: StrengthChart, delta: int) -> None:
    at = QPointF(chart.rect().center())
    QApplication.sendEvent(
        chart,
        QWheelEvent(
            at, chart.mapToGlobal(at), QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        ),
    )  # fmt: skip


def test_it_can_be_dragged_anywhere_and_that_is_one_gesture(
    chart: StrengthChart, moves: list[tuple[float, object]]
) -> None:
    QTest.mousePress(chart, Qt.MouseButton.LeftButton, pos=place(chart, 8 / 255, 0.9))
    for count in (7, 3, 1):
        QTest.mouseMove(chart, place(chart, count / 255, 0.1))
    QTest.mouseMove(chart, QPoint(chart.width() + 50, 10))
    QTest.mouseRelease(chart, Qt.MouseButton.LeftButton, pos=QPoint(chart.width() + 50, 10))
    assert counts(moves) == [8, 7, 3, 1, 16]
    assert len({id(gesture) for _, gesture in moves}) == 1
    assert moves[0][1] is not None
    QTest.mouseMove(chart, place(chart, 4 / 255))
    assert len(moves) == 5


def test_with_shift_the_mouse_is_free(chart: StrengthChart, moves: list[tuple[float, object]]) -> None:
    at = place(chart, 4.4 / 255)
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, at)
    assert counts(moves)[0] == pytest.approx(4.4, abs=0.05)
    assert counts(moves)[0] != 4
    QTest.keyClick(chart, Qt.Key.Key_Right)
    assert counts(moves)[1] == 5


def test_keys_and_the_wheel_go_step_by_step(chart: StrengthChart, moves: list[tuple[float, object]]) -> None:
    keys = Qt.Key
    for key in (keys.Key_Right, keys.Key_Up, keys.Key_PageUp, keys.Key_Left, keys.Key_Down, keys.Key_PageDown):
        QTest.keyClick(chart, key)
    assert counts(moves) == [1, 2, 6, 5, 4, 0]
    QTest.keyClick(chart, keys.Key_Left)
    assert len(moves) == 6  # there is nothing below
    QTest.keyClick(chart, keys.Key_End)
    QTest.keyClick(chart, keys.Key_Home)
    wheel(chart, 120)
    wheel(chart, 120)
    wheel(chart, -120)
    assert counts(moves)[6:] == [16, 0, 1, 2, 1]


def test_showing_a_strength_says_nothing(chart: StrengthChart, moves: list[tuple[float, object]]) -> None:
    chart.show_strength(8.4 / 255)
    chart.set_axis(0.3)
    chart.set_axis(NEAR)
    assert moves == []
    assert chart.value() == 8


def test_a_screen_reader_can_move_it(chart: StrengthChart, moves: list[tuple[float, object]]) -> None:
    chart.setValue(5)
    assert counts(moves) == [5]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [(200, 70), (500, 160), (1400, 500)])
def test_every_line_is_seen_in_its_colour_where_it_belongs(
    chart: StrengthChart, size: tuple[int, int], dark: bool
) -> None:
    chart.resize(*size)
    chart.setPalette(theme.palette(dark))
    shown = curve(scenario(), attacked=2, autoencoder=10, randomization=5, both=7)
    for _ in range(2):  # also when it is drawn again
        chart.show_curve(shown)
        image = chart.grab().toImage()
    ratio = image.devicePixelRatio()
    colors = theme.colors(chart.palette())
    for column in shown.scenario.columns[1:]:
        # At the beginning of its fall, where no other line and no ring is.
        wrong = int((~shown.sweep.correct(column.key)).argmax())
        middle = chart._at(chart._box(), (wrong - 0.8) / 255, 0.8)
        found = [
            image.pixelColor(round((middle.x() + x) * ratio), round((middle.y() + y) * ratio))
            for x in range(-6, 7)
            for y in range(-2, 3)
        ]
        wanted = colors.series[style(column)]
        assert min(_distance(wanted.getRgb(), each.getRgb()) for each in found) < 60, column.key


def _distance(first: tuple[int, ...], second: tuple[int, ...]) -> int:
    return sum(abs(a - b) for a, b in zip(first[:3], second[:3], strict=True))


def test_a_curve_of_another_axis_is_not_drawn(chart: StrengthChart) -> None:
    empty = chart.grab().toImage()
    chart.set_axis(0.3)
    chart.show_curve(curve(scenario(), attacked=2))
    wide = chart.grab().toImage()
    chart.show_curve(None)
    assert chart.grab().toImage() == wide
    chart.set_axis(NEAR)
    assert chart.grab().toImage() == empty


def test_numbers_at_the_axis_never_overlap(chart: StrengthChart) -> None:
    for end in (NEAR, 0.3):
        chart.set_axis(end)
        for width in (120, 260, 500, 1500):
            chart.resize(width, 160)
            places = [chart._at(chart._box(), strength, 0).x() for strength, _ in chart._ticks(chart._box())]
            assert places[0] == chart._at(chart._box(), 0, 0).x()
            assert all(b - a >= 12 for a, b in pairwise(places))


def test_lines_are_painted_once_and_again_when_they_look_different(qtbot: QtBot, chart: StrengthChart) -> None:
    def lines() -> object:
        chart.grab()
        assert chart._painted is not None
        return chart._painted[1]

    first, second = curve(scenario(), attacked=2), curve(scenario(), attacked=5)
    chart.show_curve(first)
    seen = [lines()]
    chart.show_strength(chart.end / 2)
    assert lines() is seen[-1]
    font = chart.font()
    font.setPixelSize(20)
    for change in (
        lambda: chart.show_curve(second),
        lambda: chart.resize(400, 200),
        lambda: chart.setFont(font),
        lambda: chart.setPalette(theme.palette(dark=True)),
    ):
        change()
        seen.append(lines())
    assert len({id(each) for each in seen}) == len(seen)
