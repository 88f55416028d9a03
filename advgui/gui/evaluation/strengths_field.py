"""A field for a list of strengths, with room beneath it for how the list was understood, or why it was not."""

from collections.abc import Iterable

from PySide6.QtCore import QEvent, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget
from typing_extensions import override

from advgui.errors import AdvguiError
from advgui.gui.widgets import theme
from advgui.parameters import Real
from advgui.reports.command import as_typed
from advgui.typed import example, is_spelled_out, parsed_strengths

_MOST_IN_HINT = 6


class StrengthsField(QLineEdit):
    """Reads "4/255, 8/255", "0.05; 0.1" or "1..8/255"; it is marked while it holds what cannot be understood.

    Args:
        parameter: Whose strengths.
        parent: Qt's owner.

    Attributes:
        hint: A label that belongs beneath the field.
    """

    def __init__(self, parameter: Real, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parameter = parameter
        self.is_wrong = False
        self.setPlaceholderText(f"such as {example(parameter)}")
        self.setAccessibleName(f"{parameter.name}, one or more")
        self.setToolTip(
            f"{parameter.label}: one or more values from {parameter.low:g} to {parameter.high:g}, separated by commas, "
            f"semicolons or spaces, such as {example(parameter)}. Strength 0 is always evaluated too, as a control."
        )
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        self.hint.hide()
        self.textChanged.connect(self._on_text)
        self.editingFinished.connect(self._check)

    @property
    def is_readable(self) -> bool:
        """Whether `values` would find some; nothing is marked."""
        try:
            return bool(parsed_strengths(self.text(), self.parameter))
        except ValueError:
            return False

    def set_values(self, values: Iterable[float]) -> None:
        """Put strengths in the place of what was typed."""
        self.setText("; ".join(map(as_typed, values)))
        self.setCursorPosition(0)

    def values(self) -> list[float]:
        """Return the strengths; mark the field if there are none.

        Raises:
            AdvguiError: The text cannot be understood.
        """
        try:
            found = parsed_strengths(self.text(), self.parameter)
        except ValueError as reason:
            self._say(str(reason), wrong=True)
            raise AdvguiError(str(reason)) from reason
        self._explain(found)
        return found

    @Slot(bool)
    def show_hint(self, wanted: bool) -> None:
        """Show the hint, if there is one, or hide it with the field."""
        self.hint.setVisible(wanted and bool(self.hint.text()))

    @Slot()
    def _on_text(self) -> None:
        """While it is typed nothing is wrong yet."""
        try:
            self._explain(parsed_strengths(self.text(), self.parameter))
        except ValueError:
            self._say("", wrong=False)

    @Slot()
    def _check(self) -> None:
        try:
            self.values()
        except AdvguiError:
            return  # the field is marked

    def _explain(self, values: list[float]) -> None:
        shown = ", ".join(map(as_typed, values[:_MOST_IN_HINT])) + (" …" if len(values) > _MOST_IN_HINT else "")
        plain = is_spelled_out(self.text(), self.parameter)
        self._say("" if plain else f"Read as {shown} ({len(values)} strength{'s' if len(values) > 1 else ''}).", False)

    def _say(self, text: str, wrong: bool) -> None:
        self.is_wrong = wrong
        self.hint.setText(f"✗ {text}" if wrong else text)
        self.show_hint(not self.isHidden())
        self.setAccessibleDescription(text or self.toolTip())
        self._mark()

    def _mark(self) -> None:
        palette = QPalette()  # of the theme, whatever was marked before
        if self.is_wrong:
            colors = theme.colors(palette)
            palette.setColor(QPalette.ColorRole.Base, colors.error)
        self.setPalette(palette)

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Mark it in the colours of the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationPaletteChange and self.is_wrong:
            self._mark()
