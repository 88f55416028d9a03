"""The middle of the window: the image's name, what was done to it, the panels, and what the attack added."""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial, reduce
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPoint, QRect, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget
from typing_extensions import override

from advgui.attacks import ATTACKS
from advgui.figures.drawing import Sheet
from advgui.figures.images import panels
from advgui.gui.explain.words import whole_window
from advgui.gui.networks import STANDARD, network_label, row_name, row_names, row_parts
from advgui.gui.panels.bottom import Bottom
from advgui.gui.panels.comparison import Comparison
from advgui.gui.panels.image_panel import MOST_BARS, ImagePanel
from advgui.gui.panels.perturbation import perturbation
from advgui.gui.panels.row import PanelRow
from advgui.gui.session import DemoState, Selection
from advgui.gui.threads.live_answer import Result
from advgui.gui.threads.live_curve import CurvesDrawn
from advgui.gui.threads.live_maps import MapsDrawn
from advgui.gui.threads.live_proof import Proof
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import ElidedLabel, text_width
from advgui.outcomes import Outcome
from advgui.scenarios import scenario_text, spoken_text
from advgui.types import CLEAN, Scenario

# Height of what was added, as a part of a panel's width, and at least as much as the words beside it need.
_BOTTOM = {1: 1.0, 2: 0.7}
_SMALLEST_BOTTOM = {1: 160, 2: 104}
# Of height that is more than this a third, and in all no more than this part.
_LOW, _SPARE_BOTTOM = 640, 0.2
_MOST_BOTTOM = 1.3  # where there is height to spare
_PRESENTED = 0.28  # of a presentation's height for the curves
_USUAL_COLUMNS = 5  # fewer columns leave it as it is
_SMALLEST_HEADLINE = 0.75  # of the letters beside it


class Stage(QWidget):
    """Shows results. It decides nothing: what is on, the session says; what comes out, the pipeline says.

    Signals:
        save_asked: A `PanelRow`, the `Column` whose picture is wanted in a file, and whether it is dragged out.
        goal_asked: As in `ImagePanel`.
    """

    save_asked = Signal(object, object, bool)
    goal_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.class_names: Sequence[str] = ()
        self._label_is_true = False
        self._smallest, self._alone, self._is_swapped = 0, -1, False  # as in `PanelRow`
        self._scenarios: Sequence[Scenario] = ()
        self._networks: Sequence[str] = ()
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

        self.comparison = Comparison(self)
        # By the name of the row (see `advgui.gui.networks`), for those that were shown so far.
        self.rows: dict[str, PanelRow] = {}
        self._missing: Collection[str] = ()
        self._drawn_for: Selection | None = None
        self._covered: Collection[str] = ()
        self._row_names: list[str] = []
        self._state = DemoState()
        self._selection: Selection | None = None
        self.bottom = Bottom(self)
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
        for cell in self.bottom.cells.values():
            cell.view.setEnabled(not late)

    def set_presented(self, smallest: int) -> None:
        """Show nothing but the panels and one line above them, for people who sit far away; or all as usual.

        Args:
            smallest: Height of the smallest letters in device-independent pixels; 0 for the usual ones.
        """
        self._smallest = smallest
        self.bottom.set_presented(smallest)
        if not smallest:
            self.show_only(-1)
            self.set_swapped(False)
        for row in self.rows.values():
            row.set_presented(smallest)
        self._arrangement = ()
        self._show_scenarios(self._scenarios, self._networks)
        self._arrange()

    @property
    def is_presented(self) -> bool:
        """Whether people sit far away."""
        return self._smallest > 0

    @property
    def is_swapped(self) -> bool:
        """Whether original and attacked image have changed places."""
        return self._is_swapped

    def set_swapped(self, swapped: bool) -> None:
        """Let original and attacked image change places in every row, or go back."""
        self._is_swapped = swapped
        for row in self.rows.values():
            row.set_swapped(swapped)

    def set_covered(self, keys: Collection[str]) -> None:
        """Show nothing of some columns in any row, and no curve, because they are to be guessed; all for none."""
        self._covered = keys
        for row in self.rows.values():
            row.set_covered(keys)
        for cell in self.bottom.cells.values():
            cell.curve.set_covered(bool(keys))

    @property
    def shown_alone(self) -> int:
        """The place of the panel that is shown alone, -1 if all are shown."""
        return self._alone

    def show_only(self, place: int) -> None:
        """Show the panel in one place of every row alone, and as large as there is room; all for -1."""
        self._alone = place if any(place < len(row.panels) for row in self.shown_rows) else -1
        for row in self.rows.values():
            row.show_only(self._alone)
        self._arrangement = ()
        self._arrange()

    def _show_rows(self, names: Sequence[str]) -> None:
        if names == self._row_names:  # as usual, while a slider is dragged
            return
        self._row_names = list(names)
        for name in names:
            if name not in self.rows:
                self._add_row(name)
        say_network = {row_parts(name)[1] for name in names} != {STANDARD}
        for name, row in self.rows.items():
            row.compact, row.says_network = len(names) > 1, say_network
            row.setVisible(name in names)
        self.bottom.show_rows(names, _ordered({*self.rows, *self.bottom.cells}))
        self.set_covered(self._covered)
        self.bottom.set_presented(self._smallest)
        self.show_strengths(self._state)

    def _add_row(self, name: str) -> None:
        row = PanelRow(*row_parts(name), self, self.comparison)
        row.missing = self._missing
        row.set_presented(self._smallest)
        row.set_swapped(self._is_swapped)
        row.show_only(self._alone)
        row.save_asked.connect(self._on_save_asked)
        row.goal_asked.connect(self.goal_asked)
        self.rows[name] = row
        # The Tab key goes from row to row, then on to what is beneath.
        order = [panel for each in _ordered(self.rows) for panel in self.rows[each].panels.values()]
        for before, after in pairwise([*order, self.bottom.play]):
            QWidget.setTabOrder(before, after)

    def _show_scenarios(self, scenarios: Sequence[Scenario], networks: Sequence[str] = ()) -> None:
        """Say what was done."""
        self._scenarios, self._networks = scenarios, networks
        different = tuple(dict.fromkeys(scenarios))
        text = spoken_text(different) if self._smallest else scenario_text(*different, class_names=self.class_names)
        self.headline.setText(" · ".join(filter(None, (text, self._networks_text))))
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
        self._selection = selection
        self._leave_proof()
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
        if not all(outcome.scenario.attack.name in ATTACKS for outcome in result.outcomes):
            return  # a plug-in was closed since; the next result is without it
        self._show_selection(result.selection)
        scenarios = [outcome.scenario for outcome in result.outcomes]
        self._show_scenarios(scenarios, result.networks)
        names = row_names(scenarios, result.networks)
        self._show_rows(names)
        label_is_true = self._label_is_true = result.selection.label_among(self.class_names) is not None
        self.bottom.show_changes(max(float(np.abs(perturbation(each)).max()) for each in result.outcomes))
        for name, outcome in zip(names, result.outcomes, strict=True):
            self.rows[name].show_outcome(outcome, self.class_names, label_is_true)
            self.bottom.cells[name].show_outcome(outcome, self.class_names)
            self._leave_curve(name, result.selection, outcome.scenario)
        for place, (name, outcome) in enumerate(zip(names, result.outcomes, strict=True)):
            self.rows[name].hide_clean(place > 0 and _same_clean(result.outcomes[0], outcome))
        self._arrange()

    def show_waiting(
        self, selection: Selection | None, scenarios: Sequence[Scenario], text: str, networks: Sequence[str] = ()
    ) -> None:
        """Show the image alone, and why there is no more to see."""
        self._show_selection(selection)
        self._show_scenarios(scenarios, networks)
        rows = row_names(scenarios, networks)
        self._show_rows(rows)
        for name, scenario in zip(rows, scenarios, strict=True):
            picture = None if selection is None else selection.pixels
            names = self.class_names or (() if selection is None else selection.class_names)
            self.rows[name].show_waiting(picture, names, scenario, text)
            self.bottom.cells[name].clear(scenario, names)
            self._leave_curve(name, selection, scenario)
        self._arrange()

    def show_strengths(self, state: DemoState) -> None:
        """Put the handles where the strengths are, at once: results come later."""
        self._state = state
        self.bottom.proof.setVisible(state.is_smoothed)
        self._leave_proof()
        for name, cell in self.bottom.cells.items():
            attack, _ = row_parts(name)
            if attack in state.shown_attacks:
                cell.curve.show_strength(state.strength_of(attack), state.reach(attack))

    def show_curves(self, drawn: CurvesDrawn) -> None:
        """Show curves as far as they are."""
        self._drawn_for = drawn.selection
        for curve in drawn.curves:
            name = row_name(curve.scenario.attack.name, curve.network)
            self.bottom.cells[name].curve.show_curve(curve, self.class_names)

    def show_proof(self, proof: Proof) -> None:
        """Show how a vote stands, and what it says of the first attack that is shown."""
        outcomes = self.outcomes()
        length = float(outcomes[0].l2[0]) if outcomes and outcomes[0].scenario.strength else None
        self.bottom.proof.show_proof(proof, self.class_names, length)

    def _leave_proof(self) -> None:
        """Show no vote of another image or of other settings."""
        proof, state = self.bottom.proof.proof, self._state
        if proof is not None and (proof.selection is not self._selection or proof.smoothing != state.shown_smoothing):
            self.bottom.proof.clear()

    def show_maps(self, drawn: MapsDrawn | None) -> None:
        """Lay maps over the pictures that they are of; nothing for None."""
        for row in self.rows.values():
            maps = [] if drawn is None else zip(drawn.result.outcomes, drawn.maps, strict=True)
            found = next((each for outcome, each in maps if outcome is row.outcome), {})
            row.show_maps(found, 0.0 if drawn is None else drawn.largest)

    def _leave_curve(self, name: str, selection: Selection | None, scenario: Scenario) -> None:
        """Show no curve of another image or of other settings in a row."""
        view = self.bottom.cells[name].curve
        curve = view.curve
        if curve is not None and (selection is not self._drawn_for or curve.scenario != scenario.at(0.0)):
            view.show_curve(None, ())

    def leave_draws(self) -> bool:
        """Show the votes again where single draws are looked at; return whether any was."""
        return True in [row.leave_draws() for row in self.shown_rows]

    def figure(self) -> Callable[[], Sheet] | None:
        """Return what draws the panels for a file, on any thread; None where no result is shown."""
        outcomes = self.outcomes()
        if not outcomes:
            return None
        title = ", ".join(
            filter(
                None,
                (
                    self.title.text(),
                    self.truth.text(),
                    self._networks_text,
                    *(str(each.position) for each in outcomes if each.position),
                ),
            )
        )
        known = self._label_is_true
        return partial(panels, outcomes, tuple(self.class_names), title, label_is_true=known, bars=MOST_BARS)

    def explained(self) -> str:
        """Return what is on screen in words, as HTML."""
        image, truth = self.title.text(), self.truth.text()
        return whole_window(image, truth, self._scenarios, self._networks, self.class_names)

    @property
    def _networks_text(self) -> str:
        """What is attacked, where that is not the standard network alone."""
        names = tuple(dict.fromkeys(self._networks))
        if names in ((), (STANDARD,)):
            return ""
        return f"{network_label(*names)} network{'s' if len(names) > 1 else ''}"

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
            bottom = round(free * _PRESENTED) if self._alone < 0 else 0
            height = (free - bottom) // len(rows) - theme.GAP
            for row in rows:
                row.setGeometry(theme.SMALL_GAP, top, width, max(height, 100))
                top += height + theme.GAP
            self.bottom.setVisible(bottom > 0)
            self.bottom.setGeometry(theme.SMALL_GAP, top, width, bottom)
            return
        self.bottom.show()
        kind = min(len(rows), 2)
        title = self.bottom.title_height
        per_panel = width / max(columns, _USUAL_COLUMNS)
        spare = min(_SMALLEST_BOTTOM[kind] + max(free - _LOW, 0) / 3, _SPARE_BOTTOM * free)
        smallest = round(max(per_panel * _BOTTOM[kind], _SMALLEST_BOTTOM[kind], spare))
        smallest += title
        wanted = sum(row.ideal_height(width) + theme.GAP for row in rows)
        height = min(wanted, free - smallest) // len(rows) - theme.GAP
        for row in rows:
            row.setGeometry(theme.SMALL_GAP, top, width, max(height, 100))
            top += max(height, 100) + theme.GAP
        bottom = self.height() - top - theme.GAP
        bottom = min(bottom, max(smallest, round(_MOST_BOTTOM * smallest)))
        self.bottom.setGeometry(theme.SMALL_GAP, top, width, bottom)
        self.bottom.set_style(round(min(max((bottom - title) / 11.5, 11), size)), kind > 1, bottom - title)

    @Slot(object, bool)
    def _on_save_asked(self, column: object, is_dragged: bool) -> None:
        self.save_asked.emit(self.sender(), column, is_dragged)


def _same_clean(first: Outcome, second: Outcome) -> bool:
    """Return whether (a) of two outcomes looks alike; under two protocols it need not."""
    pairs = (first.images, second.images), (first.probabilities, second.probabilities)
    return all(np.array_equal(one[CLEAN], other[CLEAN]) for one, other in pairs)


def _ordered(rows: Iterable[str]) -> list[str]:
    """Return names of rows in the order of their attacks and networks; attacks that are not known come last."""
    known = list(ATTACKS)

    def place(name: str) -> tuple[int, bool]:
        attack, network = row_parts(name)
        return known.index(attack) if attack in known else len(known), network != STANDARD

    return sorted(rows, key=place)
