"""What is to be evaluated: the left side of the evaluation dialog."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from advgui.attacks import ATTACKS
from advgui.data.cifar10 import Dataset
from advgui.errors import AdvguiError
from advgui.evaluation.plan import Plan, usual_strength
from advgui.gui.evaluation.attack_list import AttackList
from advgui.gui.evaluation.attacker_box import AttackerBox
from advgui.gui.evaluation.strengths_field import StrengthsField
from advgui.gui.evaluation.workers_field import WorkersField
from advgui.gui.session import DemoState
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import ElidedComboBox
from advgui.gui.widgets.fields import WholeNumberField
from advgui.protocols import supports
from advgui.reports.command import as_typed
from advgui.scenarios import defense_label
from advgui.types import Link, ProtocolName, VoteRule

_PROTOCOLS: Mapping[str, tuple[ProtocolName, ...]] = {
    "Corrected": (ProtocolName.CORRECTED,),
    "As published": (ProtocolName.AS_PUBLISHED, ProtocolName.AS_PUBLISHED_SCALED),
    "Both, side by side": tuple(ProtocolName),
}
_RULES: Mapping[str, VoteRule] = {"averaged": VoteRule.MEAN, "majority": VoteRule.MAJORITY}
# A first look; all images are one click on "All" away.
_FIRST_LOOK = 1000


class PlanForm(QWidget):
    """Asks for data, attacks, strengths, attacker, protocol and seed; all else is as in the window.

    Signals:
        changed: Something that belongs to the plan.
        data_asked: The user wants to get the full test set.
        refused: Why a number that was typed is not taken.
    """

    changed = Signal()
    data_asked = Signal()
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._datasets: list[Dataset] = []
        self._wished_protocol = ""  # while it is not on offer
        self.data = ElidedComboBox("Data", self)
        self.data.setToolTip("What is evaluated: the bundled samples, or the full test set once it is there.")
        self.data.currentIndexChanged.connect(self._on_data)
        self.get_data = QPushButton("Get the full test set …")
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
        self.list = AttackList()
        self.attacker = AttackerBox()
        self.attacker.refused.connect(self.refused)
        self.as_in_window = QLabel()
        self.as_in_window.setTextFormat(Qt.TextFormat.PlainText)
        self.as_in_window.setWordWrap(True)
        self.as_in_window.setToolTip("Every mitigation of the chain is evaluated, also one that is switched off.")

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
        self.draws.setToolTip("Draws of random mitigations for each image, which are taken together.")
        self.rule = QComboBox()
        self.rule.addItems(list(_RULES))
        self.rule.setAccessibleName("Rule of the draws")
        self.rule.setToolTip(
            "How draws are taken together: the mean of their probabilities, or the class that most of them are given."
        )
        self.workers = WorkersField()
        for number in (self.images, self.seed, self.draws, self.workers):
            number.refused.connect(self.refused)
        form = QFormLayout()
        form.setVerticalSpacing(theme.SMALL_GAP)
        for label, widget in (
            ("&Data", self.data),
            ("", self.get_data),
        ):
            form.addRow(label, widget)
        line = QHBoxLayout()
        line.addWidget(self.images, 1)
        line.addWidget(self.all_images)
        of_images = QLabel("&Images")
        of_images.setBuddy(self.images)
        form.addRow(of_images, line)
        more = QFormLayout()
        more.setVerticalSpacing(theme.SMALL_GAP)
        more.addRow("&Protocol", self.protocol)
        more.addRow("S&eed", self.seed)
        drawn = QHBoxLayout()
        drawn.addWidget(self.draws, 1)
        drawn.addWidget(self.rule)
        of_draws = QLabel("Draws")
        of_draws.setBuddy(self.draws)
        more.addRow(of_draws, drawn)
        more.addRow("Workers", self.workers)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, theme.MARGIN, 0)
        column.addLayout(form)
        column.addWidget(self.list)
        column.addWidget(self.as_in_window)
        column.addWidget(self.attacker)
        column.addLayout(more)
        column.addStretch(1)
        self.follow(self._state)
        for part in (self.list, self.attacker):
            part.changed.connect(self.changed)
        for field in (self.images, self.seed, self.draws):
            field.valueChanged.connect(self.changed)
        self.draws.valueChanged.connect(self._follow_draws)
        self._follow_draws()
        for choice in (self.protocol, self.rule):
            choice.currentIndexChanged.connect(self.changed)

    @Slot()
    def _follow_draws(self) -> None:
        self.rule.setEnabled(self.draws.number > 1)  # of one draw both rules make the same

    @Slot(object)
    def follow(self, state: DemoState) -> None:
        """Take what is not asked for from the window, and offer the attacks that there are by now."""
        self._state = state
        self.list.follow(state)
        self._offer_strengths(self.protocol.currentText())
        self.attacker.follow(self._chain)
        self.as_in_window.setText(
            f"Mitigations as in the window: {', '.join(defense_label(one.name) for one in state.chain) or 'none'}."
        )
        self.changed.emit()

    @property
    def attacks(self) -> Mapping[str, QCheckBox]:
        """For each attack, whether it is evaluated."""
        return self.list.boxes

    @property
    def strengths(self) -> Mapping[str, StrengthsField]:
        """For each attack, its strengths."""
        return self.list.fields

    @property
    def _chain(self) -> tuple[Link, ...]:
        return tuple(replace(link, on=True) for link in self._state.fitting_chain())

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
            "attacks": self.list.chosen,
            "strengths": self.list.typed,
            "protocol": self._wished_protocol or self.protocol.currentText(),
            "seed": self.seed.number,
            "draws": self.draws.number,
            "rule": self.rule.currentText(),
            "workers": self.workers.number,
        } | self.attacker.choices()

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
        for key, field in (("seed", self.seed), ("draws", self.draws), ("workers", self.workers)):
            value = choices.get(key)
            if isinstance(value, int) and field.minimum() <= value <= field.maximum():
                field.setValue(value)
        if choices.get("rule") in list(_RULES):
            self.rule.setCurrentText(choices["rule"])
        self.attacker.restore(choices)

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
        attacks = self.list.chosen
        if not attacks:
            raise AdvguiError("No attack is chosen. Choose at least one.")
        return Plan.of(
            protocols=_PROTOCOLS[self.protocol.currentText()],
            attacks=attacks,
            strengths={name: self.strengths[name].values() for name in attacks},
            settings={name: dict(self._state.settings_of(name).pairs[1:]) for name in attacks},
            chain=self._chain,
            knows=self.attacker.knows,
            attacker_draws=self.attacker.draws.number,
            target=self.attacker.target_class,
            seed=self.seed.number,
            draws=self.draws.number,
            rule=_RULES[self.rule.currentText()],
            stop=self.images.number,
        )

    @property
    def is_readable(self) -> bool:
        """Whether `plan` would find a plan; nothing is marked."""
        return bool(self.list.chosen) and self.list.is_readable

    def show_wrong_field(self) -> bool:
        """Put the cursor into the first field that `plan` could not understand; return whether there is one."""
        return self.list.show_wrong()

    @Slot(str)
    def _offer_strengths(self, protocol: str) -> None:
        """Fill in strengths for a protocol, in place of those that were offered before; what was typed stays."""
        self.list.offer(
            {
                name: "; ".join(
                    map(as_typed, dict.fromkeys(self._strength(each, name) for each in _protocols_of(name, protocol)))
                )
                for name in ATTACKS
            }
        )

    def _strength(self, protocol: ProtocolName, attack: str) -> float:
        """Return the published strength where there is one, else that of the window's slider; the usual one for 0."""
        usual = usual_strength(protocol, attack)
        if protocol is not ProtocolName.CORRECTED:
            return usual
        return float(self._state.settings_of(attack)[ATTACKS[attack].strength.name]) or usual

    @Slot(int)
    def _on_data(self, _row: int) -> None:
        if self.dataset is not None:
            self.images.setRange(1, len(self.dataset))
            self.images.setValue(min(_FIRST_LOOK, len(self.dataset)))
            self.attacker.set_class_names(self.dataset.class_names)
        self.changed.emit()

    @Slot()
    def _on_all(self) -> None:
        self.images.setValue(self.images.maximum())


def _protocols_of(attack: str, chosen: str) -> list[ProtocolName]:
    """Return the chosen protocols that have an attack; *corrected* where none does, and it cannot be evaluated."""
    return [name for name in _PROTOCOLS[chosen] if supports(name, attack)] or [ProtocolName.CORRECTED]
