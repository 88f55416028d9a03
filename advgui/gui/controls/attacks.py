"""The choice of the attack, with the rows of what is shown."""

from collections.abc import Hashable, Mapping
from functools import partial

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QGroupBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from advgui import paper
from advgui.attacks import ATTACKS
from advgui.gui.controls.groups import filled
from advgui.gui.controls.mnemonics import Mnemonics
from advgui.gui.controls.rows import SettingsRows
from advgui.gui.controls.slider import ParameterSlider
from advgui.gui.session import DemoState, Session
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import ElidedComboBox
from advgui.parameters import Settings

# Of an attack with more settings than these, the others unfold.
_AT_ONCE = 2


class AttackBox(QGroupBox):
    """A list of the attacks; beneath, the rows of those that are shown.

    Args:
        session: The single source of truth.
        mnemonics: A letter for the list.
        parent: Qt's owner.

    Signals:
        entered: The return key was pressed on a number that is taken.
    """

    entered = Signal()

    def __init__(self, session: Session, mnemonics: Mnemonics, parent: QWidget | None = None) -> None:
        super().__init__("Attack", parent)
        self._session, self._label = session, mnemonics.underlined("Kind")
        self._built_for: Hashable = None
        self._inside = QWidget()
        self.list = QComboBox()
        self.rows: dict[str, SettingsRows] = {}
        self._shown: dict[
            str, tuple[Settings, float]
        ] = {}  # a slider that moves changes one attack's many times a second
        self.twin = QCheckBox(mnemonics.underlined("Twin of random signs"))
        self.twin.setToolTip(
            "Shows random signs of the same size beside the attack: what a change that knows nothing does."
        )
        self.twin.toggled.connect(self._on_twin)
        self._column = filled(self)
        self._column.addWidget(self._inside)
        self._column.addWidget(self.twin)

    @property
    def sliders(self) -> Mapping[str, ParameterSlider]:
        """The slider of each attack's strength."""
        found = {name: next(iter(rows.rows.values())) for name, rows in self.rows.items()}
        return {name: slider for name, slider in found.items() if isinstance(slider, ParameterSlider)}

    def follow(self, state: DemoState) -> None:
        """Show a state, and the attacks that there are by now."""
        there = tuple(ATTACKS.items())
        if there != self._built_for:
            self._build()
            self._built_for = there
        with QSignalBlocker(self.list):
            choices = list(self.choices())
            self.list.setCurrentIndex(choices.index(state.attacks) if state.attacks in choices else -1)
            self.list.setToolTip(_help(state.attacks))
        self.twin.setVisible(state.twin_of is not None)
        with QSignalBlocker(self.twin):
            self.twin.setChecked(state.twin)
        for name, rows in self.rows.items():
            shown = state.settings_of(name), state.reach(name)
            if shown != self._shown.get(name):
                self._shown[name] = shown
                if name in self.sliders:
                    self.sliders[name].set_end(shown[1])
                rows.show_settings(shown[0])
            rows.setVisible(name in state.attacks)

    @staticmethod
    def choices() -> dict[tuple[str, ...], str]:
        """Return what there is to choose, by the attacks that are then shown: each, and the paper's two together."""
        choices: dict[tuple[str, ...], str] = {(name,): attack.label for name, attack in ATTACKS.items()}
        both = tuple(paper.FIGURES)
        choices[both] = " and ".join(ATTACKS[name].label for name in both)
        return choices

    def _build(self) -> None:
        self._column.removeWidget(self._inside)
        self._inside.hide()
        self._inside.deleteLater()
        inside = self._inside = QWidget()
        self._column.insertWidget(0, inside)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SMALL_GAP)
        self.rows, self._shown = {}, {}
        self.list = ElidedComboBox("Attack", inside)
        self.list.addItems(list(self.choices().values()))
        self.list.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.list.setMinimumContentsLength(12)
        self.list.activated.connect(self._on_list)
        kind = QLabel(self._label)
        kind.setBuddy(self.list)
        line = QHBoxLayout()
        line.addWidget(kind)
        line.addWidget(self.list, 1)
        column.addLayout(line)
        for name, attack in ATTACKS.items():
            rows = self.rows[name] = SettingsRows(attack.parameters, at_once=_AT_ONCE)
            rows.changed.connect(partial(self._set, name))
            rows.entered.connect(self.entered)
            column.addWidget(rows)

    @Slot(bool)
    def _on_twin(self, on: bool) -> None:
        self._session.change("random twin", twin=on)

    @Slot(int)
    def _on_list(self, place: int) -> None:
        self._session.change("attack", attacks=list(self.choices())[place])

    # Connected to widgets of the GUI thread alone, so a partial function of it is as safe as a slot.
    def _set(self, attack: str, name: str, value: float | int | bool | str, gesture: object) -> None:
        label = next(each.label for each in ATTACKS[attack].parameters if each.name == name)
        self._session.apply(self._session.state.with_setting(attack, name, value), label, gesture)


def _help(shown: tuple[str, ...]) -> str:
    if len(shown) == 1 and shown[0] in ATTACKS:
        return ATTACKS[shown[0]].help
    return "Shows the attacks one below the other."
