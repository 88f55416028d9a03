"""What is to be evaluated: the left side of the evaluation dialog."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QGroupBox,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from advgui import paper
from advgui.attacks import ATTACKS, Attack
from advgui.data.cifar10 import Dataset
from advgui.errors import AdvguiError
from advgui.evaluation.plan import Plan, usual_strength
from advgui.gui.evaluation.strengths_field import StrengthsField
from advgui.gui.session import DemoState
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import ElidedComboBox
from advgui.gui.widgets.fields import WholeNumberField
from advgui.protocols import supports
from advgui.reports.command import as_typed
from advgui.scenarios import attack_label, defense_label, settings_text
from advgui.types import ProtocolName, Setup

_PROTOCOLS: Mapping[str, tuple[ProtocolName, ...]] = {
    "Corrected": (ProtocolName.CORRECTED,),
    "As published": (ProtocolName.AS_PUBLISHED, ProtocolName.AS_PUBLISHED_SCALED),
    "Both, side by side": tuple(ProtocolName),
}
# A first look; all images are one click on "All" away.
_FIRST_LOOK = 1000


class PlanForm(QWidget):
    """Asks for data, attacks, strengths, protocol and seed; all else is as in the window.

    Signals:
        data_asked: The user wants to get the full test set.
        refused: Why a number that was typed is not taken.
    """

    data_asked = Signal()
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._datasets: list[Dataset] = []
        self._wished_protocol = ""  # while it is not on offer
        self.data = ElidedComboBox("Data", self)
        self.data.setToolTip("What is evaluated: the bundled samples, or the full test set once it is there.")
        self.data.currentIndexChanged.connect(self._on_data)
        self.get_data = QPushButton("&Get the full test set …")
        self.get_data.setToolTip("Downloads CIFAR-10, or takes a copy that you have.")
        self.get_data.clicked.connect(self.data_asked)
        self.images = WholeNumberField("The number of images")
        self.images.setAccessibleName("Number of images")
        self.images.setToolTip("Number of images, starting with the first.")
        self.images.setGroupSeparatorShown(True)
        self.all_images = QPushButton("&All")
        self.all_images.setToolTip("Evaluates every image of the data.")
        self.all_images.clicked.connect(self._on_all)

        self._state = DemoState()
        self.attacks: dict[str, QCheckBox] = {}
        self.strengths: dict[str, StrengthsField] = {}
        self._built_for: dict[str, Attack] = {}
        self._offered: dict[str, str] = {}
        attacks = QGroupBox("Attacks and strengths")
        self._rows = QVBoxLayout(attacks)
        self._rows.setSpacing(theme.SMALL_GAP)
        self.as_in_window = QLabel()
        self.as_in_window.setTextFormat(Qt.TextFormat.PlainText)
        self.as_in_window.setWordWrap(True)
        self._rows.addWidget(self.as_in_window)

        self.protocol = QComboBox()
        self.protocol.addItems(list(_PROTOCOLS))
        self.protocol.currentTextChanged.connect(self._offer_strengths)
        self.protocol.setAccessibleName("Protocol")
        self.protocol.setToolTip(
            "Corrected: every image is scaled as in training. As published: the paper's own steps."
        )
        self.seed = WholeNumberField("The seed")
        self.seed.setRange(0, 999_999)
        self.seed.setAccessibleName("Seed")
        self.seed.setToolTip("Of the noise and the randomization layer; the same seed gives the same result.")
        self.draws = WholeNumberField("The number of draws")
        self.draws.setRange(1, 30)
        self.draws.setAccessibleName("Draws")
        self.draws.setToolTip("Draws of the randomization layer for each image, whose probabilities are averaged.")
        for number in (self.images, self.seed, self.draws):
            number.refused.connect(self.refused)
        form = QFormLayout()
        form.setVerticalSpacing(theme.SMALL_GAP)
        for label, widget in (
            ("&Data", self.data),
            ("", self.get_data),
            ("&Images", self.images),
            ("", self.all_images),
        ):
            form.addRow(label, widget)
        more = QFormLayout()
        more.setVerticalSpacing(theme.SMALL_GAP)
        more.addRow("&Protocol", self.protocol)
        more.addRow("&Seed", self.seed)
        more.addRow("D&raws", self.draws)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(form)
        column.addWidget(attacks)
        column.addLayout(more)
        column.addStretch(1)
        self.follow(self._state)

    @Slot(object)
    def follow(self, state: DemoState) -> None:
        """Take what is not asked for from the window, and offer the attacks that there are by now."""
        self._state = state
        for name in [name for name, attack in self._built_for.items() if ATTACKS.get(name) is not attack]:
            self._remove_attack(name)
        for place, (name, attack) in enumerate(ATTACKS.items()):
            if name not in self.attacks:
                self._add_attack(place, name, attack)
        parts = [
            f"Mitigations as in the window: {', '.join(defense_label(one.name) for one in state.chain) or 'none'}."
        ]
        for name in ATTACKS:
            others = settings_text(Setup(name, state.settings_of(name)), ATTACKS[name].parameters[1:])
            if others:
                parts.append(f"{attack_label(name)}: {others}.")
        self.as_in_window.setText("\n".join(parts))
        self.as_in_window.setToolTip("Every mitigation of the chain is evaluated, also one that is switched off.")

    def _add_attack(self, place: int, name: str, attack: Attack) -> None:
        box, field = QCheckBox(attack.label.replace("&", "&&")), StrengthsField(attack.strength)
        box.setChecked(name in paper.FIGURES)
        box.setToolTip(attack.help)
        for number, widget in enumerate((box, field, field.hint)):
            self._rows.insertWidget(3 * place + number, widget)
        field.setVisible(box.isChecked())
        box.toggled.connect(field.setVisible)
        box.toggled.connect(field.show_hint)
        self.attacks[name], self.strengths[name], self._built_for[name] = box, field, attack
        self._offered[name] = ""
        self._offer_strengths(self.protocol.currentText())

    def _remove_attack(self, name: str) -> None:
        box, field = self.attacks.pop(name), self.strengths.pop(name)
        del self._built_for[name], self._offered[name]
        for widget in (box, field, field.hint):
            self._rows.removeWidget(widget)
            widget.hide()
            widget.deleteLater()

    def set_datasets(self, datasets: Sequence[Dataset]) -> None:
        """Offer data sets; the choice stays where it can."""
        if [id(one) for one in datasets] == [id(one) for one in self._datasets]:
            return
        chosen = self.data.currentIndex()
        self._datasets = list(datasets)
        self.data.clear()
        for dataset in datasets:
            self.data.addItem(f"{dataset.name} ({len(dataset):,})")
        self.data.setCurrentIndex(chosen if 0 <= chosen < len(datasets) else len(datasets) - 1)
        self.get_data.setVisible(len(datasets) < 2)

    def set_protocols(self, available: Sequence[ProtocolName]) -> None:
        """Offer only protocols whose networks are there; what was chosen comes back when they do."""
        there = ProtocolName.AS_PUBLISHED in available
        if there and self._wished_protocol:
            self.protocol.setCurrentText(self._wished_protocol)
            self._wished_protocol = ""
        elif not there:
            self._wished_protocol = self._wished_protocol or self.protocol.currentText()
            self.protocol.setCurrentIndex(0)
        self.protocol.setEnabled(there)

    def choices(self) -> dict[str, object]:
        """Return what `restore` takes: everything but the data, as plain values."""
        return {
            "attacks": [name for name, box in self.attacks.items() if box.isChecked()],
            "strengths": {name: field.text() for name, field in self.strengths.items()},
            "protocol": self._wished_protocol or self.protocol.currentText(),
            "seed": self.seed.number,
            "draws": self.draws.number,
        }

    def restore(self, choices: Mapping[str, Any]) -> None:
        """Choose what `choices` gave; what is missing or does not fit stays as it is."""
        # The protocol first: it offers strengths, and those that were chosen take their place.
        if choices.get("protocol") in list(_PROTOCOLS):
            self.protocol.setCurrentText(choices["protocol"])
        attacks, strengths = choices.get("attacks"), choices.get("strengths")
        for name, box in self.attacks.items():
            if isinstance(attacks, list):
                box.setChecked(name in attacks)
            if isinstance(strengths, dict) and isinstance(strengths.get(name), str):
                self.strengths[name].setText(strengths[name])
        for key, field in (("seed", self.seed), ("draws", self.draws)):
            value = choices.get(key)
            if isinstance(value, int) and field.minimum() <= value <= field.maximum():
                field.setValue(value)

    @property
    def dataset(self) -> Dataset | None:
        """The chosen data, or None where there is none."""
        row = self.data.currentIndex()
        return self._datasets[row] if 0 <= row < len(self._datasets) else None

    def plan(self) -> Plan:
        """Return what was asked for.

        Raises:
            AdvguiError: A field cannot be understood; the text names it.
        """
        attacks = [name for name, box in self.attacks.items() if box.isChecked()]
        if not attacks:
            raise AdvguiError("No attack is chosen. Choose at least one.")
        return Plan.of(
            protocols=_PROTOCOLS[self.protocol.currentText()],
            attacks=attacks,
            strengths={name: self.strengths[name].values() for name in attacks},
            settings={name: dict(self._state.settings_of(name).pairs[1:]) for name in attacks},
            chain=tuple(replace(link, on=True) for link in self._state.fitting_chain()),
            seed=self.seed.number,
            draws=self.draws.number,
            stop=self.images.number,
        )

    def show_wrong_field(self) -> bool:
        """Put the cursor into the first field that `plan` could not understand; return whether there is one."""
        for name, field in self.strengths.items():
            if field.is_wrong and self.attacks[name].isChecked():
                field.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
        return False

    @Slot(str)
    def _offer_strengths(self, protocol: str) -> None:
        """Fill in the usual strengths of a protocol, in place of those of another one; what was typed stays."""
        for name, field in self.strengths.items():
            usual = dict.fromkeys(usual_strength(each, name) for each in _protocols_of(name, protocol))
            offered = "; ".join(map(as_typed, usual))
            if field.text() == self._offered[name]:
                field.setText(offered)
            self._offered[name] = offered

    @Slot(int)
    def _on_data(self, _row: int) -> None:
        if self.dataset is not None:
            self.images.setRange(1, len(self.dataset))
            self.images.setValue(min(_FIRST_LOOK, len(self.dataset)))

    @Slot()
    def _on_all(self) -> None:
        self.images.setValue(self.images.maximum())


def _protocols_of(attack: str, chosen: str) -> list[ProtocolName]:
    """Return the chosen protocols that have an attack; *corrected* where none does, and it cannot be evaluated."""
    return [name for name in _PROTOCOLS[chosen] if supports(name, attack)] or [ProtocolName.CORRECTED]
