"""The middle of the window: the image's name, what was done to it, the panels, and what the attack added."""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial, reduce
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPoint, QRect, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget
from typing_extensions import override

from advgui.attacks import ATTACKS
from advgui.figures.drawing import Sheet
from advgui.figures.images import panels
from advgui.gui.panels.image_panel import MOST_BARS, ImagePanel
from advgui.gui.panels.row import PanelRow, PerturbationView, perturbation
from advgui.gui.session import DemoState, Selection
from advgui.gui.threads.live_answer import Result
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import ElidedLabel, text_width
from advgui.scenarios import attack_text, has_goal, knowledge, known_names, protocol_text, scenario_text
from advgui.types import CLEAN, Outcome, ProtocolName, Scenario

AUTO = 0  # as much as the largest change permits
GAINS = (AUTO, 1, 2, 5, 10, 20, 50)
_AUTO_GAINS = (0.25, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)
# Height of what was added, as a part of a panel's width, and at least as much as the words beside it need.
_BOTTOM = {1: 0.85, 2: 0.55}
_SMALLEST_BOTTOM = {1: 150, 2: 104}
_USUAL_COLUMNS = 5  # fewer columns leave it as it is
_SMALLEST_HEADLINE = 0.75  # of the letters beside it


class Stage(QWidget):
    """Shows results. It decides nothing: what is on, the session says; what comes out, the pipeline says.

    Signals:
        gain_changed: The user chose another amplification.
        save_asked: A `PanelRow` and the `Column` whose picture is wanted in a file.
        goal_asked: As in `ImagePanel`.
    """

    gain_changed = Signal(int)
    save_asked = Signal(object, object)
    goal_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.class_names: Sequence[str] = ()
        self._label_is_true = False
        self._smallest, self._alone, self._is_swapped = 0, -1, False  # as in `PanelRow`
        self._scenarios: Sequence[Scenario] = ()
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

        # By the name of the attack, for those that were shown so far.
        self.rows: dict[str, PanelRow] = {}
        self.views: dict[str, PerturbationView] = {}
        self._missing: Collection[str] = ()
        self._auto_gain = 10.0

        self.gain = QComboBox()
        self.gain.addItems([_gain_text(gain) for gain in GAINS])
        self.gain.setMinimumContentsLength(len(_auto_text(_AUTO_GAINS[-1])))
        self.gain.setToolTip(
            "How much the change is amplified; mid-grey is no change. Auto: as much as the largest change permits."
        )
        self.gain.setAccessibleName("Amplification of the change")
        self.gain.currentIndexChanged.connect(self._on_gain)
        label = QLabel("Perturbation, a&mplified")
        label.setBuddy(self.gain)
        hint = QLabel("(grey = unchanged)")
        self._words = (label, hint)
        top = QHBoxLayout()
        top.addWidget(label)
        top.addWidget(self.gain)
        top.addWidget(hint)
        top.addStretch(1)
        views = self._views = QHBoxLayout()
        views.setSpacing(2 * theme.MARGIN)
        self._bottom = QWidget(self)
        column = QVBoxLayout(self._bottom)
        column.setContentsMargins(2, 0, 2, 0)
        column.setSpacing(theme.SMALL_GAP)
        column.addLayout(top)
        column.addLayout(views, 1)
        self.show_waiting(None, DemoState().scenarios(), "")

    @property
    def shown_rows(self) -> list[PanelRow]:
        """The rows on screen, from top to bottom."""
        return [self.rows[name] for name in _ordered(self.rows) if not self.rows[name].isHidden()]

    @property
    def first_panel(self) -> ImagePanel | None:
        """The first panel on screen."""
        panels = (panel for row in self.shown_rows for panel in row.panels.values() if not panel.isHidden())
        return next(panels, None)

    @property
    def panels_on_screen(self) -> QRect:
        """Where the panels are, on the screen; the whole stage before the first."""
        panels = [panel for row in self.shown_rows for panel in row.panels.values() if panel.isVisible()]
        places = [QRect(panel.mapToGlobal(QPoint(0, 0)), panel.size()) for panel in panels or (self,)]
        return reduce(QRect.united, places)

    @property
    def chosen_gain(self) -> int:
        """The amplification, or `AUTO`."""
        return GAINS[self.gain.currentIndex()]

    @property
    def shown_gain(self) -> float:
        """The amplification, the same in all rows, so that they can be compared."""
        return self.chosen_gain or self._auto_gain

    def set_gain(self, gain: int) -> None:
        """Choose an amplification; unknown ones are left alone."""
        if gain in GAINS:
            self.gain.setCurrentIndex(GAINS.index(gain))

    def set_missing(self, missing: Collection[str]) -> None:
        """Say which mitigations' networks are not there; their panels give the reason from the next result on."""
        self._missing = missing
        for row in self.rows.values():
            row.missing = missing

    def set_late(self, late: bool) -> None:
        """Dim all that belongs to a result, because the controls say something else by now; or show it as usual."""
        self.header.setEnabled(not late)
        for row in self.rows.values():
            for panel in row.panels.values():
                panel.set_late(late)
        for view in self.views.values():
            view.setEnabled(not late)

    def set_presented(self, smallest: int) -> None:
        """Show nothing but the panels and one line above them, for people who sit far away; or all as usual.

        Args:
            smallest: Height of the smallest letters in device-independent pixels; 0 for the usual ones.
        """
        self._smallest = smallest
        self._bottom.setVisible(not smallest)
        if not smallest:
            self.show_only(-1)
            self.set_swapped(False)
        for row in self.rows.values():
            row.set_presented(smallest)
        self._arrangement = ()
        self._show_scenarios(self._scenarios)
        self._arrange()

    @property
    def is_swapped(self) -> bool:
        """Whether original and attacked image have changed places."""
        return self._is_swapped

    def set_swapped(self, swapped: bool) -> None:
        """Let original and attacked image change places in every row, or go back."""
        self._is_swapped = swapped
        for row in self.rows.values():
            row.set_swapped(swapped)

    @property
    def shown_alone(self) -> int:
        """The place of the panel that is shown alone, -1 if all are shown."""
        return self._alone

    def show_only(self, place: int) -> None:
        """Show the panel in one place of every row alone, and as large as there is room; all for -1."""
        self._alone = place if any(place < len(row.panels) for row in self.shown_rows) else -1
        for row in self.rows.values():
            row.show_only(self._alone)

    def _show_rows(self, attacks: Collection[str]) -> None:
        for name in attacks:
            if name not in self.rows:
                self._add_row(name)
        for name in self.rows:
            self.rows[name].compact = len(attacks) > 1
            self.rows[name].setVisible(name in attacks)
            self.views[name].setVisible(name in attacks)

    def _add_row(self, name: str) -> None:
        row, view = PanelRow(name, self), PerturbationView(name)
        row.missing = self._missing
        row.set_presented(self._smallest)
        row.set_swapped(self._is_swapped)
        row.show_only(self._alone)
        row.save_asked.connect(self._on_save_asked)
        row.goal_asked.connect(self.goal_asked)
        view.set_gain(self.shown_gain)
        self.rows[name], self.views[name] = row, view
        self._views.insertWidget(_ordered(self.views).index(name), view, 1)
        # The Tab key goes from row to row, then on to what is beneath.
        order = [panel for each in _ordered(self.rows) for panel in self.rows[each].panels.values()]
        for before, after in pairwise([*order, self.gain]):
            QWidget.setTabOrder(before, after)

    def _show_scenarios(self, scenarios: Sequence[Scenario]) -> None:
        """Say what was done."""
        self._scenarios = scenarios
        text = spoken_text(scenarios) if self._smallest else scenario_text(*scenarios, class_names=self.class_names)
        self.headline.setText(text)
        self._share_header()

    def _share_header(self) -> None:
        """Let the image's name and what was done share the room, each as much as its text needs; no name vanishes.

        A long text of what was done has somewhat smaller letters; it ends with … where even those are too large.
        """
        self.title.setMinimumWidth(min(self.title.sizeHint().width(), self.width() // 5))
        size = self.title.font().pixelSize()
        others = self.title.sizeHint().width() + self.truth.sizeHint().width() + 6 * theme.MARGIN
        wanted = text_width(theme.font(self.font(), size), self.headline.text())
        smallest = self._smallest / size or _SMALLEST_HEADLINE
        shrunk = int(size * min(max((self.header.width() - others) / wanted, smallest), 1))
        self.headline.setFont(theme.font(self.font(), max(shrunk, self._smallest)))
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
            self.truth.setText("true class unknown; compared with (a)")
            self.truth.setToolTip(
                "The attack leads away from the classifier's own prediction, and = and ≠ compare with that."
            )
        else:
            name = names[label] if label < len(names) else str(label)
            self.truth.setText(f"true class: {name}")
            self.truth.setToolTip(
                "Right and wrong are judged by this class, and an attack without a target leads away from it."
            )

    def show_result(self, result: Result) -> None:
        """Show what the pipeline computed: all that is on the stage belongs to one result."""
        self._show_selection(result.selection)
        self._show_scenarios([outcome.scenario for outcome in result.outcomes])
        self._show_rows([outcome.scenario.attack.name for outcome in result.outcomes])
        label_is_true = self._label_is_true = result.selection.label_among(self.class_names) is not None
        self._auto_gain = auto_gain(max(float(np.abs(perturbation(each)).max()) for each in result.outcomes))
        self.gain.setItemText(GAINS.index(AUTO), _auto_text(self._auto_gain))
        for outcome in result.outcomes:
            name = outcome.scenario.attack.name
            self.views[name].gain = self.shown_gain
            self.rows[name].show_outcome(outcome, self.class_names, label_is_true)
            self.views[name].show_outcome(outcome, self.class_names)
        for place, outcome in enumerate(result.outcomes):
            repeats = place > 0 and _same_clean(result.outcomes[0], outcome)
            self.rows[outcome.scenario.attack.name].hide_clean(repeats)
        self._arrange()

    def show_waiting(self, selection: Selection | None, scenarios: Sequence[Scenario], text: str) -> None:
        """Show the image alone, and why there is no more to see."""
        self._show_selection(selection)
        self._show_scenarios(scenarios)
        self._show_rows([scenario.attack.name for scenario in scenarios])
        for scenario in scenarios:
            picture = None if selection is None else selection.pixels
            names = self.class_names or (() if selection is None else selection.class_names)
            self.rows[scenario.attack.name].show_waiting(picture, names, scenario, text)
            self.views[scenario.attack.name].clear(scenario, names)
        self._arrange()

    def leave_draws(self) -> bool:
        """Show the votes again where single draws are looked at; return whether any was."""
        return True in [row.leave_draws() for row in self.shown_rows]

    def figure(self) -> Callable[[], Sheet] | None:
        """Return what draws the panels for a file, on any thread; None where no result is shown."""
        outcomes = self.outcomes()
        if not outcomes:
            return None
        title = ", ".join(
            [self.title.text(), self.truth.text(), *(str(each.position) for each in outcomes if each.position)]
        )
        known = self._label_is_true
        return partial(panels, outcomes, tuple(self.class_names), title, label_is_true=known, bars=MOST_BARS)

    def outcomes(self) -> tuple[Outcome, ...]:
        """Return the outcomes on screen."""
        return tuple(row.outcome for row in self.shown_rows if row.outcome is not None)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share out the height anew."""
        self._arrange()

    def _arrange(self) -> None:
        """The panels get the height that suits their width; what was added gets the rest, and never too little."""
        rows = self.shown_rows
        width = self.width() - 2 * theme.SMALL_GAP
        columns = max((len(row.panels) for row in rows), default=0)
        draws = max((row.draws for row in rows), default=1)
        arrangement = (self.size(), len(self.class_names), columns, draws, self._smallest, *rows)
        if not rows or width < 100 or arrangement == self._arrangement:
            return
        self._arrangement = arrangement
        size = max(min(max(width // 52, 14), 40), round(1.25 * self._smallest))
        self.title.setFont(theme.font(self.font(), size, bold=True))
        self.truth.setFont(theme.font(self.font(), size))
        top = theme.SMALL_GAP
        header = self.header.sizeHint().height()
        self.header.setGeometry(theme.SMALL_GAP, top, width, header)
        self._share_header()
        top += header + theme.SMALL_GAP
        free = self.height() - top - theme.GAP
        if self._smallest:
            height = free // len(rows) - theme.GAP
            for row in rows:
                row.setGeometry(theme.SMALL_GAP, top, width, max(height, 100))
                top += height + theme.GAP
            return
        kind = min(len(rows), 2)
        title = self.gain.sizeHint().height() + theme.SMALL_GAP
        smallest = max(round(width / max(columns, _USUAL_COLUMNS) * _BOTTOM[kind]), _SMALLEST_BOTTOM[kind]) + title
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
            view.set_gain(self.shown_gain)
        self.gain_changed.emit(GAINS[index])

    @Slot(object)
    def _on_save_asked(self, column: object) -> None:
        self.save_asked.emit(self.sender(), column)


def _same_clean(first: Outcome, second: Outcome) -> bool:
    """Return whether (a) of two outcomes looks alike; under two protocols it need not."""
    pairs = (first.images, second.images), (first.probabilities, second.probabilities)
    return all(np.array_equal(one[CLEAN], other[CLEAN]) for one, other in pairs)


def auto_gain(change: float) -> float:
    """Return the largest usual amplification at which a change of some size still has a colour of its own."""
    fitting = [gain for gain in _AUTO_GAINS if gain * change <= 0.5 + 1e-6]
    return max(fitting, default=_AUTO_GAINS[0])


def _gain_text(gain: float) -> str:
    return "auto" if gain == AUTO else f"×{gain:g}"  # noqa: RUF001


def _auto_text(gain: float) -> str:
    return f"auto ({_gain_text(gain)})"


def _knows_of(scenario: Scenario) -> int:
    """Return how much an attacker uses of what it attacks, to find the one that uses most."""
    return len(known_names(scenario)) + has_goal(scenario)


def spoken_text(scenarios: Sequence[Scenario]) -> str:
    """Return what was done for people who hear of it for the first time, with what the attacker knows in any case."""
    known = knowledge(max(scenarios, key=_knows_of)).removeprefix("the attacker ")
    protocol = [] if scenarios[0].protocol is ProtocolName.CORRECTED else [protocol_text(scenarios[0])]
    said = [attack_text(each) for each in scenarios]
    return " · ".join([*said, known, f"seed {scenarios[0].seed}", *protocol])


def _ordered(attacks: Iterable[str]) -> list[str]:
    """Return names in the order of the attacks; those that are not known any more come last."""
    known = list(ATTACKS)
    return sorted(attacks, key=lambda name: known.index(name) if name in known else len(known))
