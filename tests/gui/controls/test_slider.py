import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QValidator
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from advgui.attacks import ATTACKS
from advgui.gui.controls.slider import ParameterSlider
from advgui.parameters import Real

EPSILON = ATTACKS["fgsm"].strength
NOISE = ATTACKS["gaussian"].strength


@pytest.fixture
def epsilon(qtbot: QtBot) -> ParameterSlider:
    made = ParameterSlider(EPSILON)
    qtbot.addWidget(made)
    return made


def record(slider: ParameterSlider) -> list[tuple[float, object]]:
    moves: list[tuple[float, object]] = []
    slider.moved.connect(lambda value, gesture: moves.append((value, gesture)))
    return moves


def type_into(slider: ParameterSlider, text: str) -> None:
    slider.field.selectAll()
    QTest.keyClicks(slider.field, text)
    QTest.keyClick(slider.field, Qt.Key.Key_Return)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=list(ATTACKS))
def test_it_starts_at_the_default(qtbot: QtBot, attack: object) -> None:
    parameter: Real = attack.strength  # type: ignore[attr-defined]
    slider = ParameterSlider(parameter)
    qtbot.addWidget(slider)
    assert slider.value == pytest.approx(parameter.default, abs=1e-12)
    assert (slider.field.minimum(), slider.field.maximum()) == (parameter.low, parameter.high)
    assert slider.toolTip() == parameter.help


def test_both_ends_can_be_reached(epsilon: ParameterSlider) -> None:
    epsilon.slider.setValue(epsilon.slider.maximum())
    assert epsilon.value == EPSILON.high
    epsilon.slider.setValue(0)
    assert epsilon.value == EPSILON.low


def test_positions_of_the_slider_are_whole_255ths(epsilon: ParameterSlider) -> None:
    for position in range(epsilon.slider.maximum()):
        epsilon.slider.setValue(position)
        assert epsilon.value * 255 == pytest.approx(position, abs=1e-6)
        assert epsilon.field.text() == (f"{position}/255" if position else "0.00")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8/255", 8 / 255),
        ("0.031", 0.031),
        ("0,05", 0.05),
        ("4 / 255", 4 / 255),
        ("0.3", 0.3),
        ("8", 8 / 255),
        ("16", 16 / 255),
    ],
)
def test_decimals_and_fractions_can_be_typed(epsilon: ParameterSlider, text: str, value: float) -> None:
    epsilon.set_value(0.1)
    moves = record(epsilon)
    type_into(epsilon, text)
    assert [pytest.approx(value, abs=1e-12)] == [moved for moved, _ in moves]
    assert epsilon.value == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("text", ["0.9", "200", "1/2", "-0.1", "8/", ""])
def test_what_does_not_fit_is_not_taken_and_why_is_said(epsilon: ParameterSlider, text: str) -> None:
    epsilon.set_value(0.1)
    moves = record(epsilon)
    reasons: list[str] = []
    epsilon.field.refused.connect(reasons.append)
    epsilon.field.selectAll()
    QTest.keyClick(epsilon.field, Qt.Key.Key_Backspace)
    type_into(epsilon, text)
    assert moves == []
    assert epsilon.value == 0.1
    assert epsilon.field.text() == "25.50/255"
    assert len(reasons) == 1
    assert f"'{text}'" in reasons[0]
    assert "Type" in reasons[0]


def test_how_a_whole_number_was_read_is_said(epsilon: ParameterSlider) -> None:
    told: list[str] = []
    epsilon.field.understood.connect(told.append)
    type_into(epsilon, "16")
    type_into(epsilon, "0.05")
    assert told == ["epsilon 16 was read as 16/255."]


def test_what_is_being_typed_is_left_alone_while_the_value_stays(epsilon: ParameterSlider) -> None:
    """A result that arrives meanwhile shows the same value again."""
    epsilon.field.selectAll()
    QTest.keyClicks(epsilon.field, "4/2")
    epsilon.set_value(epsilon.value)
    assert epsilon.field.text() == "4/2"
    QTest.keyClicks(epsilon.field, "55")
    QTest.keyClick(epsilon.field, Qt.Key.Key_Return)
    assert epsilon.value == pytest.approx(4 / 255)


@pytest.mark.parametrize("letter", ["x", "ε", "%"])
def test_letters_are_refused(epsilon: ParameterSlider, letter: str) -> None:
    assert epsilon.field.validate(letter, 0)[0] == QValidator.State.Invalid


def test_leaving_the_field_does_not_round_the_value(epsilon: ParameterSlider) -> None:
    moves = record(epsilon)
    QTest.keyClick(epsilon.field, Qt.Key.Key_Return)
    epsilon.field.interpretText()
    assert epsilon.value == pytest.approx(8 / 255, abs=1e-12)
    assert moves == []


def test_showing_a_value_says_nothing(epsilon: ParameterSlider) -> None:
    moves = record(epsilon)
    epsilon.set_value(0.2)
    assert moves == []
    assert epsilon.slider.value() == 51


def test_one_drag_is_one_gesture(qtbot: QtBot, epsilon: ParameterSlider) -> None:
    epsilon.show()
    moves = record(epsilon)
    for _ in range(2):
        epsilon.slider.setSliderDown(True)
        for position in (10, 20, 30):
            epsilon.slider.setValue(position)
        epsilon.slider.setSliderDown(False)
        epsilon.slider.setValue(0)
    gestures = [gesture for _, gesture in moves]
    assert gestures[0] is gestures[1] is gestures[2] is not None
    assert gestures[3] is None
    assert gestures[4] is gestures[5] is gestures[6] is not None
    assert gestures[4] is not gestures[0]


def test_the_keyboard_moves_it_by_one_step(qtbot: QtBot) -> None:
    noise = ParameterSlider(NOISE)
    qtbot.addWidget(noise)
    noise.show()
    QTest.keyClick(noise.slider, Qt.Key.Key_Right)
    assert noise.value == pytest.approx(NOISE.default + NOISE.step)
    QTest.keyClick(noise.field, Qt.Key.Key_Down)
    assert noise.value == pytest.approx(NOISE.default)


def test_everything_has_a_name_for_screen_readers(epsilon: ParameterSlider) -> None:
    assert epsilon.field.accessibleName() == "epsilon"
    assert "epsilon" in epsilon.slider.accessibleName()
    assert epsilon.field.accessibleDescription()
