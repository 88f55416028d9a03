"""What the attacker knows, and what it wants."""

from collections.abc import Collection
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QGroupBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from advgui.attacks import ATTACKS, Access
from advgui.gui.controls.groups import filled
from advgui.gui.controls.mitigations import why_unusable
from advgui.gui.controls.mnemonics import Mnemonics
from advgui.gui.controls.rows import SettingsRows
from advgui.gui.session import DemoState, Session
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import ElidedComboBox
from advgui.parameters import Whole
from advgui.scenarios import attack_label, averaged_draws, defense_label
from advgui.types import ATTACKER_DRAWS

DRAWS = Whole(
    "attacker_draws",
    "averaged draws",
    low=1,
    high=100,
    default=ATTACKER_DRAWS,
    help="Expectation over transformation: the attacker follows the mean gradient over so many draws of the random "
    "mitigations. They are its own draws, never the defender's.",
)
AWAY = "any other class"
_ALL = ("Ever&ything", "The attacker knows all mitigations of the chain.")
_CLASSIFIER_ONLY = ("Classifier onl&y", "The attacker knows the classifier and none of the mitigations.")
_FOLLOWS = "The attack follows the classifier's gradient, so the attacker knows the classifier."
_ASKS = "The attack follows no gradient: it looks at the probabilities that come back, and at nothing else."
_OFF = "It is switched off: there is nothing to know."
_TAKES_GRADIENT = (
    "The attacker follows the gradient through this mitigation, too; where it has none, as if it changed nothing."
)
_TAKES_ANSWERS = "The probabilities that the attacker sees come from behind this mitigation, too."
_GOAL = (
    "What the attacker wants to see: any class but the true one, or a certain one. A click on the bar of a class in a "
    "panel chooses it, too."
)
_TRUE_CLASS = "This is the true class: such an attack makes the classifier right."


class AttackerBox(QGroupBox):
    """Check boxes for what the attacker knows, derived from the chain, and a list of what it may want.

    Args:
        session: The single source of truth.
        mnemonics: Letters for the list.
        parent: Qt's owner.

    Signals:
        entered: The return key was pressed on a number that is taken.
    """

    entered = Signal()

    def __init__(self, session: Session, mnemonics: Mnemonics, parent: QWidget | None = None) -> None:
        super().__init__("Attacker", parent)
        self._session = session
        self.everything = QPushButton()
        self.everything.clicked.connect(self._on_everything)
        first = QHBoxLayout()
        first.addWidget(QLabel("Knows"), 1)
        first.addWidget(self.everything)
        self.classifier = QCheckBox("Classifier")
        self.classifier.setEnabled(False)
        self.classifier.setAccessibleName("The attacker knows the classifier")
        self.known: dict[str, QCheckBox] = {}
        self._boxes = QVBoxLayout()
        self._boxes.setSpacing(theme.SMALL_GAP)
        self.draws = SettingsRows((DRAWS,))
        self.draws.setContentsMargins(2 * theme.MARGIN, 0, 0, 0)
        self.draws.changed.connect(self._on_draws)
        self.draws.entered.connect(self.entered)
        self.goal = ElidedComboBox("Goal of the attacker", self)
        self.goal.setMinimumContentsLength(12)
        self.goal.setSizeAdjustPolicy(ElidedComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.goal.activated.connect(self._on_goal)
        self._goal_label = QLabel(mnemonics.underlined("Goal"))
        self._goal_label.setBuddy(self.goal)
        second = QHBoxLayout()
        second.addWidget(self._goal_label)
        second.addWidget(self.goal, 1)
        self.note = QLabel()
        self.note.setWordWrap(True)
        column = filled(self)
        column.addLayout(first)
        column.addWidget(self.classifier)
        column.addLayout(self._boxes)
        column.addWidget(self.draws)
        column.addLayout(second)
        column.addWidget(self.note)
        session.selected.connect(self._write_note)

    def follow(self, state: DemoState, missing: Collection[str]) -> None:
        """Show a state.

        Args:
            state: Of the session.
            missing: Mitigations whose networks are not there.
        """
        access = [ATTACKS[name].access for name in state.attacks]
        follows, asks = Access.GRADIENT in access, Access.PROBABILITIES in access
        self.classifier.setChecked(follows or asks)
        self.classifier.setText("Classifier" if follows or not asks else "Classifier's answers")
        self.classifier.setToolTip(_FOLLOWS if follows else _ASKS if asks else _uses_nothing(state))
        self._follow_chain(state, missing)
        usable = [name for name, box in self.known.items() if box.isEnabledTo(self)]  # also where a lesson locks all
        text, tip = _CLASSIFIER_ONLY if usable and set(usable) <= set(state.attacker_knows) else _ALL
        self.everything.setText(text)
        self.everything.setToolTip(tip if follows or asks else _uses_nothing(state))
        self.everything.setEnabled(bool(usable))
        self.draws.show_settings({DRAWS.name: state.attacker_draws})
        averages = [averaged_draws(replace(one, attacker_draws=2)) > 1 for one in state.scenarios()]
        self.draws.setVisible(follows and any(averages))
        self._follow_goal(state, follows or asks)
        self._write_note()

    def _follow_chain(self, state: DemoState, missing: Collection[str]) -> None:
        names = [link.name for link in state.chain]
        for name in [name for name in self.known if name not in names]:
            gone = self.known.pop(name)
            self._boxes.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        access = [ATTACKS[name].access for name in state.attacks]
        for place, link in enumerate(state.chain):
            if link.name not in self.known:
                box = self.known[link.name] = QCheckBox()
                box.toggled.connect(partial(self._on_toggled, link.name))
            box = self.known[link.name]
            if self._boxes.indexOf(box) != place:
                self._boxes.insertWidget(place, box)
            # A plug-in that was opened again may bring another name.
            box.setText(defense_label(link.name).replace("&", "&&"))
            box.setAccessibleName(f"The attacker knows {defense_label(link.name)}")
            why = why_unusable(link.name, missing) or ("" if link.on else _OFF)
            if set(access) == {Access.NOTHING}:
                why = _uses_nothing(state)
            box.setToolTip(why or (_TAKES_GRADIENT if Access.GRADIENT in access else _TAKES_ANSWERS))
            box.setEnabled(not why)
            with QSignalBlocker(box):
                box.setChecked(not why and link.name in state.attacker_knows)

    def _follow_goal(self, state: DemoState, has_goal: bool) -> None:
        choices = [AWAY, *self._session.class_names]
        with QSignalBlocker(self.goal):
            if choices != [self.goal.itemText(place) for place in range(self.goal.count())]:
                self.goal.clear()
                self.goal.addItems(choices)
            self.goal.setCurrentIndex(0 if state.target is None or not has_goal else state.target + 1)
        self.goal.setEnabled(has_goal)
        self.goal.setToolTip(_GOAL if has_goal else _uses_nothing(state))

    @Slot()
    def _write_note(self) -> None:
        state, selection = self._session.state, self._session.selection
        words = ""
        if not self.goal.isEnabledTo(self):
            words = _uses_nothing(state)
        elif selection is not None and state.target is not None:
            words = _TRUE_CLASS if selection.label_among(self._session.class_names) == state.target else ""
        self.note.setText(words)
        self.note.setVisible(bool(words))

    @Slot(object)
    def set_goal(self, target: int | None) -> None:
        """Make a class the goal, or with None any other than the true one."""
        self._session.change("goal", target=target)

    @Slot(int)
    def _on_goal(self, place: int) -> None:
        self.set_goal(None if place == 0 else place - 1)

    @Slot()
    def _on_everything(self) -> None:
        everything = self.everything.text() == _ALL[0]
        names = tuple(link.name for link in self._session.state.chain) if everything else ()
        self._session.change("what the attacker knows", attacker_knows=names)

    # Connected to widgets of the GUI thread alone, so partial functions of them are as safe as slots.
    def _on_toggled(self, name: str, on: bool) -> None:
        state = self._session.state
        names = tuple(
            link.name for link in state.chain if (on if link.name == name else link.name in state.attacker_knows)
        )
        self._session.change("what the attacker knows", attacker_knows=names)

    def _on_draws(self, _name: str, value: int, gesture: object) -> None:
        self._session.change(DRAWS.label, gesture, attacker_draws=value)


def _uses_nothing(state: DemoState) -> str:
    """Return why there is nothing to choose, for attacks that use nothing of what they attack."""
    return f"{attack_label(state.attacks[0])} uses nothing of what it attacks, and has no goal."
