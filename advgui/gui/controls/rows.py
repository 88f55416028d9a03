"""Rows made from parameters: a slider, a number, a check box or a list, each with its name and its help."""

from collections.abc import Iterable, Mapping
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from advgui.gui.controls.slider import ParameterSlider
from advgui.gui.widgets import messages, theme
from advgui.gui.widgets.fields import NumberField, WholeNumberField
from advgui.parameters import Choice, Flag, Parameter, Real, Value, Whole


class WholeRow(QWidget):
    """A name and a field for a whole number.

    Signals:
        moved: The new value, and None: every change is a step of its own.
    """

    moved = Signal(object, object)

    def __init__(self, parameter: Whole, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parameter = parameter
        self.field = WholeNumberField(parameter.label.capitalize(), window_keys=True)
        self.field.setRange(parameter.low, parameter.high)
        self.field.setSingleStep(parameter.step)
        self.field.setFont(theme.tabular(self.font()))
        _label_and(self, parameter, self.field)
        self.set_value(parameter.default)
        self.field.valueChanged.connect(self._on_value)

    @property
    def value(self) -> int:
        """The value."""
        return self.field.number

    def set_value(self, value: Value) -> None:
        """Show a value, without a signal."""
        with QSignalBlocker(self.field):
            if self.field.value() != value:  # not again while it is being typed
                self.field.setValue(float(value))

    @Slot()
    def _on_value(self) -> None:
        self.moved.emit(self.field.number, None)


class FlagRow(QWidget):
    """A check box; signals as in `WholeRow`."""

    moved = Signal(object, object)

    def __init__(self, parameter: Flag, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parameter = parameter
        self.box = QCheckBox(parameter.label)
        self.box.setToolTip(parameter.help)
        self.box.setAccessibleDescription(parameter.help)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.box)
        self.set_value(parameter.default)
        self.box.toggled.connect(self._on_toggled)

    @property
    def value(self) -> bool:
        """The value."""
        return self.box.isChecked()

    def set_value(self, value: Value) -> None:
        """Show a value, without a signal."""
        with QSignalBlocker(self.box):
            self.box.setChecked(bool(value))

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        self.moved.emit(on, None)


class ChoiceRow(QWidget):
    """A name and a list; signals as in `WholeRow`."""

    moved = Signal(object, object)

    def __init__(self, parameter: Choice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parameter = parameter
        self.list = QComboBox()
        self.list.addItems(list(parameter.options))
        # As narrow as need be: the controls are a narrow column.
        self.list.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.list.setMinimumContentsLength(8)
        _label_and(self, parameter, self.list)
        self.set_value(parameter.default)
        self.list.activated.connect(self._on_activated)

    @property
    def value(self) -> str:
        """The value."""
        return self.list.currentText()

    def set_value(self, value: Value) -> None:
        """Show a value, without a signal."""
        self.list.setCurrentText(str(value))

    @Slot(int)
    def _on_activated(self, place: int) -> None:
        self.moved.emit(self.parameter.options[place], None)


ParameterRow = ParameterSlider | WholeRow | FlagRow | ChoiceRow


def row(parameter: Parameter) -> ParameterRow:
    """Return the row of a parameter, at its default."""
    if isinstance(parameter, Real):
        return ParameterSlider(parameter)
    if isinstance(parameter, Whole):
        return WholeRow(parameter)
    return FlagRow(parameter) if isinstance(parameter, Flag) else ChoiceRow(parameter)


class SettingsRows(QWidget):
    """The rows of an attack or a mitigation, one below the other.

    Args:
        parameters: A row for each.
        at_once: How many are seen from the start, where more than one would be hidden; the others unfold.
        parent: Qt's owner.

    Signals:
        changed: Name and new value of a parameter, and the gesture that the change is a part of, or None.
        entered: The return key was pressed on a number that is taken.
    """

    changed = Signal(str, object, object)
    entered = Signal()

    def __init__(
        self, parameters: Iterable[Parameter], parent: QWidget | None = None, at_once: int | None = None
    ) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SMALL_GAP)
        self.rows: dict[str, ParameterRow] = {}
        for parameter in parameters:
            made = self.rows[parameter.name] = row(parameter)
            made.moved.connect(partial(self._on_moved, parameter.name))
            column.addWidget(made)
        self._folded = list(self.rows.values())[at_once:] if at_once is not None else []
        self.more: QToolButton | None = None
        if len(self._folded) > 1:
            self.more = self._make_more()
            column.insertWidget(len(self.rows) - len(self._folded), self.more)
            self._unfold(False)
        for field in self.findChildren(NumberField):
            field.entered.connect(self.entered)
            field.refused.connect(partial(messages.warning, topic="number"))
            field.understood.connect(partial(messages.info, topic="number"))

    def _make_more(self) -> QToolButton:
        more = QToolButton()
        more.setText("More")
        more.setAccessibleName("More settings")
        more.setCheckable(True)
        more.setAutoRaise(True)
        more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        more.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        more.setToolTip(f"Shows or hides {', '.join(each.parameter.label for each in self._folded)}.")
        more.toggled.connect(self._unfold)
        return more

    @Slot(bool)
    def _unfold(self, on: bool) -> None:
        if self.more is not None:
            self.more.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        for made in self._folded:
            made.setVisible(on)

    def show_settings(self, settings: Mapping[str, Value]) -> None:
        """Show values, without a signal."""
        for name, made in self.rows.items():
            made.set_value(settings[name])

    # Connected to widgets of the GUI thread alone, so a partial function of it is as safe as a slot.
    def _on_moved(self, name: str, value: Value, gesture: object) -> None:
        self.changed.emit(name, value, gesture)


def _label_and(whole: QWidget, parameter: Parameter, field: QWidget) -> None:
    """Put a parameter's name before its field, with the help for both."""
    name = QLabel(parameter.label)
    name.setBuddy(field)
    line = QHBoxLayout(whole)
    line.setContentsMargins(0, 0, 0, 0)
    line.addWidget(name, 1)
    line.addWidget(field)
    field.setAccessibleName(parameter.label)
    field.setAccessibleDescription(parameter.help)
    for widget in (name, field):
        widget.setToolTip(parameter.help)
