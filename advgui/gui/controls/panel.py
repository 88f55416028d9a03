"""The right side of the window: attack, attacker, mitigations, randomness, protocol."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from itertools import pairwise
from types import MappingProxyType

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGroupBox,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from advgui.attacks import ATTACKS
from advgui.defenses import DEFENSES
from advgui.gui.controls.attacker import AttackerBox
from advgui.gui.controls.attacks import AttackBox
from advgui.gui.controls.groups import filled, focusable, only_checked_takes_tab
from advgui.gui.controls.mitigations import LinkRow, MitigationBox
from advgui.gui.controls.mnemonics import Mnemonics
from advgui.gui.controls.network import NetworkBox
from advgui.gui.controls.randomness import RandomnessBox
from advgui.gui.controls.slider import ParameterSlider
from advgui.gui.controls.smoothing import SmoothingBox
from advgui.gui.networks import ROBUST, STANDARD
from advgui.gui.session import START, DemoState, Session, possible
from advgui.gui.widgets import theme
from advgui.protocols import supports
from advgui.types import ProtocolName

PROTOCOLS = {
    ProtocolName.CORRECTED: (
        "&Corrected",
        "Every image is given to the classifier at the scale that it was trained on.",
    ),
    ProtocolName.AS_PUBLISHED: (
        "As &published",
        "The paper's notebooks step by step, with the scaling mistake that explains its tables.",
    ),
    ProtocolName.AS_PUBLISHED_SCALED: (
        "As published, x/255",
        "As published, but with the noise added to pixels in [0, 1]: probably how the paper's first table was made.",
    ),
}
_NOT_THERE = "Its networks are not there: it belongs to the built-in classifier."
_NOT_PUBLISHED = "The paper has no such attack."
# Letters that the menus and the other controls of the window answer to, together with Alt.
_TAKEN = "fevalshtncpodzkmy"


class Controls(QScrollArea):
    """Shows the session's state and changes it; every change is one step that can be undone.

    Args:
        session: The single source of truth.

    Signals:
        entered: The return key was pressed on a number that is taken.
    """

    entered = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Controls")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is inside takes the keys
        inside = self._inside = QWidget()
        column = self._column = QVBoxLayout(inside)
        column.setContentsMargins(0, theme.SMALL_GAP, theme.SMALL_GAP, theme.SMALL_GAP)
        column.setSpacing(theme.GAP)
        mnemonics = Mnemonics(_TAKEN)
        self.mitigations = MitigationBox(session, mnemonics)
        self.mitigations.entered.connect(self.entered)
        self.attacks = AttackBox(session, mnemonics)
        self.attacks.entered.connect(self.entered)
        self.attacker = AttackerBox(session, mnemonics)
        self.attacker.entered.connect(self.entered)
        self.randomness = RandomnessBox(session, mnemonics)
        self.randomness.entered.connect(self.entered)
        self.network = NetworkBox(session)
        column.addWidget(self.network)
        column.addWidget(self.attacks)
        column.addWidget(self.attacker)
        column.addWidget(self.mitigations)
        self.smoothing = SmoothingBox(session, mnemonics)
        self.smoothing.entered.connect(self.entered)
        column.addWidget(self.smoothing)
        column.addWidget(self.randomness)
        column.addWidget(self._make_protocols())
        self.reset_action = QAction("&Reset controls", self)
        self.reset_action.setShortcut(QKeySequence("Ctrl+Shift+R"))
        self.reset_action.setToolTip("Resets all controls (Ctrl+Shift+R).")
        self.reset_action.triggered.connect(self.reset)
        self.reset_button = QPushButton("Rese&t")
        self.reset_button.setToolTip(self.reset_action.toolTip())
        self.reset_button.clicked.connect(self.reset)
        column.addWidget(self.reset_button)
        column.addStretch(1)
        self.setWidget(inside)
        self._available: Collection[ProtocolName] = (ProtocolName.CORRECTED,)
        self._missing: Collection[str] = ()
        self._followed: object = None
        session.changed.connect(self.follow)
        self.follow(session.state)

    @property
    def sliders(self) -> Mapping[str, ParameterSlider]:
        """The slider of each attack's strength."""
        return self.attacks.sliders

    @property
    def links(self) -> Mapping[str, LinkRow]:
        """The mitigations of the chain."""
        return self.mitigations.links

    @override
    def sizeHint(self) -> QSize:
        """Return the size at which nothing needs scrolling, with room for the scroll bar when the window is low."""
        return self._inside.sizeHint() + QSize(self.verticalScrollBar().sizeHint().width(), 0)

    @override
    def minimumSizeHint(self) -> QSize:
        """Return a width that cuts nothing off; the height can be scrolled."""
        return QSize(self._inside.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width(), 200)

    def set_available(
        self,
        protocols: Collection[ProtocolName],
        missing: Collection[str] = (),
        networks: Collection[str] = (STANDARD, ROBUST),
    ) -> None:
        """Enable what the networks are there for.

        Args:
            protocols: Those whose networks are there.
            missing: Mitigations whose networks are not there.
            networks: What can be attacked.
        """
        self._available, self._missing = protocols, missing
        self.network.set_available(networks)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show the state again, with the attacks and mitigations that there are by now."""
        self._followed = None
        self.follow(self._session.state)

    @Slot(object)
    def follow(self, state: DemoState) -> None:
        """Show a state."""
        self.attacks.follow(state)
        # A slider that moves changes one setting of an attack many times a second, and nothing else.
        besides = replace(state, settings=MappingProxyType({}))
        shown = (besides, self._session.class_names, tuple(ATTACKS.items()), tuple(DEFENSES.items()))
        if shown != self._followed:
            self._followed = shown
            self._follow_others(state)

    def _follow_others(self, state: DemoState) -> None:
        """Show all but the settings of attacks."""
        self.network.follow(state)
        self.mitigations.follow(state, self._missing)
        self.attacker.follow(state, self._missing)
        self.smoothing.follow(state)
        self.randomness.follow(state)
        shown = [possible(scenario, self._available, self._missing).protocol for scenario in state.scenarios()]
        for name, button in self.protocol_buttons.items():
            there = name in self._available
            published = any(supports(name, attack) for attack in state.attacks)
            button.setEnabled(there and published)
            why = _NOT_THERE if not there else "" if published else _NOT_PUBLISHED
            button.setToolTip(" ".join(filter(None, (PROTOCOLS[name][1], why))))
            # Of two rows one may be shown under another protocol, where its attack was not published as wished.
            if name is (state.protocol if state.protocol in shown else shown[0]):
                button.setChecked(True)
        only_checked_takes_tab(self.protocol_buttons.values())
        # The Tab key goes from top to bottom, also to rows that were added or moved.
        for before, after in pairwise(focusable(self._column)):
            QWidget.setTabOrder(before, after)

    @Slot()
    def reset(self) -> None:
        """Set every control as it was at the start."""
        self._session.apply(START, "reset")

    def _make_protocols(self) -> QGroupBox:
        box = QGroupBox("Protocol")
        column = filled(box)
        group = QButtonGroup(box)
        self.protocol_buttons: dict[ProtocolName, QRadioButton] = {}
        for name, (label, help_text) in PROTOCOLS.items():
            button = QRadioButton(label)
            button.setToolTip(help_text)
            group.addButton(button)
            button.clicked.connect(partial(self._choose_protocol, name))
            self.protocol_buttons[name] = button
            column.addWidget(button)
        return box

    # Connected to widgets of the GUI thread alone, so a partial function of it is as safe as a slot.
    def _choose_protocol(self, name: ProtocolName, _checked: bool = False) -> None:
        self._session.change("protocol", protocol=name)
