"""A curve with what can be said of it."""

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from advgui.attacks import ATTACKS
from advgui.gui.curve.chart import StrengthChart
from advgui.gui.curve.words import sentence, strength_words
from advgui.gui.networks import STANDARD, attack_words
from advgui.gui.threads.live_curve import Curve
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import ElidedLabel

_ADVICE = "Drag the handle, or press Play: when does the verdict change?"


class CurveView(QWidget):
    """The chart of an attack's strength, a sentence below, and a button for larger strengths.

    Args:
        attack: Name in `ATTACKS`.
        network: As in `advgui.gui.networks`.

    Signals:
        moved: As in `StrengthChart`.
        wide_asked: Whether strengths up to the largest are wanted.
    """

    moved = Signal(float, object)
    wide_asked = Signal(bool)

    def __init__(self, attack: str, network: str = STANDARD, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.attack = attack
        self.chart = StrengthChart(attack, attack_words(attack, network))
        self.chart.moved.connect(self.moved)
        self.sentence = ElidedLabel()
        self.more = QToolButton()
        self.more.setCheckable(True)
        self.more.setText("more")
        self.more.setAutoRaise(True)
        high = strength_words(attack, ATTACKS[attack].strength.high)
        self.more.setAccessibleName(f"Larger strengths of {attack_words(attack, network)}")
        self.more.setToolTip(f"Shows strengths up to {high}, or the small ones, where most happens.")
        self.more.clicked.connect(self._on_more)
        line = QHBoxLayout()
        line.setSpacing(theme.SMALL_GAP)
        line.addWidget(self.sentence, 1)
        line.addWidget(self.more)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.chart, 1)
        column.addLayout(line)
        self._is_covered = self._is_zero = False
        self.show_curve(None, ())

    def set_size(self, size: int) -> None:
        """Set the height of the letters in device-independent pixels."""
        for widget in (self.chart, self.more, self.sentence):
            widget.setFont(theme.font(self.font(), size))
        self.more.setFixedHeight(self.more.fontMetrics().height() + 2)

    def show_strength(self, strength: float, end: float) -> None:
        """Show a strength on an axis with some end, without a signal."""
        if end != self.chart.end:
            self.chart.set_axis(end)
        self.chart.show_strength(strength)
        if self._is_zero != (strength == 0):
            self._is_zero = strength == 0
            self._show()
        self.more.setChecked(self.attack in ATTACKS and end >= ATTACKS[self.attack].strength.high)

    def show_curve(self, curve: Curve | None, class_names: Sequence[str]) -> None:
        """Show a curve, or that there is none yet."""
        self._curve, self._class_names = curve, class_names
        self._show()

    @property
    def curve(self) -> Curve | None:
        """What there is to show, covered or not."""
        return self._curve

    def set_covered(self, covered: bool) -> None:
        """Show no curve, because what it says is to be guessed; or show it again."""
        if covered != self._is_covered:
            self._is_covered = covered
            self._show()

    def _show(self) -> None:
        curve = None if self._is_covered else self._curve
        self.chart.show_curve(curve)
        # Without an attack it gives advice, and does not tell the end of the story.
        self.sentence.setText(_ADVICE if curve is None or self._is_zero else sentence(curve, self._class_names))

    @Slot(bool)
    def _on_more(self, on: bool) -> None:
        self.wide_asked.emit(on)
