"""Holding an attack in many steps, letting it go on, and watching it step by step."""

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence

from advgui.gui.threads.live_runner import LiveRunner, Result

_HOLD = "&Hold the attack"
_GO_ON = "Let the attack &go on"
_REPEAT = "R&un the attack again"
_HOLD_HELP = (
    "Stops an attack in many steps where it is, and lets it go on. Once it has finished, it runs again from the start. "
    "While attacks are held, a new image or setting is held, too, after its first step."
)
_STEP_HELP = "Holds the attack; if it is held, takes one more step; if it has finished, begins again with the first."


class Playback(QObject):
    """Two actions for attacks in many steps; they do nothing while no such attack is shown.

    Their keys belong to whatever has the focus first, such as Space to a check box: the window passes on what is left.

    Args:
        runner: What computes.
        parent: Qt's owner.

    Signals:
        repeat_asked: The attack is to run again from the start.
        changed: Whether attacks are held.
    """

    repeat_asked = Signal()
    changed = Signal(bool)

    def __init__(self, runner: LiveRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._is_going = False
        self.hold = self._action(_HOLD, "Hold, go on, or run again", Qt.Key.Key_Space, _HOLD_HELP)
        self.hold.setAutoRepeat(False)
        self.hold.triggered.connect(self._on_hold)
        self.step = self._action(
            "Take one s&tep of the attack", "One step of the attack", Qt.Key.Key_Period, _STEP_HELP
        )
        self.step.triggered.connect(self._on_step)
        self.clear()

    def _action(self, text: str, name: str, key: Qt.Key, tip: str) -> QAction:
        action = QAction(text, self)
        action.setIconText(name)
        action.setToolTip(tip)
        action.setShortcut(QKeySequence(key))
        # As wide as a shortcut usually reaches, it would take Space from the check box that has the focus.
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        return action

    def show_result(self, result: Result) -> None:
        """A result is shown now."""
        self._is_going = result.is_attacking
        self._enable(bool(result.iterated))

    @Slot()
    def clear(self) -> None:
        """No result is shown."""
        self._is_going = False
        self._enable(False)

    def pressed(self, event: QKeyEvent) -> bool:
        """Do what a key asks for that no widget took; return whether it asks for anything."""
        for action in (self.hold, self.step):
            if action.isEnabled() and action.shortcut() == QKeySequence(event.keyCombination()):
                if action.autoRepeat() or not event.isAutoRepeat():
                    action.trigger()
                return True
        return False

    def _enable(self, enabled: bool) -> None:
        for action in (self.hold, self.step):
            action.setEnabled(enabled)
        self._write()

    def _write(self) -> None:
        held = self._runner.is_held
        self.hold.setText((_GO_ON if held else _HOLD) if self._is_going or not self.hold.isEnabled() else _REPEAT)

    @Slot()
    def _on_hold(self) -> None:
        self._set_held(self._is_going and not self._runner.is_held)

    @Slot()
    def _on_step(self) -> None:
        if self._is_going and self._runner.is_held:
            self._runner.take_step()
        else:
            self._set_held(True)

    def _set_held(self, held: bool) -> None:
        self._runner.set_held(held)
        if not self._is_going:
            self._is_going = True
            self.repeat_asked.emit()
        self._write()
        self.changed.emit(held)
