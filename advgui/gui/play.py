"""Letting the strength grow by itself, while everybody watches the panels."""

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence

from advgui.attacks import ATTACKS
from advgui.gui.session import DemoState, Session

_SECONDS = 4.0
_TICK = 40  # ms
# In parts of the way: strengths that can be read, and not more of them than anybody sees.
_PLACES = 64


class Play(QObject):
    """An action that lets the strength of every attack grow from 0 to where it usually is, and can be stopped.

    Its keys belong to whatever has the focus first: the window passes on what is left.

    Args:
        session: The single source of truth.
        parent: Qt's owner.
    """

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._gesture: object = None
        self._expected: DemoState | None = None
        self._clock = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK)
        self._timer.timeout.connect(self._on_tick)
        self.action = QAction(self)
        self.action.setShortcut(QKeySequence(Qt.Key.Key_P))
        # As wide as a shortcut usually reaches, it would take the letter from the field that has the focus.
        self.action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.action.setAutoRepeat(False)
        self.action.triggered.connect(self.toggle)
        session.changed.connect(self._on_changed)
        session.selected.connect(self.stop)
        self._write()

    @property
    def is_playing(self) -> bool:
        """Whether strengths grow."""
        return self._timer.isActive()

    def pressed(self, event: QKeyEvent) -> bool:
        """Do what a key asks for that no widget took; return whether it asks for anything."""
        # Space comes here where no attack has steps to hold.
        if QKeySequence(event.keyCombination()) not in (self.action.shortcut(), QKeySequence(Qt.Key.Key_Space)):
            return False
        if not event.isAutoRepeat():
            self.toggle()
        return True

    @Slot()
    def toggle(self) -> None:
        """Begin at 0, or stop."""
        if self.is_playing:
            self.stop()
            return
        self._gesture = object()  # all of it is one step to undo
        self._clock.start()
        self._timer.start()
        self._set(0.0)
        self._write()

    @Slot()
    def stop(self) -> None:
        """Stay where it is."""
        self._timer.stop()
        self._expected = None
        self._write()

    @Slot()
    def _on_tick(self) -> None:
        share = min(self._clock.elapsed() / 1000 / _SECONDS, 1.0)
        self._set(round(share * _PLACES) / _PLACES)
        if share >= 1:
            self.stop()

    def _set(self, share: float) -> None:
        state = self._session.state
        for name in state.attacks:
            state = state.with_strength(name, share * (ATTACKS[name].strength.default or ATTACKS[name].strength.high))
        self._expected = state
        self._session.apply(state, "play", self._gesture)

    @Slot(object)
    def _on_changed(self, state: DemoState) -> None:
        if self.is_playing and state != self._expected:
            self.stop()  # somebody else has taken hold of it

    def _write(self) -> None:
        self.action.setText("St&op" if self.is_playing else "&Play")
        self.action.setIconText("■ Stop" if self.is_playing else "▶ Play")
        keys = "P; Space where no attack has steps"
        self.action.setToolTip(f"Lets the strength grow from 0 to its usual value in four seconds ({keys}).")
