"""The loop of the demonstration: what the controls say goes to the worker, and what comes back is shown."""

from PySide6.QtCore import QObject, Signal, Slot

from advgui.gui.panels.lateness import Lateness
from advgui.gui.panels.stage import Stage
from advgui.gui.playback import Playback
from advgui.gui.session import Session
from advgui.gui.status import StatusBar
from advgui.gui.threads.live_runner import LiveRunner, Ready, Result
from advgui.gui.widgets import messages
from advgui.types import Scenario


class Presenter(QObject):
    """Asks for what the session says, and shows each answer, or why there is none.

    Args:
        session: The single source of truth.
        runner: Computes.
        stage: With the panels.
        status: The line beneath.
        playback: Of attacks in many steps.
        lateness: Says when what is shown is out of date.
        parent: Qt's owner.

    Signals:
        networks_changed: A `Ready`: other networks are at work now. The first request to them follows.
    """

    networks_changed = Signal(object)

    def __init__(
        self,
        session: Session,
        runner: LiveRunner,
        stage: Stage,
        status: StatusBar,
        playback: Playback,
        lateness: Lateness,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._runner, self._stage, self._status = session, runner, stage, status
        self._playback, self._lateness = playback, lateness
        self._waiting_text = "waiting"
        session.changed.connect(self.submit)
        session.selected.connect(self.submit)
        lateness.changed.connect(self.show_late)
        playback.changed.connect(status.show_held)
        playback.repeat_asked.connect(self._repeat)
        runner.loading.connect(self.show_loading)
        runner.ready.connect(self._on_ready)
        runner.load_failed.connect(self._on_load_failed)
        runner.result.connect(self._on_result)
        runner.failed.connect(self._on_failed)

    @Slot()
    def submit(self) -> None:
        """Ask for what the session says."""
        self._ask(afresh=False)

    @Slot()
    def _repeat(self) -> None:
        self._ask(afresh=True)

    def _ask(self, afresh: bool) -> None:
        selection = self._session.selection
        if selection is None or not self._runner.is_ready:
            self._show_waiting(self._waiting_text)
        if selection is not None:
            (scenarios, networks), state = self._rows(), self._session.state
            ends = tuple(state.reach(each.attack.name) for each in scenarios)
            number = self._runner.submit(selection, scenarios, afresh, ends, networks, state.shown_smoothing)
            if self._runner.is_ready:
                self._lateness.asked(number)

    def _rows(self) -> tuple[tuple[Scenario, ...], tuple[str, ...]]:
        """Return what the controls say, as far as there are networks for it: scenarios, and a network for each."""
        state, loaded = self._session.state, self._runner.loaded
        rows = state.rows() if loaded is None else state.rows(loaded.networks)
        scenarios = [each if loaded is None else loaded.possible(each, network) for each, network in rows]
        return tuple(scenarios), tuple(network for _, network in rows)

    def _show_waiting(self, text: str) -> None:
        scenarios, networks = self._rows()
        self._stage.show_waiting(self._session.selection, scenarios, text, networks)
        self._playback.clear()

    @Slot(bool)
    def show_late(self, late: bool) -> None:
        """Dim what is out of date, or show it as usual."""
        self._stage.set_late(late)
        self._status.show_late(late)

    @Slot(str)
    def show_loading(self, text: str) -> None:
        """Say what is being loaded."""
        self._waiting_text = f"{text} …"
        self._status.show_loading(text)
        self._show_waiting(self._waiting_text)

    @Slot(object)
    def _on_ready(self, ready: Ready) -> None:
        self._stage.class_names = ready.class_names
        self._session.set_class_names(ready.class_names)
        self._stage.set_missing(ready.missing)
        messages.settle("classifier")
        if ready.problem is not None:
            messages.error(ready.problem, "classifier")
        self._status.show_ready(ready)
        self._waiting_text = "computing …"
        self.networks_changed.emit(ready)
        self.submit()

    @Slot(object)
    def _on_load_failed(self, error: Exception) -> None:
        if self._runner.loaded is not None:
            self._on_ready(self._runner.loaded)
        else:
            self._status.show_failed()
            self._waiting_text = "no networks"
            self._show_waiting(self._waiting_text)
        messages.error(error, "classifier")

    @Slot(object)
    def _on_result(self, result: Result) -> None:
        messages.settle("result")
        if result.selection is self._session.selection:
            self._stage.show_result(result)
            self._status.show_result(result)
            self._playback.show_result(result)
            self._lateness.answered(result.number)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self._lateness.settled()
        self._show_waiting("no result")
        messages.error(error, "result")
