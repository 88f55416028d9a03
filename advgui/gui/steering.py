"""What the curves and the proof under the panels have to do with the rest of the window."""

from PySide6.QtCore import QObject, Slot

from advgui.attacks import ATTACKS
from advgui.gui.panels.stage import Stage
from advgui.gui.session import DemoState, Session
from advgui.gui.threads.live_runner import CurvesDrawn, LiveRunner, Proof


class Steering(QObject):
    """Takes strengths from the handles to the session and back, and curves and votes from the worker to the stage.

    Args:
        session: The single source of truth.
        stage: With the charts.
        runner: Draws the curves.
        parent: Qt's owner.
    """

    def __init__(self, session: Session, stage: Stage, runner: LiveRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._stage = session, stage
        session.changed.connect(self._follow)
        stage.bottom.moved.connect(self._on_moved)
        stage.bottom.wide_asked.connect(self._on_wide)
        stage.bottom.proof.stop_asked.connect(self._on_stop)
        runner.voted.connect(self._on_voted)
        runner.drawn.connect(self._on_drawn)
        self._follow(session.state)

    @Slot(object)
    def _follow(self, state: DemoState) -> None:
        self._stage.show_strengths(state)

    @Slot(str, float, object)
    def _on_moved(self, attack: str, strength: float, gesture: object) -> None:
        state = self._session.state.with_shown_strength(attack, strength)
        self._session.apply(state, ATTACKS[attack].strength.label, gesture)

    @Slot(str, bool)
    def _on_wide(self, attack: str, on: bool) -> None:
        self._session.apply(self._session.state.with_wide(attack, on), "range of strengths")

    @Slot()
    def _on_stop(self) -> None:
        self._session.change("smoothing", is_smoothed=False)

    @Slot(object)
    def _on_voted(self, proof: Proof) -> None:
        if proof.selection is self._session.selection:
            self._stage.show_proof(proof)

    @Slot(object)
    def _on_drawn(self, drawn: CurvesDrawn) -> None:
        if drawn.selection is self._session.selection:
            self._stage.show_curves(drawn)
