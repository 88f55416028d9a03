"""The middle of the window: the image's name, what was done to it, the panels, and what the attack added."""

from collections.abc import Callable, Collection, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from advgui.attacks import ATTACKS
from advgui.evaluation.report import scenario_text
from advgui.figures.drawing import Sheet
from advgui.figures.images import panels
from advgui.gui.panels.image_panel import MOST_BARS
from advgui.gui.panels.row import PanelRow, PerturbationView
from advgui.gui.session import DemoState, Selection
from advgui.gui.threads.live_runner import Result
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import ElidedLabel
from advgui.types import Column, Outcome, Scenario

GAINS = (1, 2, 5, 10, 20, 50)
# Height of what was added, as a part of a panel's width, and at least as much as the words beside it need.
_BOTTOM = {1: 0.85, 2: 0.55}
_SMALLEST_BOTTOM = {1: 150, 2: 112}


class Stage(QWidget):
    """Shows results. It decides nothing: what is on, the session says; what comes out, the pipeline says.

    Signals:
        gain_changed: The person chose another amplification.
        save_asked: A `PanelRow` and the `Column` whose picture is wanted in a file.
    """

    gain_changed = Signal(int)
    save_asked = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.class_names: Sequence[str] = ()
        self._label_is_true = False
        self._arrangement: tuple[object, ...] = ()
        self.title = ElidedLabel()
        self.headline = ElidedLabel()
        self.truth = QLabel()
        self.truth.setTextFormat(Qt.TextFormat.PlainText)
        self.truth.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        header = QWidget(self)
        line = QHBoxLayout(header)
        line.setContentsMargins(2, 0, 2, 0)
        line.setSpacing(2 * theme.MARGIN)
        for widget in (self.title, self.headline, self.truth):
            line.addWidget(widget)
        self.header, self._line = header, line

        self.rows = {name: PanelRow(name, self) for name in ATTACKS}
        self.views = {name: PerturbationView(name) for name in ATTACKS}
        for row in self.rows.values():
            row.save_asked.connect(self._on_save_asked)

        self.gain = QComboBox()
        self.gain.addItems([f"×{gain}" for gain in GAINS])  # noqa: RUF001
        self.gain.setCurrentIndex(GAINS.index(10))
        self.gain.setToolTip("How much the change is amplified; mid-grey is no change.")
        self.gain.setAccessibleName("Amplification of the change")
        self.gain.currentIndexChanged.connect(self._on_gain)
        label = QLabel("What the attack added, a&mplified")
        label.setBuddy(self.gain)
        hint = QLabel("around grey: grey is no change")
        self._words = (label, hint)
        top = QHBoxLayout()
        top.addWidget(label)
        top.addWidget(self.gain)
        top.addWidget(hint)
        top.addStretch(1)
        views = QHBoxLayout()
        views.setSpacing(2 * theme.MARGIN)
        for view in self.views.values():
            views.addWidget(view, 1)
        self._bottom = QWidget(self)
        column = QVBoxLayout(self._bottom)
        column.setContentsMargins(2, 0, 2, 0)
        column.setSpacing(theme.SMALL_GAP)
        column.addLayout(top)
        column.addLayout(views, 1)
        self.show_waiting(None, DemoState(), "")

    @property
    def shown_rows(self) -> list[PanelRow]:
        """The rows on screen, from top to bottom."""
        return [row for row in self.rows.values() if not row.isHidden()]

    @property
    def chosen_gain(self) -> int:
        """The amplification."""
        return GAINS[self.gain.currentIndex()]

    def set_gain(self, gain: int) -> None:
        """Choose an amplification; unknown ones are left alone."""
        if gain in GAINS:
            self.gain.setCurrentIndex(GAINS.index(gain))

    def set_has_autoencoder(self, there: bool) -> None:
        """Say whether there is an autoencoder; without it, its panels give the reason from the next result on."""
        for row in self.rows.values():
            row.has_autoencoder = there

    def set_late(self, late: bool) -> None:
        """Dim all that belongs to a result, because the controls say something else by now; or show it as usual."""
        self.header.setEnabled(not late)
        for row in self.rows.values():
            for panel in row.panels.values():
                panel.set_late(late)
        for view in self.views.values():
            view.setEnabled(not late)

    def _show_rows(self, attacks: Collection[str]) -> None:
        for name in ATTACKS:
            self.rows[name].compact = len(attacks) > 1
            self.rows[name].setVisible(name in attacks)
            self.views[name].setVisible(name in attacks)

    def _show_scenarios(self, scenarios: Sequence[Scenario]) -> None:
        """Say what was done; this and the image's name share the room, each as much as its text needs."""
        self.headline.setText(scenario_text(*scenarios))
        for label in (self.title, self.headline):
            self._line.setStretchFactor(label, max(label.sizeHint().width(), 1))

    def _show_selection(self, selection: Selection | None) -> None:
        if selection is None:
            self.title.setText("No image")
            self.truth.clear()
            return
        self.title.setText(selection.name + (f"  ({selection.note})" if selection.note else ""))
        names = self.class_names or selection.class_names
        label = selection.label_among(names)
        if label is None:
            self.truth.setText("class not known: compared with (a)")
            self.truth.setToolTip(
                "The attack leads away from the classifier's own prediction, and = and ≠ compare with that."
            )
        else:
            name = names[label] if label < len(names) else str(label)
            self.truth.setText(f"true class: {name}")
            self.truth.setToolTip("The attack leads away from this class, and right and wrong are judged by it.")

    def show_result(self, result: Result) -> None:
        """Show what the pipeline computed: all that is on the stage belongs to one result."""
        self._show_selection(result.selection)
        self._show_scenarios([outcome.scenario for outcome in result.outcomes])
        self._show_rows([outcome.scenario.attack for outcome in result.outcomes])
        label_is_true = self._label_is_true = result.selection.label_among(self.class_names) is not None
        for outcome in result.outcomes:
            name = outcome.scenario.attack
            self.rows[name].show_outcome(outcome, self.class_names, label_is_true)
            self.views[name].show_outcome(outcome)
        self._arrange()

    def show_waiting(self, selection: Selection | None, state: DemoState, text: str) -> None:
        """Show the image alone, and why there is no more to see."""
        self._show_selection(selection)
        self._show_scenarios(state.scenarios())
        self._show_rows(state.attacks)
        for scenario in state.scenarios():
            picture = None if selection is None else selection.pixels
            names = self.class_names or (() if selection is None else selection.class_names)
            self.rows[scenario.attack].show_waiting(picture, names, scenario, text)
            self.views[scenario.attack].clear()
        self._arrange()

    def figure(self) -> Callable[[], Sheet] | None:
        """Return what draws the panels for a file, on any thread; None where no result is shown."""
        outcomes = self.outcomes()
        if not outcomes:
            return None
        title = f"{self.title.text()}, {self.truth.text()}"
        known = self._label_is_true
        return partial(panels, outcomes, tuple(self.class_names), title, label_is_true=known, bars=MOST_BARS)

    def outcomes(self) -> tuple[Outcome, ...]:
        """Return the outcomes on screen."""
        return tuple(row.outcome for row in self.shown_rows if row.outcome is not None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share out the height anew."""
        self._arrange()

    def _arrange(self) -> None:
        """The panels get the height that suits their width; what was added gets the rest, and never too little."""
        rows = self.shown_rows
        width = self.width() - 2 * theme.SMALL_GAP
        arrangement = (self.size(), len(self.class_names), *rows)
        if not rows or width < 100 or arrangement == self._arrangement:
            return
        self._arrangement = arrangement
        size = min(max(width // 52, 14), 40)
        self.title.setFont(theme.font(self.font(), size, bold=True))
        self.truth.setFont(theme.font(self.font(), size))
        self.headline.setFont(theme.font(self.font(), size))
        top = theme.SMALL_GAP
        header = self.header.sizeHint().height()
        self.header.setGeometry(theme.SMALL_GAP, top, width, header)
        top += header + theme.SMALL_GAP
        free = self.height() - top - theme.GAP
        kind = min(len(rows), 2)
        title = self.gain.sizeHint().height() + theme.SMALL_GAP
        smallest = max(round(width / len(Column) * _BOTTOM[kind]), _SMALLEST_BOTTOM[kind]) + title
        wanted = sum(row.ideal_height(width) + theme.GAP for row in rows)
        height = min(wanted, free - smallest) // len(rows) - theme.GAP
        for row in rows:
            row.setGeometry(theme.SMALL_GAP, top, width, max(height, 100))
            top += max(height, 100) + theme.GAP
        bottom = min(self.height() - top - theme.GAP, smallest)
        for label in self._words:
            label.setFont(theme.font(self.font(), min(size - 2, 28)))
        for view in self.views.values():
            view.set_style(round(min(max((bottom - title) / 9, 11), size)), compact=kind > 1)
        self._bottom.setGeometry(theme.SMALL_GAP, top, width, bottom)

    @Slot(int)
    def _on_gain(self, index: int) -> None:
        for view in self.views.values():
            view.set_gain(GAINS[index])
        self.gain_changed.emit(GAINS[index])

    @Slot(object)
    def _on_save_asked(self, column: object) -> None:
        self.save_asked.emit(self.sender(), column)
