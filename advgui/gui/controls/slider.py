"""A number that is chosen with a slider or typed into a field: "8", "8/255" or "0.031"."""

import math

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QSlider, QWidget
from typing_extensions import override

from advgui.gui.widgets import numbers, theme
from advgui.gui.widgets.elided import text_width
from advgui.gui.widgets.fields import ParameterField
from advgui.parameters import Real, Value


class ParameterSlider(QWidget):
    """The row of a parameter: name, number field, slider, range, and what 255ths are, where those are usual.

    Signals:
        moved: The new value, and a gesture: the same object from the press of the mouse to its release, else None.
    """

    moved = Signal(object, object)

    def __init__(self, parameter: Real, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parameter = parameter
        self._gesture: object = None
        self.setToolTip(parameter.help)

        name = QLabel(parameter.label)
        self.field = ParameterField(parameter)
        self.field.setAccessibleName(parameter.label)
        self.field.setAccessibleDescription(parameter.help)
        self.field.setToolTip(f"{parameter.help} Type a decimal like 0.031 or a fraction like 8/255.")
        name.setBuddy(self.field)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(f"{parameter.label}, slider")
        self.slider.setAccessibleDescription(parameter.help)
        self.slider.setToolTip(parameter.help)
        low, self._high = QLabel(f"{parameter.low:g}"), QLabel()
        self.fraction = QLabel()
        self.fraction.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.fraction.setFont(theme.tabular(self.font()))

        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(2)
        grid.addWidget(name, 0, 0, 1, 2)
        grid.addWidget(self.field, 0, 2)
        grid.addWidget(self.slider, 1, 0, 1, 3)
        grid.addWidget(low, 2, 0)
        grid.addWidget(self.fraction, 2, 1)
        grid.addWidget(self._high, 2, 2, Qt.AlignmentFlag.AlignRight)
        grid.setColumnStretch(1, 1)

        self.slider.sliderPressed.connect(self._on_press)
        self.slider.sliderReleased.connect(self._on_release)
        self.slider.valueChanged.connect(self._on_slide)
        self.field.valueChanged.connect(self._on_type)
        self.set_end(parameter.high)
        self.set_value(parameter.default)
        self._keep_room()

    def set_end(self, end: float) -> None:
        """Let the slider end at some value, without a signal; larger ones can be typed."""
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, math.ceil((end - self.parameter.low) / self.parameter.step - 1e-9))
            self.slider.setValue(round((self.value - self.parameter.low) / self.parameter.step))
        self.slider.setPageStep(max(1, self.slider.maximum() // 10))
        self._high.setText(numbers.as_255ths(end) if self._is_near(end) else f"{end:g}")

    def _is_near(self, end: float) -> bool:
        return self.parameter.in_255ths and end < self.parameter.high

    @property
    def value(self) -> float:
        """The value."""
        return self.field.value()

    def set_value(self, value: Value) -> None:
        """Show a value, without a signal."""
        value = float(value)
        with QSignalBlocker(self.field), QSignalBlocker(self.slider):
            # Not again while it is being typed: the text would change under the fingers.
            if self.field.value() != value:
                self.field.setValue(value)
            if not math.isclose(self._at(self.slider.value()), self.field.value(), abs_tol=1e-9):
                self.slider.setValue(round((value - self.parameter.low) / self.parameter.step))
        self.fraction.setText(f"= {numbers.decimal(self.field.value())}" if self.parameter.in_255ths else "")

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Keep the field as wide as its longest number."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._keep_room()

    def _keep_room(self) -> None:
        longest = "88.88/255" if self.parameter.in_255ths else "0.00000"
        self.field.setFixedWidth(text_width(self.field.font(), longest) + 30)

    def _at(self, position: int) -> float:
        """Return the value at a position of the slider; the last step may be a short one."""
        return min(self.parameter.low + position * self.parameter.step, self.parameter.high)

    @Slot()
    def _on_press(self) -> None:
        self._gesture = object()

    @Slot()
    def _on_release(self) -> None:
        self._gesture = None

    @Slot(int)
    def _on_slide(self, position: int) -> None:
        value = self._at(position)
        self.set_value(value)
        self.moved.emit(value, self._gesture)

    @Slot(float)
    def _on_type(self, value: float) -> None:
        self.set_value(value)
        self.moved.emit(value, None)
