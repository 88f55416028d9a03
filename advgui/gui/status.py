"""The status bar: what is loading, where and how fast it computes, what the attack did."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QStatusBar, QWidget

from advgui.gui.panels.prediction import linf_text, percent
from advgui.gui.threads.live_runner import Ready, Result
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import text_width
from advgui.scenarios import attack_label
from advgui.types import Outcome

_LATE = "computing …"
_WIDEST_MEASURE = "L∞ 0.0000 = 000.00/255, >00.0 % clipped"
_WIDEST_TRIAL = 340  # pixels, whatever the file is called


class StatusBar(QStatusBar):
    """Fields of fixed width, so that nothing moves when a number changes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._widest: dict[int, int] = {}
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
        self.device = QLabel()
        self.device.setToolTip("Where the networks are computed.")
        self.time = QLabel()
        self.time.setToolTip("What the last update of all panels took to compute.")
        self.measured = QLabel()
        self.measured.setToolTip("Measured on the attacked image: its largest change, and the share of clipped values.")
        for label in (self.device, self.time, self.measured):
            label.setFont(theme.tabular(self.font()))
        self.time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        widest = max(text_width(self.time.font(), text) for text in ("0,000.0 ms", _LATE))
        self.time.setMinimumWidth(widest + 2 * theme.MARGIN)
        self._computed_in, self._late = "", False
        for field in (self.state, self.trial, self.device, self.time, self.measured):
            field.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        self.addWidget(self.state)
        self.addWidget(self.progress)
        self.addWidget(self.trial)
        self.addWidget(self.cancel)
        self.addWidget(self.device)
        self.addWidget(self.time)
        self.addWidget(self.measured)
        for widget in (self.trial, self.cancel, self.device, self.time, self.measured):
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
        self.measured.setEnabled(not late)
        self._write_time()

    def _write_time(self) -> None:
        self.time.setText(_LATE if self._late else self._computed_in)

    def show_result(self, result: Result) -> None:
        """Say how long it took and what the attack did."""
        self._computed_in = f"{result.milliseconds:,.1f} ms"
        self._write_time()
        self.measured.setText(_measured(result.outcomes))
        # As wide as numbers usually get, and as it has ever been for as many attacks: other numbers move nothing.
        # (The label's own hint would be no less than the width that it was given for more attacks.)
        texts = (self.measured.text(), _in_words(result.outcomes, lambda _outcome: _WIDEST_MEASURE))
        wanted = max(text_width(self.measured.font(), text) for text in texts) + 2 * theme.MARGIN
        widest = max(self._widest.get(len(result.outcomes), 0), wanted)
        self._widest[len(result.outcomes)] = widest
        self.measured.setFixedWidth(widest)
        for widget in (self.time, self.measured):
            widget.show()


def _measured(outcomes: Sequence[Outcome]) -> str:
    return _in_words(outcomes, lambda outcome: f"L∞ {linf_text(outcome)}, {percent(outcome.clipped[0])} clipped")


def _in_words(outcomes: Sequence[Outcome], words: Callable[[Outcome], str]) -> str:
    """Return words for each outcome, with the attack's name where there are several."""
    names = [f"{attack_label(one.scenario.attack.name)}: " if len(outcomes) > 1 else "" for one in outcomes]
    return "  |  ".join(name + words(outcome) for name, outcome in zip(names, outcomes, strict=True))
