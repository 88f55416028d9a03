"""A toggle that lays over each panel where the classifier finds what speaks for its answer."""

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence

from advgui.gui.panels.heat import HeatLegend
from advgui.gui.panels.stage import Stage
from advgui.gui.threads.live_maps import MapsDrawn
from advgui.gui.threads.live_runner import LiveRunner, Result
from advgui.gui.widgets import messages

_HELP = "Lays over each panel where the classifier finds what speaks for the class that it predicts."
_TOPIC = "maps"


class WhereItLooks(QObject):
    """An action and a legend; maps are asked for while it is on, once the panels show what they are of.

    Its key belongs to whatever has the focus first: the window passes on what is left.

    Args:
        stage: With the panels.
        runner: Computes.
        parent: Qt's owner.

    Attributes:
        legend: What the colours mean; hidden while the action is off.
    """

    def __init__(self, stage: Stage, runner: LiveRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stage, self._runner = stage, runner
        self._result: Result | None = None
        self.legend = HeatLegend()
        self.legend.hide()
        self.action = QAction("&Where it looks", self)
        self.action.setShortcut(QKeySequence(Qt.Key.Key_L))
        # As wide as a shortcut usually reaches, it would take the letter from the field that has the focus.
        self.action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.action.setCheckable(True)
        self.action.setToolTip(_HELP)
        self.action.toggled.connect(self._on_toggled)
        runner.ready.connect(self._on_ready)
        runner.result.connect(self._on_result)
        runner.mapped.connect(self._on_mapped)
        runner.maps_failed.connect(self._on_failed)

    def pressed(self, event: QKeyEvent) -> bool:
        """Do what a key asks for that no widget took; return whether it asks for anything."""
        if QKeySequence(event.keyCombination()) != self.action.shortcut() or not self.action.isEnabled():
            return False
        if not event.isAutoRepeat():
            self.action.trigger()
        return True

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        self.legend.setVisible(on)
        self.legend.show_largest(None)
        if on:
            self._ask()
        else:
            self._stage.show_maps(None)

    @Slot(object)
    def _on_result(self, result: Result) -> None:
        self._result = result if result.is_final else None
        self._ask()

    def _ask(self) -> None:
        if self.action.isChecked() and self._result is not None:
            self._runner.ask_maps(self._result)

    @Slot(object)
    def _on_mapped(self, drawn: MapsDrawn) -> None:
        if self.action.isChecked():
            self.legend.show_largest(max(drawn.largest, 0.0))
            self._stage.show_maps(drawn)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        """Other classifiers may have no such maps: say so, and offer none until there is another one."""
        self.action.setChecked(False)
        self.action.setEnabled(False)
        self.action.setToolTip(messages.explained(error))
        messages.error(error, _TOPIC)

    @Slot(object)
    def _on_ready(self, _ready: object) -> None:
        self._result = None
        messages.settle(_TOPIC)
        self.action.setEnabled(True)
        self.action.setToolTip(_HELP)
