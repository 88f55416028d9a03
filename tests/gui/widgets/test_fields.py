"""What all fields for numbers have in common."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from advgui.attacks import ATTACKS
from advgui.gui.widgets.fields import NumberField, ParameterField, WholeNumberField


@pytest.mark.parametrize(
    "make", [lambda: ParameterField(ATTACKS["fgsm"].strength), lambda: WholeNumberField("The seed")]
)
def test_digits_stand_at_the_right_in_every_field(qtbot: QtBot, make) -> None:
    field: NumberField = make()
    qtbot.addWidget(field)
    assert field.alignment() == Qt.AlignmentFlag.AlignRight
