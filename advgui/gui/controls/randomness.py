"""Other random numbers, and a vote over several draws of random mitigations."""

from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QCheckBox, QGroupBox, QLabel, QPushButton, QWidget

from advgui.gui.controls.groups import filled
from advgui.gui.controls.mnemonics import Mnemonics
from advgui.gui.controls.rows import SettingsRows
from advgui.gui.session import DemoState, Session
from advgui.gui.widgets import theme
from advgui.parameters import Choice, Value, Whole
from advgui.types import VoteRule

_RULES: Mapping[str, VoteRule] = {"averaged": VoteRule.MEAN, "majority": VoteRule.MAJORITY}
DRAWS = Whole("draws", "draws", low=2, high=100, default=20, help="How many draws have a vote.")
RULE = Choice(
    "rule",
    "rule",
    options=tuple(_RULES),
    default=next(iter(_RULES)),
    help="Averaged: the mean of the probabilities (Xie et al.). Majority: the class that most draws are given; the "
    "bars are then shares of the votes.",
)
_VOTE = (
    "Takes several draws of the random mitigations together, instead of one. The marks in the panels are single draws: "
    "a click shows one."
)
_NOTHING_RANDOM = "There is nothing to vote on: no random mitigation is on."
_LARGEST_SEED = 2**31 - 1


class RandomnessBox(QGroupBox):
    """A button for other random numbers, and what a vote is taken over.

    Args:
        session: The single source of truth.
        mnemonics: A letter for the check box.
        parent: Qt's owner.

    Signals:
        entered: The return key was pressed on a number that is taken.
    """

    entered = Signal()

    def __init__(self, session: Session, mnemonics: Mnemonics, parent: QWidget | None = None) -> None:
        super().__init__("Randomness", parent)
        self._session = session
        self.draw_button = QPushButton("&New random draw")
        self.draw_button.setToolTip("Draws other random numbers, for noise and for random mitigations.")
        self.draw_button.clicked.connect(self.new_draw)
        self.draw_action = QAction("&New random draw", self)
        self.draw_action.setShortcut(QKeySequence("Ctrl+D"))
        self.draw_action.triggered.connect(self.new_draw)
        self.seed = QLabel()
        self.seed.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.seed.setFont(theme.tabular(self.font()))
        self.seed.setToolTip("The number of the draw (the seed): the same number gives the same noise again.")
        self.vote = QCheckBox(mnemonics.underlined("Vote by several draws"))
        self.vote.toggled.connect(self._on_vote)
        self.rows = SettingsRows((DRAWS, RULE))
        self.rows.setContentsMargins(2 * theme.MARGIN, 0, 0, 0)
        self.rows.changed.connect(self._on_changed)
        self.rows.entered.connect(self.entered)
        column = filled(self)
        for widget in (self.draw_button, self.seed, self.vote, self.rows):
            column.addWidget(widget)

    def follow(self, state: DemoState) -> None:
        """Show a state."""
        self.seed.setText(f"seed {state.seed}")
        can_vote, votes = state.has_draws, state.draws > 1
        self.vote.setEnabled(can_vote)
        self.vote.setToolTip(_VOTE if can_vote else _NOTHING_RANDOM)
        with QSignalBlocker(self.vote):
            self.vote.setChecked(can_vote and votes)
        rule = next(name for name, each in _RULES.items() if each is state.rule)
        self.rows.show_settings({DRAWS.name: state.draws if votes else DRAWS.default, RULE.name: rule})
        self.rows.setVisible(can_vote and votes)

    @Slot()
    def new_draw(self) -> None:
        """Take other random numbers."""
        seed = self._session.state.seed
        self._session.change("new random draw", seed=0 if seed >= _LARGEST_SEED else seed + 1)

    @Slot(bool)
    def _on_vote(self, on: bool) -> None:
        self._session.change("vote", draws=DRAWS.default if on else 1)

    @Slot(str, object, object)
    def _on_changed(self, name: str, value: Value, gesture: object) -> None:
        changed = _RULES[str(value)] if name == RULE.name else value
        self._session.change("vote", gesture, **{name: changed})
