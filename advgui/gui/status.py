"""The status bar: what is loading, where and how fast it computes, what the attack did.

Of an attack in many steps it says how far it has come, and what that has cost.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QStatusBar, QWidget
from typing_extensions import override

from advgui.gui.panels.prediction import linf_text, percent
from advgui.gui.threads.live_answer import Result
from advgui.gui.threads.loading import Ready
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import text_width
from advgui.outcomes import Effort, Outcome
from advgui.scenarios import attack_label

_LATE = "computing …"
_WIDEST_MEASURE = "L∞ 0.0000 = 000.00/255, >00.0 % clipped"
_WIDEST_PROGRESS = "held at step 000 of 000, 0,000 gradients"
_WIDEST_EVALUATION = "Certification: 00 %, 00 min 00 s left"
_WIDEST_TRIAL = 340  # pixels, whatever the file is called


class StatusBar(QStatusBar):
    """Fields of fixed width, so that nothing moves when a number changes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._widest: dict[str, int] = {}  # in pixels, by the usual text
        self.state = QLabel()
        self.state.setAccessibleName("State")
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setFixedSize(110, 12)
        self.progress.setAccessibleName("Loading")
        self.trial = QLabel()
        self.trial.setAccessibleName("Trial of a model file")
        self.cancel = QPushButton("Cancel")
        self.cancel.setToolTip("Stop trying the model file; the networks in use stay.")
        self.evaluation = QPushButton()
        self.evaluation.setFlat(True)
        self.evaluation.setToolTip("Brings the window of the batch evaluation back.")
        self.device = QLabel()
        self.device.setToolTip("Where the networks are computed.")
        self.time = QLabel()
        self.time.setToolTip("What the last update of all panels took to compute.")
        self.steps = QLabel()
        self.steps.setAccessibleName("Steps of the attack")
        self.steps.setToolTip(
            "How far the attack has come, and the gradients and queries that it has taken. Space holds it, and lets it "
            "go on or run again; the full stop takes a single step."
        )
        self.measured = QLabel()
        self.measured.setToolTip("Measured on the attacked image: its largest change, and the share of clipped values.")
        for label in (self.device, self.time, self.steps, self.measured, self.evaluation):
            label.setFont(theme.tabular(self.font()))
        self.time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._keep_room()
        self._computed_in, self._late = "", False
        self._outcomes: tuple[Outcome, ...] = ()
        self._iterated: tuple[Outcome, ...] = ()
        self._held = False
        for field in (self.state, self.trial, self.device, self.time, self.steps, self.measured):
            field.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        self.addWidget(self.state)
        self.addWidget(self.progress)
        self.addWidget(self.trial)
        self.addWidget(self.cancel)
        self.addWidget(self.device)
        self.addWidget(self.time)
        self.addWidget(self.steps)
        self.addWidget(self.measured)
        self.addPermanentWidget(self.evaluation)
        for widget in (self.evaluation, self.trial, self.cancel, self.device, self.time, self.steps, self.measured):
            widget.hide()

    @Slot(str)
    def show_loading(self, text: str) -> None:
        """Say what is being loaded."""
        self.state.setText(f"{text} …")
        self.state.show()
        self.progress.show()

    @Slot(str)
    def show_trial(self, text: str) -> None:
        """Say that a model file is being tried, with a way to stop it."""
        elided = self.trial.fontMetrics().elidedText(f"{text} …", Qt.TextElideMode.ElideMiddle, _WIDEST_TRIAL)
        self.trial.setText(elided)
        self.trial.show()
        self.cancel.show()

    @Slot()
    def hide_trial(self) -> None:
        """Say nothing of a trial any more."""
        self.trial.hide()
        self.cancel.hide()

    @Slot(str)
    def show_evaluation(self, text: str) -> None:
        """Say how far an evaluation is whose window is not seen; "" for nothing."""
        self.evaluation.setText(text)
        self.evaluation.setVisible(bool(text))

    @Slot(object)
    def show_ready(self, ready: Ready) -> None:
        """Say where it computes."""
        self.state.hide()
        self.progress.hide()
        self.device.setText(ready.device)
        self.device.show()

    def show_failed(self) -> None:
        """Say that there is nothing to compute with."""
        self.progress.hide()
        self.state.setText("No networks: images only")

    def show_late(self, late: bool) -> None:
        """Say that a result is awaited, in the place of what the last one took."""
        self._late = late
        for label in (self.steps, self.measured):
            label.setEnabled(not late)
        self._write_time()

    def _write_time(self) -> None:
        self.time.setText(_LATE if self._late else self._computed_in)

    @Slot(bool)
    def show_held(self, held: bool) -> None:
        """Say whether attacks in many steps are held."""
        self._held = held
        self._write_steps()

    def _write_steps(self) -> None:
        self.steps.setVisible(bool(self._iterated))
        if self._iterated:
            self.steps.setText(_in_words(self._iterated, lambda outcome: _progress(outcome, self._held)))
            self._widen(self.steps, _in_words(self._iterated, lambda _outcome: _WIDEST_PROGRESS))

    def show_result(self, result: Result) -> None:
        """Say how long it took and what the attack did."""
        self._computed_in = f"{result.milliseconds:,.1f} ms"
        self._write_time()
        self._iterated = result.iterated
        self._write_steps()
        self._outcomes = result.outcomes
        self._write_measured()
        for widget in (self.time, self.measured):
            widget.show()

    def _write_measured(self) -> None:
        if self._outcomes:
            self.measured.setText(_measured(self._outcomes))
            self._widen(self.measured, _in_words(self._outcomes, lambda _outcome: _WIDEST_MEASURE))

    @override
    def changeEvent(self, event: QEvent) -> None:
        """Measure anew when letters have another size."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._widest.clear()
            self._keep_room()
            self._write_steps()
            self._write_measured()

    def _keep_room(self) -> None:
        widest = max(text_width(self.time.font(), text) for text in ("0,000.0 ms", _LATE))
        self.time.setMinimumWidth(widest + 2 * theme.MARGIN)
        self.evaluation.setMinimumWidth(text_width(self.evaluation.font(), _WIDEST_EVALUATION) + 2 * theme.MARGIN)

    def _widen(self, label: QLabel, widest: str) -> None:
        """Make a label as wide as what it shows usually gets, and as it has ever been for that: nothing moves.

        (The label's own hint would be no less than the width that it was given for more attacks.)
        """
        wanted = max(text_width(label.font(), text) for text in (label.text(), widest)) + 2 * theme.MARGIN
        self._widest[widest] = max(self._widest.get(widest, 0), wanted)
        label.setFixedWidth(self._widest[widest])


def _progress(outcome: Outcome, held: bool) -> str:
    """Return how far an attack in many steps has come, such as "held at step 7 of 20, 70 gradients"."""
    if outcome.position is None:
        return f"done, {_cost(outcome.effort)}"
    return f"{'held at ' if held else ''}{outcome.position}, {_cost(outcome.effort)}"


def _cost(effort: Effort) -> str:
    """Return what an attack has cost, such as "70 gradients, 1 query"."""
    parts = []
    if effort.gradients:
        parts.append(f"{effort.gradients:,} gradient{'' if effort.gradients == 1 else 's'}")
    if effort.queries:
        parts.append(f"{effort.queries:,} {'query' if effort.queries == 1 else 'queries'}")
    return ", ".join(parts) or "nothing asked"


def _measured(outcomes: Sequence[Outcome]) -> str:
    return _in_words(outcomes, lambda outcome: f"L∞ {linf_text(outcome)}, {percent(outcome.clipped[0])} clipped")


def _in_words(outcomes: Sequence[Outcome], words: Callable[[Outcome], str]) -> str:
    """Return words for each outcome, with the attack's name where there are several."""
    names = [f"{attack_label(one.scenario.attack.name)}: " if len(outcomes) > 1 else "" for one in outcomes]
    return "  |  ".join(name + words(outcome) for name, outcome in zip(names, outcomes, strict=True))
