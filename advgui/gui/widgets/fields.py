"""Fields for numbers that are typed: they read what users write, say why they refuse it, and let go of the keyboard."""

import re

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QGuiApplication, QKeyEvent, QKeySequence, QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QWidget
from typing_extensions import override

from advgui import typed
from advgui.gui.widgets import numbers, theme
from advgui.parameters import Real

_LONGEST = 40


class NumberField(QDoubleSpinBox):
    """What all fields for numbers have in common; `read` says what a text means.

    Args:
        window_keys: Whether copying means the window's panels and pasting its pictures, as everywhere else in it.
        parent: Qt's owner.

    Signals:
        entered: The return key was pressed on a number that is taken.
        refused: Why what was typed is not taken; the field then shows the value before.
        understood: How what was typed was read, where that is not obvious.
    """

    entered = Signal()
    refused = Signal(str)
    understood = Signal(str)

    # What a text is made of that can still become a number.
    letters = r"[0-9., /e\-]*"

    def __init__(self, window_keys: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._window_keys = window_keys
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setKeyboardTracking(False)
        self.lineEdit().setAcceptDrops(False)  # pictures are dropped on the window
        self.setCorrectionMode(QDoubleSpinBox.CorrectionMode.CorrectToPreviousValue)

    def read(self, text: str) -> float:
        """Return the value that a text means.

        Raises:
            ValueError: It means none that can be taken; the text says why, and what to type.
        """
        return typed.parsed_number(text)

    def explained(self, text: str) -> str:
        """Return how a text is read, where that is not obvious, else ""."""
        return ""

    @override
    def event(self, event: QEvent) -> bool:
        """Leave undo and redo to the window: a typed value is a step like any other."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and self._is_for_window(event):
            event.ignore()
            return True
        return super().event(event)

    def _is_for_window(self, event: QKeyEvent) -> bool:
        keys = QKeySequence.StandardKey
        if event.matches(keys.Undo) or event.matches(keys.Redo):
            return True
        if not self._window_keys:
            return False
        data = QGuiApplication.clipboard().mimeData()
        holds_pictures = data is not None and (data.hasImage() or data.hasUrls())
        return event.matches(keys.Copy) or (event.matches(keys.Paste) and holds_pictures)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take what was typed with the return key; what is refused goes no further, such as to a start button."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
            return
        taken = self._tell()
        super().keyPressEvent(event)
        if taken:
            self.entered.emit()
        else:
            event.accept()

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take what was typed when the field is left."""
        self._tell()
        super().focusOutEvent(event)

    def _tell(self) -> bool:
        """Say what will become of the text; return whether it is taken."""
        text = self.lineEdit().text()
        if self._is_shown(text):
            return True
        try:
            self.read(text)
        except ValueError as reason:
            self.refused.emit(str(reason))
            return False
        explanation = self.explained(text)
        if explanation:
            self.understood.emit(explanation)
        return True

    def _is_shown(self, text: str) -> bool:
        return text.strip() == self.textFromValue(self.value())

    @override
    def valueFromText(self, text: str) -> float:
        if self._is_shown(text):
            return self.value()  # what is shown has fewer digits than what is meant
        try:
            return self.read(text)
        except ValueError:
            return self.value()

    @override
    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Say whether a text can be, or become, a number; what is out of range can be typed, and then is refused."""
        try:
            self.read(text)
        except ValueError:
            fits = len(text) <= _LONGEST and re.fullmatch(self.letters, text) is not None
            return QValidator.State.Intermediate if fits else QValidator.State.Invalid, text, position
        return QValidator.State.Acceptable, text, position


class ParameterField(NumberField):
    """Reads decimals and fractions, shows 255ths where those are usual, and keeps more digits than it shows.

    Args:
        parameter: Its value.
        window_keys: See `NumberField`.
        parent: Qt's owner.
    """

    def __init__(self, parameter: Real, window_keys: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(window_keys, parent)
        self.parameter = parameter
        self.setDecimals(12)
        self.setRange(parameter.low, parameter.high)
        self.setSingleStep(parameter.step)
        self.setFont(theme.tabular(self.font()))

    @override
    def read(self, text: str) -> float:
        """Return the value that a text means (see `parsed_strength`)."""
        return typed.parsed_strength(text, self.parameter)

    @override
    def explained(self, text: str) -> str:
        """Say that a whole number was taken for 255ths."""
        if not typed.is_count_of_255ths(text, self.parameter):
            return ""
        return f"{self.parameter.name} {text.strip()} was read as {text.strip()}/255."

    @override
    def textFromValue(self, value: float) -> str:
        return numbers.as_255ths(value) if self.parameter.in_255ths and value else numbers.decimal(value)


class WholeNumberField(NumberField):
    """Reads whole numbers.

    Args:
        name: What the number is, as a sentence begins with it: "The seed".
        window_keys: See `NumberField`.
        parent: Qt's owner.
    """

    letters = r"[0-9., ]*"
    _grouped = re.compile(r"[0-9]{1,15}|[0-9]{1,3}([., ][0-9]{3}){1,4}")

    def __init__(self, name: str, window_keys: bool = False, parent: QWidget | None = None) -> None:
        self._name = name
        super().__init__(window_keys, parent)
        self.setDecimals(0)

    @property
    def number(self) -> int:
        """The value."""
        return round(self.value())

    @override
    def read(self, text: str) -> float:
        """Return the number; separators of thousands may stand in it."""
        if self._grouped.fullmatch(text.strip()):
            number = int(re.sub(r"[., ]", "", text))
            if self.minimum() <= number <= self.maximum():
                return number
        raise ValueError(
            f"{self._name} must be a whole number from {self.minimum():,.0f} to {self.maximum():,.0f}, "
            f"got '{text.strip()[:_LONGEST]}'."
        )

    @override
    def textFromValue(self, value: float) -> str:
        return f"{value:,.0f}" if self.isGroupSeparatorShown() else f"{value:.0f}"
