"""The panels of one attack in a row, and what the attack added to the image."""

from collections.abc import Collection, Mapping, Sequence

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from advgui.figures.images import classes_that_matter, details, title, votes_text
from advgui.gui.explain.words import explanation
from advgui.gui.networks import STANDARD, attack_words, network_label
from advgui.gui.panels import class_names
from advgui.gui.panels.class_names import ClassNames
from advgui.gui.panels.comparison import Comparison
from advgui.gui.panels.image_panel import MOST_BARS, ImagePanel
from advgui.gui.panels.layout import Layout
from advgui.gui.panels.prediction import Prediction, Verdict
from advgui.gui.widgets import theme
from advgui.outcomes import Outcome
from advgui.scenarios import (
    UNSAID,
    defense_label,
    familiarity,
    has_goal,
    heading,
)
from advgui.types import CLEAN, PAPER_CHAIN, Column, FloatArray, Scenario, VoteRule, columns_of

_COVERED = "Your guess?"


def why_off(column: Column, scenario: Scenario, missing: Collection[str] = ()) -> str:
    """Return why a column is not computed, "" if it is.

    Args:
        column: Of the scenario.
        scenario: What is computed.
        missing: Mitigations whose networks are not there.
    """
    if column.on:
        return ""
    names = [link.name for link in scenario.chain if not link.on and column.key in (link.name, "both", "all")]
    without = [name for name in names if name in missing]
    if without:
        return f"the {defense_label(without[0]).lower()}'s file is missing or cannot be used"
    return f"{_listed([heading(Column(name, '')) for name in names])} switched off"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def verdict(outcome: Outcome, column: str, label_is_true: bool, probabilities: FloatArray | None = None) -> Verdict:
    """Return what can be said of the prediction for the first image of a column, or of another one for it.

    Args:
        outcome: Whose label decides.
        column: Key of a computed column.
        label_is_true: Whether the label is the true class.
        probabilities: float32 (classes,), of a single draw; the outcome's own where None.
    """
    own = outcome.probabilities[column][0]
    right = int((own if probabilities is None else probabilities).argmax()) == int(outcome.labels[0])
    if label_is_true:
        return Verdict.RIGHT if right else Verdict.WRONG
    if column == CLEAN:
        return Verdict.UNKNOWN
    return Verdict.SAME if right else Verdict.CHANGED


def target_reached(outcome: Outcome, column: str) -> bool | None:
    """Return whether the first image of a column is taken for the attacker's target; None where nothing aims at one."""
    if outcome.scenario.target is None or column == CLEAN:
        return None
    return bool(outcome.succeeded(column)[0])


def prediction(outcome: Outcome, column: str, class_names: Sequence[str], label_is_true: bool) -> Prediction:
    """Return what is said of the first image of a computed column, with the draws that were taken together for it.

    Args:
        outcome: With the column.
        column: Its key.
        class_names: Of the classifier.
        label_is_true: Whether the label is the true class; otherwise it is the classifier's own prediction.
    """
    label, target, kept = int(outcome.labels[0]), outcome.scenario.target, outcome.draws.get(column)
    draws = tuple(
        Prediction(
            answers[0],
            class_names,
            label,
            verdict(outcome, column, label_is_true, answers[0]),
            None if target is None else int(answers[0].argmax()) == target,
        )
        for answers in (() if kept is None else kept.probabilities)
    )
    return Prediction(
        outcome.probabilities[column][0],
        class_names,
        label,
        verdict(outcome, column, label_is_true),
        target_reached(outcome, column),
        draws,
        outcome.scenario.draws if draws else 1,
        votes_text(outcome, column, label_is_true),
        bool(draws) and outcome.scenario.rule is VoteRule.MAJORITY,
    )


def classes_with_bars(outcome: Outcome, most: int = MOST_BARS) -> tuple[int, ...]:
    """Return the classes that get a bar in all columns: every one, or of many those that matter for the first image."""
    return classes_that_matter(outcome, most)


class PanelRow(QWidget):
    """The panels of one attack, of one size and at one scale.

    There is one for each column of the scenario that is shown.

    Args:
        attack: Name in `ATTACKS`.
        network: As in `advgui.gui.networks`.
        comparison: What its panels have in common with others; one of its own if None.

    Attributes:
        says_network: Whether (a) names the network.

    Signals:
        save_asked: A `Column` whose picture the user wants in a file, and whether in one that is dragged out.
        goal_asked: As in `ImagePanel`.
    """

    save_asked = Signal(object, bool)
    goal_asked = Signal(object)

    def __init__(
        self,
        attack: str,
        network: str = STANDARD,
        parent: QWidget | None = None,
        comparison: Comparison | None = None,
    ) -> None:
        super().__init__(parent)
        self._comparison = comparison or Comparison(self)
        self.attack, self.network = attack, network
        self.says_network = False
        self._covered: Collection[str] = ()
        self.outcome: Outcome | None = None
        self.compact = False
        self.missing: Collection[str] = ()
        self.is_swapped = False
        self._smallest, self._alone = 0, -1  # as in `set_presented` and `show_only`
        self._label_is_true = self._hides_clean = False
        self.columns: tuple[Column, ...] = ()
        self.panels: dict[str, ImagePanel] = {}  # by the key of their column
        self._class_names: Sequence[str] = ()
        self._bars: tuple[int, ...] = ()
        self._draws = 1
        self.names, self._gutter = ClassNames(self), 0
        self._maps: tuple[Outcome | None, Mapping[str, FloatArray], float] = (None, {}, 0.0)
        self._extents: dict[object, int] = {}
        self._set_columns(columns_of(PAPER_CHAIN))

    def _set_columns(self, columns: tuple[Column, ...]) -> None:
        """Have a panel for each column; those that are there stay where they are, whatever they show."""
        self.setAccessibleName(f"Panels for {attack_words(self.attack, self.network)}")
        pool = list(self.panels.values())
        for panel in pool[len(columns) :]:
            panel.hide()
            panel.deleteLater()
        while len(pool) < len(columns):
            panel = ImagePanel("", self, self._comparison)
            panel.save_asked.connect(self._on_save_asked)
            panel.goal_asked.connect(self.goal_asked)
            if pool:
                QWidget.setTabOrder(pool[-1], panel)
            pool.append(panel)
            panel.show()
        for column, panel in zip(columns, pool, strict=False):
            panel.set_caption(title(column, self.attack), *panel.details)
        keys = [column.key for column in columns]
        self.columns, before = columns, list(self.panels)
        self.panels = dict(zip(keys, pool, strict=False))
        if before != keys:
            self._arrange()

    def set_swapped(self, swapped: bool) -> None:
        """Let original and attacked image change places, or go back: in one place, the eye sees what changed."""
        if swapped != self.is_swapped:
            self.is_swapped = swapped
            self._show_again()

    def set_presented(self, smallest: int) -> None:
        """Set the height of the smallest letters in pixels; 0 for the usual ones. There may then be fewer bars."""
        if smallest != self._smallest:
            self._smallest = smallest
            self._arrange()
            self._show_again()

    def show_only(self, place: int) -> None:
        """Show the panel in one place alone, as large as the row; all panels for -1 or a place that there is not."""
        if place != self._alone:
            self._alone = place
            self._arrange()

    def set_covered(self, keys: Collection[str]) -> None:
        """Show nothing of some columns, because they are to be guessed; they are named by their keys."""
        if keys != self._covered:
            self._covered = keys
            self._show_again()

    def hide_clean(self, hidden: bool) -> None:
        """Leave the place of (a) empty, because the row above shows the very same."""
        if hidden != self._hides_clean:
            self._hides_clean = hidden
            self._arrange()

    def _show_again(self) -> None:
        if self.outcome is not None:
            self.show_outcome(self.outcome, self._class_names, self._label_is_true)

    def _most_bars(self) -> int:
        if not self._smallest:
            return MOST_BARS
        size = QSize(self._panel_width(self.width()), self.height())
        return min(Layout.most_bars(size, self.compact, self._smallest, self._draws), MOST_BARS)

    def _in_order(self, scenario: Scenario) -> tuple[Column, ...]:
        columns = scenario.all_columns
        return (columns[1], columns[0], *columns[2:]) if self.is_swapped else columns

    def ideal_height(self, width: int) -> int:
        """Return the height at which a row of some width looks best."""
        return Layout.ideal_height(self._panel_width(width), max(len(self._bars), 10), self.compact, self._draws)

    @property
    def draws(self) -> int:
        """For how many draws the panels have room for a mark."""
        return self._draws

    def leave_draws(self) -> bool:
        """Show the vote again where a single draw is looked at; return whether one was."""
        looked_at = [panel for panel in self.panels.values() if panel.looked_at is not None]
        for panel in looked_at:
            panel.look_at(None)
        return bool(looked_at)

    def show_outcome(self, outcome: Outcome, class_names: Sequence[str], label_is_true: bool) -> None:
        """Show an outcome's first image.

        Args:
            outcome: Of this row's attack.
            class_names: Of the classifier.
            label_is_true: Whether the label is the true class; otherwise it is the classifier's own prediction.
        """
        self.outcome, self._label_is_true = outcome, label_is_true
        self._draws = outcome.scenario.draws
        self._class_names, self._bars = class_names, classes_with_bars(outcome, self._most_bars())
        self._set_columns(self._in_order(outcome.scenario))
        self._set_aim(outcome.scenario)
        self._set_frame(self._extent(outcome))
        for column, panel in zip(self.columns, self.panels.values(), strict=True):
            key = column.key
            if key in self._covered:
                panel.show_waiting(_COVERED)
            elif key in outcome.images:
                drawn = outcome.draws[key].images if key in outcome.draws else ()
                pictures = [picture[0] for picture in drawn]
                said = prediction(outcome, key, class_names, label_is_true)
                panel.set_original(None if key == CLEAN else displayed(outcome, CLEAN))
                panel.show_result(displayed(outcome, key), said, pictures)
            else:
                panel.show_off(why_off(column, outcome.scenario, self.missing))
        self._show_maps()

    def show_maps(self, maps: Mapping[str, FloatArray], largest: float) -> None:
        """Lay maps over the pictures of the outcome on screen, until there is another one.

        Args:
            maps: float32 (h, w) by the key of their column; empty for none.
            largest: What has the last colour.
        """
        self._maps = self.outcome, maps, largest
        self._show_maps()

    def _show_maps(self) -> None:
        outcome, maps, largest = self._maps
        for column, panel in zip(self.columns, self.panels.values(), strict=True):
            panel.set_map(maps.get(column.key) if outcome is self.outcome else None, largest)

    def show_waiting(
        self, picture: FloatArray | None, class_names: Sequence[str], scenario: Scenario, text: str
    ) -> None:
        """Show the image alone, and why there is no more to see."""
        self.outcome, self._draws = None, scenario.draws
        if class_names != self._class_names:
            self._class_names, self._bars = class_names, tuple(range(len(class_names)))[:MOST_BARS]
        self._set_columns(self._in_order(scenario))
        self._set_aim(scenario)
        if picture is not None:
            self._set_frame(max(picture.shape[:2]))
        for column, panel in zip(self.columns, self.panels.values(), strict=True):
            reason = why_off(column, scenario, self.missing)
            panel.set_original(None)
            if reason:
                panel.show_off(reason)
            else:
                panel.show_waiting(text, picture if column.key == CLEAN else None)
        self._show_maps()

    def _set_frame(self, extent: int) -> None:
        captions = [panel.caption for panel in self.panels.values()]
        for panel in self.panels.values():
            panel.set_frame(extent, self._class_names, self.compact, captions, self._bars, self._draws)
        self._arrange()

    def _set_aim(self, scenario: Scenario) -> None:
        for column, panel in zip(self.columns, self.panels.values(), strict=True):
            said = details(column, scenario) if column.on else ()
            if column.key == CLEAN and self.says_network:
                said = "", f"{network_label(self.network)} network"
            panel.set_caption(title(column, self.attack), *said)
            panel.set_explanation(explanation(column, scenario))
            panel.set_aim(scenario.target, has_goal(scenario), familiarity(scenario, column) if column.on else UNSAID)

    def _extent(self, outcome: Outcome) -> int:
        """Return the longest side in the row; remembered, so that switching a mitigation off changes no scale."""
        names = tuple(link.name for link in outcome.scenario.chain)
        key = (outcome.images[CLEAN].shape, outcome.scenario.protocol, names)
        longest = max(max(batch.shape[1:3]) for batch in outcome.images.values())
        self._extents[key] = max(longest, self._extents.get(key, longest))
        return self._extents[key]

    def _panel_width(self, width: int) -> int:
        return (width - self._gutter - theme.GAP * (len(self.panels) - 1)) // len(self.panels)

    def _gutter_now(self) -> int:
        """Return how wide the names of the classes are beside the panels; 0 where the panels hold them themselves."""
        first = next(iter(self.panels.values()))
        beside = (self.width() - theme.GAP * (len(self.panels) - 1)) // len(self.panels)
        layout = first.layout_for(QSize(beside, self.height()))
        if (
            0 <= self._alone < len(self.panels)
            or len(layout.columns) > 1
            or layout.columns[0].height() < 4 * layout.rows
        ):
            return 0
        return class_names.width_for(first, layout, self.width() // 6)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share out the width anew."""
        self._arrange()
        if self.outcome is not None and self._bars != classes_with_bars(self.outcome, self._most_bars()):
            self._show_again()

    def _arrange(self) -> None:
        """Give all panels exactly one size; the few pixels that are left go to the gaps, and there is one at least."""
        gutter = self._gutter_now()
        if gutter != self._gutter:
            self._gutter = gutter
            for panel in self.panels.values():
                panel.set_names_outside(gutter > 0)
        width, count = self._panel_width(self.width()), len(self.panels)
        free = self.width() - gutter - width * count
        alone = 0 <= self._alone < count
        for number, (key, panel) in enumerate(self.panels.items()):
            panel.setVisible(number == self._alone if alone else key != CLEAN or not self._hides_clean)
            panel.set_presented(self._smallest, alone)
            if alone:
                panel.setGeometry(self.rect())
            else:
                left = gutter + number * width + number * free // (count - 1)
                panel.setGeometry(left, 0, width, self.height())
        shown = next(panel for panel in self.panels.values() if not panel.isHidden())
        self.names.setVisible(gutter > 0)
        self.names.setGeometry(shown.x() - gutter, 0, gutter, self.height())
        self.names.stand_beside(shown)

    @override
    def sizeHint(self) -> QSize:
        """Return a size for readable panels."""
        width = 150 * len(self.panels)
        return QSize(width, self.ideal_height(width))

    @Slot(bool)
    def _on_save_asked(self, is_dragged: bool) -> None:
        for column, panel in zip(self.columns, self.panels.values(), strict=True):
            if panel is self.sender():
                self.save_asked.emit(column, is_dragged)


def displayed(outcome: Outcome, column: str) -> FloatArray:
    """Return a column's first image, float32 (h, w, 3) in [0, 1]."""
    picture: FloatArray = outcome.images[column][0]
    return picture
