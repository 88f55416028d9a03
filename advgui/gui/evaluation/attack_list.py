"""Which attacks are evaluated, and how strong they are."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QGroupBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from advgui import paper
from advgui.attacks import ATTACKS, Attack
from advgui.evaluation.plan import security_curve
from advgui.gui.evaluation.strengths_field import StrengthsField
from advgui.gui.session import DemoState
from advgui.gui.widgets import theme
from advgui.scenarios import settings_text
from advgui.types import Setup


class AttackRow(QWidget):
    """An attack: a check box, and while it is checked its strengths and what else is set of it in the window.

    Signals:
        changed: The box or the strengths.
    """

    changed = Signal()

    def __init__(self, attack: Attack, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.attack = attack
        self.offered = ""  # what stood in the field without anybody having typed it
        self.box = QCheckBox(attack.label.replace("&", "&&"))
        self.box.setToolTip(attack.help)
        self.field = StrengthsField(attack.strength)
        self.curve = QPushButton("Curve")
        self.curve.setToolTip(
            "Security curve: strengths that double from nearly nothing to the most, to see where accuracy is at "
            "chance. The same as --security-curve on the command line."
        )
        self.curve.setAccessibleName(f"Strengths of a security curve for {attack.label}")
        self.curve.clicked.connect(self._on_curve)
        self.settings = QLabel()
        self.settings.setTextFormat(Qt.TextFormat.PlainText)
        self.settings.setWordWrap(True)
        self.settings.setToolTip("Change it in the window, where the attack is shown.")
        line = QHBoxLayout()
        line.setSpacing(theme.SMALL_GAP)
        line.addWidget(self.field, 1)
        line.addWidget(self.curve)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SMALL_GAP)
        column.addWidget(self.box)
        column.addLayout(line)
        column.addWidget(self.field.hint)
        column.addWidget(self.settings)
        self.box.toggled.connect(self._on_toggled)
        self.field.textChanged.connect(self.changed)
        self.box.setChecked(attack.name in paper.FIGURES)
        self._on_toggled(self.box.isChecked())

    def show_state(self, state: DemoState) -> None:
        """Say what else is set of the attack."""
        setup = Setup(self.attack.name, state.settings_of(self.attack.name))
        others = settings_text(setup, self.attack.parameters[1:], everything=True)
        self.settings.setText(f"As in the window: {others}." if others else "")
        self.settings.setVisible(self.box.isChecked() and bool(others))

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        for widget in (self.field, self.curve):
            widget.setVisible(on)
        self.field.show_hint(on)
        self.settings.setVisible(on and bool(self.settings.text()))
        self.changed.emit()

    @Slot()
    def _on_curve(self) -> None:
        self.field.set_values(security_curve(self.attack.strength))


class AttackList(QGroupBox):
    """A row for each attack that there is by now.

    Attributes:
        boxes: For each attack, whether it is evaluated.
        fields: For each attack, its strengths.

    Signals:
        changed: Something of a row.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Attacks and strengths", parent)
        self.rows: dict[str, AttackRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setSpacing(theme.SMALL_GAP)

    @property
    def boxes(self) -> Mapping[str, QCheckBox]:
        """For each attack, whether it is evaluated."""
        return {name: row.box for name, row in self.rows.items()}

    @property
    def fields(self) -> Mapping[str, StrengthsField]:
        """For each attack, its strengths."""
        return {name: row.field for name, row in self.rows.items()}

    @property
    def typed(self) -> dict[str, str]:
        """For each attack whose strengths are not those that were offered, what was typed."""
        return {name: row.field.text() for name, row in self.rows.items() if row.field.text() != row.offered}

    @property
    def chosen(self) -> list[str]:
        """The attacks to be evaluated."""
        return [name for name, row in self.rows.items() if row.box.isChecked()]

    @property
    def is_readable(self) -> bool:
        """Whether the strengths of all chosen attacks can be read."""
        return all(self.rows[name].field.is_readable for name in self.chosen)

    def follow(self, state: DemoState) -> None:
        """Offer the attacks that there are by now, with their settings in the window."""
        for name in [name for name, row in self.rows.items() if ATTACKS.get(name) is not row.attack]:
            gone = self.rows.pop(name)
            self._column.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for place, (name, attack) in enumerate(ATTACKS.items()):
            if name not in self.rows:
                row = self.rows[name] = AttackRow(attack)
                row.changed.connect(self.changed)
                self._column.insertWidget(place, row)
            self.rows[name].show_state(state)
        self.rows = {name: self.rows[name] for name in ATTACKS}

    def offer(self, strengths: Mapping[str, str]) -> None:
        """Fill in strengths in the place of those that were offered before; what was typed stays."""
        for name, text in strengths.items():
            row = self.rows[name]
            if row.field.text() == row.offered:
                row.field.setText(text)
            row.offered = text

    def show_wrong(self) -> bool:
        """Put the cursor into the first field of a chosen attack that is marked; return whether there is one."""
        for name in self.chosen:
            field = self.rows[name].field
            if field.is_wrong:
                field.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
        return False
