"""Every state can be told apart without its colour, by eye and by ear."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from advgui.evaluation.comparing import State
from advgui.evaluation.sanity import Light
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import as_tooltip
from advgui.gui.widgets.lights import LightRow, LightSign, words

LIGHTS = tuple(
    Light(f"light-{state}", f"What is {state}", state, f"Numbers <of> {state}.", "Red would mean that it is wrong.")
    for state in State
)


@pytest.fixture
def row(qtbot: QtBot) -> LightRow:
    made = LightRow("Lights")
    qtbot.addWidget(made)
    made.show_lights(LIGHTS)
    made.show()
    return made


def grey(sign: LightSign, dark: bool) -> np.ndarray:
    """What somebody sees of a sign who sees no colours, uint8 (20, 20)."""
    sign.setPalette(theme.palette(dark))
    image = sign.grab().toImage().convertToFormat(sign.grab().toImage().Format.Format_Grayscale8)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())[:, : image.width()]


@pytest.mark.parametrize("dark", [False, True])
def test_no_two_states_look_alike_without_colour(row: LightRow, dark: bool) -> None:
    seen = [grey(sign, dark).astype(int) for sign in row.signs]
    for place, one in enumerate(seen):
        assert np.ptp(one) > 80  # it stands out from what is behind it
        for other in seen[place + 1 :]:
            assert (np.abs(one - other) > 40).sum() > 30


def test_it_says_what_it_shows(qapp: QApplication, row: LightRow) -> None:
    for sign, light in zip(row.signs, LIGHTS, strict=True):
        assert sign.accessibleName() == f"{light.title}: {light.state}"
        assert light.numbers in sign.accessibleDescription()
        middle = sign.rect().center()
        qapp.sendEvent(sign, QHelpEvent(QEvent.Type.ToolTip, middle, sign.mapToGlobal(middle)))
        assert "&lt;of&gt;" in sign.toolTip()
        assert light.meaning in sign.toolTip()
        assert QToolTip.text() == sign.toolTip()
    QToolTip.hideText()


def test_another_state_takes_the_place(row: LightRow) -> None:
    signs = list(row.signs)
    row.show_lights(LIGHTS[::-1])
    assert row.signs == signs
    assert [sign.light for sign in signs] == list(LIGHTS[::-1])
    row.show_lights(LIGHTS[:1])
    assert [sign.isHidden() for sign in signs] == [False, True, True, True]
    row.show_lights(LIGHTS)
    assert not any(sign.isHidden() for sign in row.signs)


@pytest.mark.parametrize("with_keyboard", [False, True])
def test_a_click_or_the_space_bar_asks(qtbot: QtBot, qapp: QApplication, row: LightRow, with_keyboard: bool) -> None:
    with qtbot.waitSignal(row.asked, check_params_cb=lambda name: name == LIGHTS[2].name):
        if with_keyboard:
            row.signs[2].setFocus()
            qtbot.keyClick(row.signs[2], Qt.Key.Key_Space)
        else:
            qtbot.mouseClick(row.signs[2], Qt.MouseButton.LeftButton)
    assert QToolTip.text() == as_tooltip(words(LIGHTS[2]))
    QToolTip.hideText()
