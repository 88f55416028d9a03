"""The choice of the attack, with the rows of what is shown."""

from collections.abc import Hashable, Mapping
from functools import partial

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QComboBox, QGroupBox, QLabel, QRadioButton, QVBoxLayout, QWidget

from advgui import paper
from advgui.attacks import ATTACKS
from advgui.gui.controls.groups import filled, only_checked_takes_tab
from advgui.gui.controls.mnemonics import Mnemonics
from advgui.gui.controls.rows import SettingsRows
from advgui.gui.controls.slider import ParameterSlider
from advgui.gui.session import DemoState, Session
from advgui.gui.widgets import theme

# More attacks than these are chosen from a list.
_MOST_BUTTONS = 4


class AttackBox(QGroupBox):
    """Radio buttons, or a list if there are many attacks; beneath, the rows of the attacks that are shown.

    Args:
        session: The single source of truth.
        mnemonics: Letters for the buttons.
        parent: Qt's owner.

    Signals:
        entered: The return key was pressed on a number that is taken.
    """

    entered = Signal()

    def __init__(self, session: Session, mnemonics: Mnemonics, parent: QWidget | None = None) -> None:
        super().__init__("Attack", parent)
        self._session, self._mnemonics = session, mnemonics
        self._built_for: Hashable = None
        self._inside = QWidget()
        self.buttons: dict[tuple[str, ...], QRadioButton] = {}
        self.list: QComboBox | None = None
        self.rows: dict[str, SettingsRows] = {}
        self._column = filled(self)
        self._column.addWidget(self._inside)

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
        for shown, button in self.buttons.items():
            if shown == state.attacks:
                button.setChecked(True)
        only_checked_takes_tab(self.buttons.values())
        if self.list is not None:
            with QSignalBlocker(self.list):
                choices = list(self._choices())
                self.list.setCurrentIndex(choices.index(state.attacks) if state.attacks in choices else -1)
                self.list.setToolTip(_help(state.attacks))
        for name, rows in self.rows.items():
            rows.show_settings(state.settings_of(name))
            rows.setVisible(name in state.attacks)

    @staticmethod
    def _choices() -> dict[tuple[str, ...], str]:
        choices: dict[tuple[str, ...], str] = {(name,): attack.label for name, attack in ATTACKS.items()}
        both = tuple(paper.FIGURES)
        few = len(ATTACKS) == len(both)
        choices[both] = "Both (two rows)" if few else " and ".join(ATTACKS[name].label for name in both)
        return choices

    def _build(self) -> None:
        for button in self.buttons.values():
            self._mnemonics.release(button.text())
        self._column.removeWidget(self._inside)
        self._inside.hide()
        self._inside.deleteLater()
        inside = self._inside = QWidget()
        self._column.addWidget(inside)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SMALL_GAP)
        choices = self._choices()
        self.buttons, self.list, self.rows = {}, None, {}
        if len(ATTACKS) <= _MOST_BUTTONS:
            group = QButtonGroup(inside)
            for shown, label in choices.items():
                button = QRadioButton(self._mnemonics.underlined(label))
                button.setToolTip(_help(shown))
                group.addButton(button)
                button.clicked.connect(partial(self._choose, shown))
                self.buttons[shown] = button
                column.addWidget(button)
        else:
            self.list = QComboBox()
            self.list.addItems(list(choices.values()))
            self.list.setAccessibleName("Attack")
            self.list.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            self.list.setMinimumContentsLength(12)
            self.list.activated.connect(self._on_list)
            label_of_list = QLabel("What is done to the image")
            label_of_list.setBuddy(self.list)
            column.addWidget(label_of_list)
            column.addWidget(self.list)
        for name, attack in ATTACKS.items():
            rows = self.rows[name] = SettingsRows(attack.parameters)
            rows.changed.connect(partial(self._set, name))
            rows.entered.connect(self.entered)
            column.addWidget(rows)

    # Connected to widgets of the GUI thread alone, so partial functions of them are as safe as slots.
    def _choose(self, shown: tuple[str, ...], _checked: bool = False) -> None:
        self._session.change("attack", attacks=shown)

    @Slot(int)
    def _on_list(self, place: int) -> None:
        self._choose(list(self._choices())[place])

    def _set(self, attack: str, name: str, value: float | int | bool | str, gesture: object) -> None:
        label = next(each.label for each in ATTACKS[attack].parameters if each.name == name)
        self._session.apply(self._session.state.with_setting(attack, name, value), label, gesture)


def _help(shown: tuple[str, ...]) -> str:
    if len(shown) == 1 and shown[0] in ATTACKS:
        return ATTACKS[shown[0]].help
    return "Shows the attacks one below the other."
