"""Which classifier is attacked."""

from collections.abc import Collection

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QGroupBox, QWidget

from advgui.gui.controls.groups import filled
from advgui.gui.networks import CHOICES, network_label, shown_networks
from advgui.gui.session import DemoState, Session
from advgui.gui.widgets.elided import ElidedComboBox

_HELP = (
    "Which network is attacked. The adversarially trained one has seen attacks in every step of its training; with "
    "both, the same attack is shown in two rows. It is loaded when it is first asked for."
)


class NetworkBox(QGroupBox):
    """A list of the networks, and of two side by side.

    Args:
        session: The single source of truth.
        parent: Qt's owner.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("Network", parent)
        self._session = session
        self._there: Collection[str] = CHOICES[-1]
        self.list = ElidedComboBox("Network", self)
        self.list.addItems([network_label(*choice).capitalize() for choice in CHOICES])
        self.list.setSizeAdjustPolicy(ElidedComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.list.setMinimumContentsLength(12)
        self.list.setToolTip(_HELP)
        self.list.activated.connect(self._on_list)
        filled(self).addWidget(self.list)

    def set_available(self, networks: Collection[str]) -> None:
        """Enable those that can be attacked."""
        self._there = networks
        model = self.list.model()
        assert isinstance(model, QStandardItemModel)
        for place, choice in enumerate(CHOICES):
            flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
            model.item(place).setFlags(flags if set(choice) <= set(networks) else Qt.ItemFlag.NoItemFlags)

    def follow(self, state: DemoState) -> None:
        """Show a state."""
        shown = shown_networks(state.networks, self._there)
        with QSignalBlocker(self.list):
            self.list.setCurrentIndex(CHOICES.index(shown) if shown in CHOICES else 0)

    @Slot(int)
    def _on_list(self, place: int) -> None:
        self._session.change("network", networks=CHOICES[place])
