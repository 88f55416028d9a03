"""What is to be evaluated: the left side of the evaluation dialog."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QGroupBox,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from advgui.attacks import ATTACKS
from advgui.data.cifar10 import Dataset
from advgui.errors import AdvguiError
from advgui.evaluation import Plan, usual_strength
from advgui.gui import numbers, theme
from advgui.reports.command import as_typed
from advgui.types import ProtocolName

_PROTOCOLS: Mapping[str, tuple[ProtocolName, ...]] = {
    "Corrected": (ProtocolName.CORRECTED,),
    "As published": (ProtocolName.AS_PUBLISHED,),
    "Both, side by side": tuple(ProtocolName),
}
# A first look; all images are one click on "All" away.
_FIRST_LOOK = 1000


class PlanForm(QWidget):
    """Asks for data, attacks, strengths, protocol and seed.

    Signals:
        data_asked: The person wants to get the full test set.
    """

    data_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._datasets: list[Dataset] = []
        self.data = QComboBox()
        self.data.setAccessibleName("Data")
        self.data.setToolTip("What is evaluated: the bundled samples, or the full test set once it is there.")
        self.data.currentIndexChanged.connect(self._on_data)
        self.get_data = QPushButton("&Get the full test set …")
        self.get_data.setToolTip("Downloads CIFAR-10, or takes a copy that you have.")
        self.get_data.clicked.connect(self.data_asked)
        self.images = QSpinBox()
        self.images.setAccessibleName("Number of images")
        self.images.setToolTip("How many images, from the first.")
        self.images.setGroupSeparatorShown(True)
        self.all_images = QPushButton("&All")
        self.all_images.setToolTip("Evaluates every image of the data.")
        self.all_images.clicked.connect(self._on_all)

        self.attacks: dict[str, QCheckBox] = {}
        self.strengths: dict[str, QLineEdit] = {}
        attacks = QGroupBox("Attacks and strengths")
        rows = QVBoxLayout(attacks)
        rows.setSpacing(theme.SMALL_GAP)
        for name, attack in ATTACKS.items():
            parameter = attack.parameter
            box, field = QCheckBox(attack.label), QLineEdit()
            box.setChecked(True)
            box.setToolTip(attack.help)
            field.setPlaceholderText("such as 4/255; 8/255" if parameter.in_255ths else "such as 0.05; 0.1")
            field.setAccessibleName(f"{parameter.name}, one or more")
            field.setToolTip(
                f"{parameter.label}: one or more values from {parameter.low:g} to {parameter.high:g}, separated by "
                "semicolons or spaces. Strength 0 is always evaluated too, as a control."
            )
            box.toggled.connect(field.setEnabled)
            rows.addWidget(box)
            rows.addWidget(field)
            self.attacks[name], self.strengths[name] = box, field

        self._offered: dict[str, str] = dict.fromkeys(ATTACKS, "")
        self.protocol = QComboBox()
        self.protocol.currentTextChanged.connect(self._offer_strengths)
        self.protocol.addItems(list(_PROTOCOLS))
        self.protocol.setAccessibleName("Protocol")
        self.protocol.setToolTip(
            "Corrected: every image is scaled as in training. As published: the paper's own steps."
        )
        self.seed = QSpinBox()
        self.seed.setRange(0, 999_999)
        self.seed.setAccessibleName("Seed")
        self.seed.setToolTip("Of the noise and the randomization layer; the same seed gives the same result.")
        self.draws = QSpinBox()
        self.draws.setRange(1, 30)
        self.draws.setAccessibleName("Draws")
        self.draws.setToolTip("Draws of the randomization layer for each image, whose probabilities are averaged.")
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
        for label, widget in (("&Protocol", self.protocol), ("&Seed", self.seed), ("D&raws", self.draws)):
            more.addRow(label, widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(form)
        column.addWidget(attacks)
        column.addLayout(more)
        column.addStretch(1)

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
        """Offer only protocols whose networks are there."""
        if ProtocolName.AS_PUBLISHED not in available:
            self.protocol.setCurrentIndex(0)
        self.protocol.setEnabled(ProtocolName.AS_PUBLISHED in available)

    def choices(self) -> dict[str, object]:
        """Return what `restore` takes: everything but the data, as plain values."""
        return {
            "attacks": [name for name, box in self.attacks.items() if box.isChecked()],
            "strengths": {name: field.text() for name, field in self.strengths.items()},
            "protocol": self.protocol.currentText(),
            "seed": self.seed.value(),
            "draws": self.draws.value(),
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
            strengths={name: self._strengths(name) for name in attacks},
            seed=self.seed.value(),
            draws=self.draws.value(),
            stop=self.images.value(),
        )

    def _strengths(self, name: str) -> list[float]:
        parameter, text = ATTACKS[name].parameter, self.strengths[name].text()
        try:
            found = [numbers.parsed(part) for part in text.replace(";", " ").split()]
        except ValueError as error:
            raise AdvguiError(f"{parameter.name}: {error}") from error
        if not found or not all(parameter.low <= value <= parameter.high for value in found):
            raise AdvguiError(
                f"{parameter.name} is '{text}', expected one or more numbers from {parameter.low:g} to "
                f"{parameter.high:g}, such as {self.strengths[name].placeholderText().removeprefix('such as ')}."
            )
        return found

    @Slot(str)
    def _offer_strengths(self, protocol: str) -> None:
        """Fill in the usual strengths of a protocol, in place of those of another one; what was typed stays."""
        for name, field in self.strengths.items():
            usual = dict.fromkeys(usual_strength(each, name) for each in _PROTOCOLS[protocol])
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
