"""Who attacks: what the attacker knows, and what it wants."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QFormLayout, QGroupBox, QVBoxLayout, QWidget

from advgui.gui.controls.attacker import AWAY, DRAWS
from advgui.gui.evaluation.chart import offer
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import ElidedComboBox
from advgui.gui.widgets.fields import WholeNumberField
from advgui.scenarios import attackers, defense_label
from advgui.types import Link


class AttackerBox(QGroupBox):
    """Check boxes for the mitigations that the attacker knows, or the whole matrix; its draws, and its target.

    Signals:
        changed: Something that belongs to a plan.
        refused: Why a number that was typed is not taken.
    """

    changed = Signal()
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("The attacker knows", parent)
        self._chain: tuple[Link, ...] = ()
        self._known: list[str] = []  # also of mitigations that are not in the chain at the moment
        self.classifier = QCheckBox("Classifier")
        self.classifier.setChecked(True)
        self.classifier.setEnabled(False)
        self.classifier.setToolTip(
            "Every attack that follows a gradient knows it; noise and random signs know nothing at all."
        )
        self.boxes: dict[str, QCheckBox] = {}
        self.matrix = QCheckBox("The w&hole matrix")
        self.matrix.setToolTip(
            "Evaluates every attacker in turn: one who knows the classifier alone, one for each mitigation, and one "
            "who knows all. Each column then meets an attacker who knows exactly what stands in front of the "
            "classifier."
        )
        self.matrix.toggled.connect(self._on_matrix)
        self.draws = WholeNumberField("The number of the attacker's draws")
        self.draws.setRange(DRAWS.low, DRAWS.high)
        self.draws.setValue(DRAWS.default)
        self.draws.setAccessibleName("Attacker's draws")
        self.draws.setToolTip(
            "Draws of random mitigations over which an attacker who knows them averages its gradient; never the "
            "defender's own. More draws take longer."
        )
        self.draws.refused.connect(self.refused)
        self.draws.valueChanged.connect(self.changed)
        self.target = ElidedComboBox("Target", self)
        self.target.setToolTip("The class that the attacker wants to see.")
        self.target.currentIndexChanged.connect(self.changed)
        self._known_column = QVBoxLayout()
        self._known_column.setSpacing(theme.SMALL_GAP)
        form = QFormLayout()
        form.setVerticalSpacing(theme.SMALL_GAP)
        form.addRow("a&veraged draws", self.draws)
        form.addRow("Goal", self.target)
        column = QVBoxLayout(self)
        column.setSpacing(theme.SMALL_GAP)
        column.addWidget(self.classifier)
        column.addLayout(self._known_column)
        column.addWidget(self.matrix)
        column.addLayout(form)
        self.set_class_names(())

    def follow(self, chain: tuple[Link, ...]) -> None:
        """Offer the mitigations of a chain."""
        if [link.name for link in chain] == [link.name for link in self._chain]:
            self._chain = chain
            return
        self._chain = chain
        for box in self.boxes.values():
            self._known_column.removeWidget(box)
            box.hide()
            box.deleteLater()
        self.boxes = {}
        for link in chain:
            box = self.boxes[link.name] = QCheckBox(defense_label(link.name).replace("&", "&&"))
            box.setToolTip("Its gradient goes through this mitigation; past one without a useful gradient it goes.")
            box.setChecked(link.name in self._known)
            box.toggled.connect(self._on_known)
            self._known_column.addWidget(box)
        self._on_matrix()

    def set_class_names(self, names: Sequence[str]) -> None:
        """Offer classes as targets."""
        before = self.target.currentIndex()
        offer(self.target, [AWAY, *names])
        with QSignalBlocker(self.target):
            self.target.setCurrentIndex(before if 0 <= before < self.target.count() else 0)

    @property
    def knows(self) -> tuple[tuple[str, ...], ...]:
        """What each attacker knows of the chain's mitigations."""
        if self.matrix.isChecked():
            return attackers(self._chain)
        return (tuple(name for name, box in self.boxes.items() if box.isChecked()),)

    @property
    def target_class(self) -> int | None:
        """The class that it wants to see."""
        return self.target.currentIndex() - 1 if self.target.currentIndex() > 0 else None

    def choices(self) -> dict[str, object]:
        """Return what `restore` takes, as plain values; the target belongs to the data, and is not kept."""
        return {"knows": list(self._known), "matrix": self.matrix.isChecked(), "attacker_draws": self.draws.number}

    def restore(self, choices: Mapping[str, Any]) -> None:
        """Choose what `choices` gave; what is missing or does not fit stays as it is."""
        knows, draws = choices.get("knows"), choices.get("attacker_draws")
        if isinstance(knows, list) and all(isinstance(name, str) for name in knows):
            self._known = list(dict.fromkeys(knows))
            for name, box in self.boxes.items():
                with QSignalBlocker(box):
                    box.setChecked(name in self._known)
        if isinstance(choices.get("matrix"), bool):
            self.matrix.setChecked(choices["matrix"])
        if isinstance(draws, int) and self.draws.minimum() <= draws <= self.draws.maximum():
            self.draws.setValue(draws)
        self.changed.emit()

    @Slot()
    def _on_known(self) -> None:
        others = [name for name in self._known if name not in self.boxes]
        self._known = others + [name for name, box in self.boxes.items() if box.isChecked()]
        self.changed.emit()

    @Slot()
    def _on_matrix(self) -> None:
        for box in self.boxes.values():
            box.setEnabled(not self.matrix.isChecked())
        self.changed.emit()
