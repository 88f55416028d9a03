import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QSlider, QWidget
from pytestqt.qtbot import QtBot

from advgui.gui.controls.rows import SettingsRows, row
from advgui.gui.widgets.fields import NumberField, ParameterField, WholeNumberField
from advgui.gui.widgets.messages import Message
from advgui.parameters import Parameter, Value, checked, defaults
from tests.gui.others import FourKinds

KINDS = FourKinds.parameters
OTHER_VALUES: dict[str, Value] = {"size": 0.2, "steps": 7, "down": True, "sign": "all alike"}


@pytest.fixture
def rows(qtbot: QtBot) -> SettingsRows:
    made = SettingsRows(KINDS)
    qtbot.addWidget(made)
    made.show()
    return made


def changes(rows: SettingsRows) -> list[tuple[str, Value]]:
    told: list[tuple[str, Value]] = []
    rows.changed.connect(lambda name, value, _gesture: told.append((name, value)))
    return told


@pytest.mark.parametrize(
    ("parameter", "kinds"),
    list(zip(KINDS, ((ParameterField, QSlider), (WholeNumberField,), (QCheckBox,), (QComboBox,)), strict=True)),
    ids=[parameter.name for parameter in KINDS],
)
def test_every_kind_of_parameter_has_its_row(qtbot: QtBot, parameter: Parameter, kinds: tuple[type, ...]) -> None:
    made = row(parameter)
    qtbot.addWidget(made)
    assert made.value == pytest.approx(parameter.default)
    for kind in kinds:
        widget = made.findChild(kind)
        assert parameter.help in widget.toolTip()
        assert widget.accessibleDescription() == parameter.help
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    texts = [label.text() for label in made.findChildren(QLabel)] + [box.text() for box in made.findChildren(QCheckBox)]
    assert parameter.label in texts
    for box in made.findChildren(QComboBox):
        assert any(label.buddy() is box for label in made.findChildren(QLabel))


def test_showing_settings_is_silent_and_shows_them(rows: SettingsRows) -> None:
    told = changes(rows)
    rows.show_settings(OTHER_VALUES)
    assert {name: made.value for name, made in rows.rows.items()} == pytest.approx(OTHER_VALUES)
    rows.show_settings(defaults(KINDS))
    assert {name: made.value for name, made in rows.rows.items()} == pytest.approx(dict(defaults(KINDS)))
    assert told == []


def test_every_row_tells_values_that_its_parameter_takes(rows: SettingsRows) -> None:
    told = changes(rows)
    rows.findChild(QSlider).setValue(3)
    steps = rows.findChild(WholeNumberField)
    steps.setFocus()
    steps.selectAll()
    QTest.keyClicks(steps, "9")
    QTest.keyClick(steps, Qt.Key.Key_Return)
    QTest.keyClick(rows.findChild(QCheckBox), Qt.Key.Key_Space)
    QTest.keyClick(rows.findChild(QComboBox), Qt.Key.Key_Down)
    assert [name for name, _ in told] == [parameter.name for parameter in KINDS]
    for parameter, (_, value) in zip(KINDS, told, strict=True):
        assert checked(parameter, value) == value != parameter.default
        assert type(value) is type(parameter.default)


def test_a_number_that_is_out_of_range_is_refused_in_words(rows: SettingsRows, posted: list[Message]) -> None:
    steps = rows.findChild(WholeNumberField)
    steps.setFocus()
    steps.selectAll()
    QTest.keyClicks(steps, "99")
    QTest.keyClick(steps, Qt.Key.Key_Return)
    assert rows.rows["steps"].value == 4
    assert "Steps must be a whole number from 1 to 20" in posted[-1].text


def test_entering_a_number_is_told(qtbot: QtBot, rows: SettingsRows) -> None:
    for field in rows.findChildren(NumberField):
        with qtbot.waitSignal(rows.entered):
            QTest.keyClick(field, Qt.Key.Key_Return)


def test_rows_do_not_change_their_size_with_their_values(rows: SettingsRows) -> None:
    before: dict[QWidget, object] = {made: made.geometry() for made in rows.rows.values()}
    rows.show_settings(OTHER_VALUES)
    rows.layout().activate()
    assert {made: made.geometry() for made in rows.rows.values()} == before


@pytest.mark.parametrize("at_once", [0, 1, 2, 3, 4, None])
def test_of_many_settings_the_later_ones_unfold(qtbot: QtBot, at_once: int | None) -> None:
    made = SettingsRows(KINDS, at_once=at_once)
    qtbot.addWidget(made)
    made.show()
    names = [parameter.name for parameter in KINDS]

    def seen() -> list[str]:
        return [name for name, each in made.rows.items() if each.isVisible()]

    if at_once is None or at_once >= 3:  # a button would take the room of a single row
        assert made.more is None
        assert seen() == names
        return
    assert seen() == names[:at_once]
    assert all(parameter.label in made.more.toolTip() for parameter in KINDS[at_once:])
    QTest.keyClick(made.more, Qt.Key.Key_Space)
    assert seen() == names
    QTest.keyClick(made.more, Qt.Key.Key_Space)
    assert seen() == names[:at_once]
