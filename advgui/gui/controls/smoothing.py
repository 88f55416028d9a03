"""Whether noisy copies of the image vote, and how."""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QGroupBox, QWidget

from advgui.certification.smoothing import Smoothing
from advgui.gui.controls.groups import filled
from advgui.gui.controls.mnemonics import Mnemonics
from advgui.gui.controls.rows import SettingsRows
from advgui.gui.session import DemoState, Session
from advgui.gui.widgets import theme
from advgui.parameters import Flag, Real, Value, Whole

_USUAL = DemoState().smoothing
SIGMA = Real(
    "sigma", "noise sigma", low=0.01, high=0.5, default=_USUAL.sigma, step=0.01,
    help="Standard deviation of the noise on the copies: more proves larger radii, and makes the vote less sure.",
)  # fmt: skip
COPIES = Whole(
    "estimating", "copies", low=100, high=10_000, default=_USUAL.estimating, step=100,
    help="How many copies bound the share of the class that 100 others have chosen: more prove a larger radius.",
)  # fmt: skip
DENOISED = Flag(
    "denoised", "denoiser in front", default=_USUAL.denoised,
    help="An autoencoder that was trained on noise alone restores each copy before the classifier sees it.",
)  # fmt: skip


class SmoothingBox(QGroupBox):
    """A check box for randomized smoothing, and its settings while it is on.

    Args:
        session: The single source of truth.
        mnemonics: A letter for the check box.
        parent: Qt's owner.

    Signals:
        entered: The return key was pressed on a number that is taken.
    """

    entered = Signal()

    def __init__(self, session: Session, mnemonics: Mnemonics, parent: QWidget | None = None) -> None:
        super().__init__("Proof", parent)
        self._session = session
        self.box = QCheckBox(mnemonics.underlined("Randomized smoothing"))
        self.box.setToolTip(
            "Noisy copies of the original image vote; if enough agree, no attack within a radius can alter the vote."
        )
        self.box.toggled.connect(self._on_toggled)
        self.rows = SettingsRows((SIGMA, COPIES, DENOISED))
        self.rows.setContentsMargins(2 * theme.MARGIN, 0, 0, 0)
        self.rows.changed.connect(self._on_changed)
        self.rows.entered.connect(self.entered)
        column = filled(self)
        column.addWidget(self.box)
        column.addWidget(self.rows)

    def follow(self, state: DemoState) -> None:
        """Show a state."""
        with QSignalBlocker(self.box):
            self.box.setChecked(state.is_smoothed)
        shown = state.smoothing
        self.rows.show_settings({each.name: getattr(shown, each.name) for each in (SIGMA, COPIES, DENOISED)})
        self.rows.setVisible(state.is_smoothed)

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        self._session.change("smoothing", is_smoothed=on)

    @Slot(str, object, object)
    def _on_changed(self, name: str, value: Value, gesture: object) -> None:
        changed: dict[str, Any] = {name: value}
        smoothing: Smoothing = replace(self._session.state.smoothing, **changed)
        self._session.change("smoothing", gesture, smoothing=smoothing)
