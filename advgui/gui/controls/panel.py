"""The right side of the window: attack, strengths, mitigations, randomness, protocol."""

from collections.abc import Collection, Iterable
from functools import partial

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFrame,
    QGroupBox,
    QLabel,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from advgui.attacks import ATTACKS
from advgui.gui.controls.slider import ParameterSlider
from advgui.gui.session import DemoState, Session
from advgui.gui.widgets import theme
from advgui.types import ProtocolName, Reading

PROTOCOLS = {
    ProtocolName.CORRECTED: (
        "&Corrected",
        "Every image is given to the classifier at the scale that it was trained on.",
    ),
    ProtocolName.AS_PUBLISHED: (
        "As &published",
        "The paper's notebooks step by step, with the error of scale that explains its tables.",
    ),
}
READINGS = {
    Reading.STANDARDIZED: "standardized pixels",
    Reading.SCALED: "pixels in [0, 1]",
}
_AUTOENCODER = "A small network that was trained to give back the clean image."
_NOT_THERE = "Its networks are not there: it belongs to the built-in classifier."
# Letters that the menus and the other controls of the window answer to, together with Alt.
_TAKEN = "fevlhartncpodzkm"
_LARGEST_SEED = 2**31 - 1


class Controls(QScrollArea):
    """Shows the session's state and changes it; every change is one step that can be undone.

    Args:
        session: The single source of truth.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Controls")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is inside takes the keys
        inside = self._inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, theme.SMALL_GAP, theme.MARGIN, theme.SMALL_GAP)
        column.setSpacing(theme.GAP)
        column.addWidget(self._make_attacks())
        column.addWidget(self._make_mitigations())
        column.addWidget(self._make_randomness())
        column.addWidget(self._make_protocols())
        self.reset_action = QAction("&Reset controls", self)
        self.reset_action.setShortcut(QKeySequence("Ctrl+0"))
        self.reset_action.setToolTip("Sets every control as it was at the start (Ctrl+0).")
        self.reset_action.triggered.connect(self.reset)
        self.reset_button = QPushButton("Rese&t")
        self.reset_button.setToolTip(self.reset_action.toolTip())
        self.reset_button.clicked.connect(self.reset)
        column.addWidget(self.reset_button)
        column.addStretch(1)
        self.setWidget(inside)
        self._available: Collection[ProtocolName] = (ProtocolName.CORRECTED,)
        self._has_autoencoder = True
        session.changed.connect(self.follow)
        self.follow(session.state)

    def sizeHint(self) -> QSize:
        """Return the size at which nothing needs scrolling."""
        return self._inside.sizeHint()

    def minimumSizeHint(self) -> QSize:
        """Return a width that cuts nothing off; the height can be scrolled."""
        return QSize(self._inside.minimumSizeHint().width(), 200)

    def set_available(self, protocols: Collection[ProtocolName], autoencoder: bool = True) -> None:
        """Enable what the networks are there for."""
        self._available, self._has_autoencoder = protocols, autoencoder
        self.autoencoder.setEnabled(autoencoder)
        self.autoencoder.setToolTip(_AUTOENCODER if autoencoder else f"{_AUTOENCODER} Its file cannot be used.")
        self.follow(self._session.state)

    @Slot(object)
    def follow(self, state: DemoState) -> None:
        """Show a state."""
        for shown, button in self.attack_buttons.items():
            if shown == state.attacks:
                button.setChecked(True)
        for name, slider in self.sliders.items():
            slider.set_value(state.strengths[name])
            slider.setEnabled(name in state.attacks)
        on_autoencoder = state.autoencoder and self._has_autoencoder
        for box, on in ((self.autoencoder, on_autoencoder), (self.randomization, state.randomization)):
            with QSignalBlocker(box):
                box.setChecked(on)
        self.seed.setText(f"draw {state.seed}")
        # As `Ready.possible` computes it.
        protocol = state.protocol if state.protocol in self._available else ProtocolName.CORRECTED
        for name, button in self.protocol_buttons.items():
            there = name in self._available
            button.setEnabled(there)
            button.setToolTip(PROTOCOLS[name][1] + ("" if there else f" {_NOT_THERE}"))
            if name is protocol:
                button.setChecked(True)
        with QSignalBlocker(self.reading):
            self.reading.setCurrentIndex(list(READINGS).index(state.reading))
        for group in (self.attack_buttons, self.protocol_buttons):
            _only_checked_takes_tab(group.values())
        told_apart = protocol is ProtocolName.AS_PUBLISHED and any(ATTACKS[a].is_random for a in state.attacks)
        for widget in (self.reading, self._reading_label):
            widget.setEnabled(told_apart)

    @Slot()
    def reset(self) -> None:
        """Set every control as it was at the start."""
        self._session.apply(DemoState(), "reset")

    @Slot()
    def new_draw(self) -> None:
        """Take other random numbers."""
        seed = self._session.state.seed
        self._session.change("new noise draw", seed=0 if seed >= _LARGEST_SEED else seed + 1)

    def _make_attacks(self) -> QGroupBox:
        box, column = _group("Attack")
        choices: dict[tuple[str, ...], str] = {(name,): attack.label for name, attack in ATTACKS.items()}
        choices[tuple(ATTACKS)] = "Both, a row each" if len(ATTACKS) == 2 else "All, a row each"
        group = QButtonGroup(box)
        self.attack_buttons: dict[tuple[str, ...], QRadioButton] = {}
        taken = set(_TAKEN)
        for shown, label in choices.items():
            button = QRadioButton(_with_mnemonic(label, taken))
            button.setToolTip(ATTACKS[shown[0]].help if len(shown) == 1 else "Shows the attacks one below the other.")
            group.addButton(button)
            button.clicked.connect(partial(self._choose_attacks, shown))
            self.attack_buttons[shown] = button
            column.addWidget(button)
        self.sliders: dict[str, ParameterSlider] = {}
        for name, attack in ATTACKS.items():
            slider = ParameterSlider(attack.parameter)
            slider.moved.connect(partial(self._move, name))
            self.sliders[name] = slider
            column.addSpacing(theme.SMALL_GAP)
            column.addWidget(slider)
        return box

    def _make_mitigations(self) -> QGroupBox:
        box, column = _group("Mitigation")
        self.autoencoder = QCheckBox("&Autoencoder")
        self.autoencoder.setToolTip(_AUTOENCODER)
        self.autoencoder.toggled.connect(partial(self._toggle, "autoencoder"))
        self.randomization = QCheckBox("&Randomization")
        self.randomization.setToolTip("Resizes the image to a random size and pads it with zeros at a random place.")
        self.randomization.toggled.connect(partial(self._toggle, "randomization"))
        column.addWidget(self.autoencoder)
        column.addWidget(self.randomization)
        return box

    def _make_randomness(self) -> QGroupBox:
        box, column = _group("Randomness")
        self.draw_button = QPushButton("&New noise draw")
        self.draw_button.setToolTip("Draws other random numbers, for the Gaussian noise and for the randomization.")
        self.draw_button.clicked.connect(self.new_draw)
        self.draw_action = QAction("New &noise draw", self)
        self.draw_action.setShortcut(QKeySequence("Ctrl+D"))
        self.draw_action.triggered.connect(self.new_draw)
        self.seed = QLabel()
        self.seed.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.seed.setFont(theme.tabular(self.font()))
        self.seed.setToolTip("The number of the draw (the seed): the same number gives the same noise again.")
        column.addWidget(self.draw_button)
        column.addWidget(self.seed)
        return box

    def _make_protocols(self) -> QGroupBox:
        box, column = _group("Protocol")
        group = QButtonGroup(box)
        self.protocol_buttons: dict[ProtocolName, QRadioButton] = {}
        for name, (label, help_text) in PROTOCOLS.items():
            button = QRadioButton(label)
            button.setToolTip(help_text)
            group.addButton(button)
            button.clicked.connect(partial(self._choose_protocol, name))
            self.protocol_buttons[name] = button
            column.addWidget(button)
        self.reading = QComboBox()
        self.reading.addItems(list(READINGS.values()))
        self.reading.setToolTip("Which of the two ways the published Gaussian noise may have been added.")
        self.reading.setAccessibleName("Reading of the published Gaussian noise")
        self.reading.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.reading.setMinimumContentsLength(12)
        self.reading.activated.connect(self._choose_reading)
        self._reading_label = QLabel("N&oise is added to")
        self._reading_label.setBuddy(self.reading)
        column.addWidget(self._reading_label)
        column.addWidget(self.reading)
        return box

    # These are connected to widgets of the GUI thread alone, so partial functions of them are as safe as slots.
    def _choose_attacks(self, shown: tuple[str, ...], _checked: bool = False) -> None:
        self._session.change("attack", attacks=shown)

    def _move(self, attack: str, value: float, gesture: object) -> None:
        label = ATTACKS[attack].parameter.label
        self._session.apply(self._session.state.with_strength(attack, value), label, gesture)

    def _toggle(self, field: str, on: bool) -> None:
        self._session.change(field, **{field: on})

    def _choose_protocol(self, name: ProtocolName, _checked: bool = False) -> None:
        self._session.change("protocol", protocol=name)

    @Slot(int)
    def _choose_reading(self, index: int) -> None:
        self._session.change("reading", reading=list(READINGS)[index])


def _with_mnemonic(label: str, taken: set[str]) -> str:
    """Underline the first letter that nothing else answers to, and add it to `taken`."""
    for place, letter in enumerate(label.lower()):
        if letter.isalnum() and letter not in taken:
            taken.add(letter)
            return f"{label[:place]}&{label[place:]}"
    return label


def _only_checked_takes_tab(buttons: Iterable[QRadioButton]) -> None:
    """Let Tab lead to the choice that is made; Qt leads to the first, where the space bar makes another choice."""
    for button in buttons:
        policy = Qt.FocusPolicy.StrongFocus if button.isChecked() else Qt.FocusPolicy.ClickFocus
        button.setFocusPolicy(policy)


def _group(title: str) -> tuple[QGroupBox, QVBoxLayout]:
    box = QGroupBox(title)
    column = QVBoxLayout(box)
    column.setContentsMargins(theme.GAP, theme.SMALL_GAP, theme.GAP, theme.GAP)
    column.setSpacing(theme.SMALL_GAP)
    return box, column
