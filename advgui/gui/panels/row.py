"""The panels of one attack in a row, and what the attack added to the image."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QWidget
from typing_extensions import override

from advgui import images
from advgui.evaluation.sanity import lights_of
from advgui.figures.images import classes_that_matter, details, title, votes_text
from advgui.gui.panels.image_panel import FADED, MOST_BARS, ImagePanel, fitting_words
from advgui.gui.panels.layout import Layout
from advgui.gui.panels.prediction import Prediction, Verdict, linf_text, percent
from advgui.gui.widgets import access, pixels, theme
from advgui.gui.widgets.elided import ElidedLabel
from advgui.gui.widgets.lights import LightRow
from advgui.scenarios import (
    UNSAID,
    attack_label,
    attacker,
    defense_label,
    familiarity,
    goal,
    has_goal,
    heading,
    starts_standardized,
    upper_bounds,
)
from advgui.types import ATTACKED, CLEAN, PAPER_CHAIN, Column, FloatArray, Outcome, Scenario, VoteRule, columns_of


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

    Signals:
        save_asked: A `Column` whose picture the user wants in a file.
        goal_asked: As in `ImagePanel`.
    """

    save_asked = Signal(object)
    goal_asked = Signal(object)

    def __init__(self, attack: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.attack = attack
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
        self._extents: dict[object, int] = {}
        self._set_columns(columns_of(PAPER_CHAIN))

    def _set_columns(self, columns: tuple[Column, ...]) -> None:
        """Have a panel for each column; those that are there stay where they are, whatever they show."""
        self.setAccessibleName(f"Panels for {attack_label(self.attack)}")
        pool = list(self.panels.values())
        for panel in pool[len(columns) :]:
            panel.hide()
            panel.deleteLater()
        while len(pool) < len(columns):
            panel = ImagePanel("", self)
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
            if key in outcome.images:
                drawn = outcome.draws[key].images if key in outcome.draws else ()
                pictures = [picture[0] for picture in drawn]
                said = prediction(outcome, key, class_names, label_is_true)
                panel.show_result(displayed(outcome, key), said, pictures)
            else:
                panel.show_off(why_off(column, outcome.scenario, self.missing))

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
            if reason:
                panel.show_off(reason)
            else:
                panel.show_waiting(text, picture if column.key == CLEAN else None)

    def _set_frame(self, extent: int) -> None:
        captions = [panel.caption for panel in self.panels.values()]
        for panel in self.panels.values():
            panel.set_frame(extent, self._class_names, self.compact, captions, self._bars, self._draws)

    def _set_aim(self, scenario: Scenario) -> None:
        for column, panel in zip(self.columns, self.panels.values(), strict=True):
            panel.set_caption(title(column, self.attack), *(details(column, scenario) if column.on else ()))
            panel.set_aim(scenario.target, has_goal(scenario), familiarity(scenario, column) if column.on else UNSAID)

    def _extent(self, outcome: Outcome) -> int:
        """Return the longest side in the row; remembered, so that switching a mitigation off changes no scale."""
        names = tuple(link.name for link in outcome.scenario.chain)
        key = (outcome.images[CLEAN].shape, outcome.scenario.protocol, names)
        longest = max(max(batch.shape[1:3]) for batch in outcome.images.values())
        self._extents[key] = max(longest, self._extents.get(key, longest))
        return self._extents[key]

    def _panel_width(self, width: int) -> int:
        return (width - theme.GAP * (len(self.panels) - 1)) // len(self.panels)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share out the width anew."""
        self._arrange()
        if self.outcome is not None and self._bars != classes_with_bars(self.outcome, self._most_bars()):
            self._show_again()

    def _arrange(self) -> None:
        """Give all panels exactly one size; the few pixels that are left go to the gaps, and there is one at least."""
        width, count = self._panel_width(self.width()), len(self.panels)
        free = self.width() - width * count
        alone = 0 <= self._alone < count
        for number, (key, panel) in enumerate(self.panels.items()):
            panel.setVisible(number == self._alone if alone else key != CLEAN or not self._hides_clean)
            panel.set_presented(self._smallest, alone)
            if alone:
                panel.setGeometry(self.rect())
            else:
                panel.setGeometry(number * width + number * free // (count - 1), 0, width, self.height())

    @override
    def sizeHint(self) -> QSize:
        """Return a size for readable panels."""
        width = 150 * len(self.panels)
        return QSize(width, self.ideal_height(width))

    def _on_save_asked(self) -> None:
        for column, panel in zip(self.columns, self.panels.values(), strict=True):
            if panel is self.sender():
                self.save_asked.emit(column)


def displayed(outcome: Outcome, column: str) -> FloatArray:
    """Return a column's first image, float32 (h, w, 3) in [0, 1]."""
    picture: FloatArray = outcome.images[column][0]
    return picture


def perturbation(outcome: Outcome) -> FloatArray:
    """Return attacked minus clean of the first image, float32 (H, W, 3)."""
    change: FloatArray = outcome.images[ATTACKED][0] - outcome.images[CLEAN][0]
    return change


class _Picture(QWidget):
    """A picture with sharp pixels in the middle of its place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        access.as_picture(self)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)

    def put(self, image: QImage | None) -> None:
        self._image = image
        self.update()

    @override
    def sizeHint(self) -> QSize:
        return QSize(160, 100)

    @override
    def minimumSizeHint(self) -> QSize:
        return QSize(64, 64)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        # As wide as high, so that the words beside it start where the picture ends.
        self.setFixedWidth(max(64, self.height()))

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.colors(self.palette()).track)
        if self._image is None:
            return
        ratio = self.devicePixelRatioF()
        side = min(self.width(), self.height()) * ratio
        scaled = pixels.enlarged(self._image, pixels.scale(side, max(self._image.width(), self._image.height())))
        scaled.setDevicePixelRatio(ratio)
        if not self.isEnabled():
            painter.setOpacity(FADED)
        x = round((self.width() * ratio - scaled.width()) / 2) / ratio
        y = round((self.height() * ratio - scaled.height()) / 2) / ratio
        painter.drawImage(QPointF(x, y), scaled)


def threat_model(scenario: Scenario, class_names: Sequence[str]) -> str:
    """Return what the attacker is assumed to know and to want, and where accuracy is an upper bound, in sentences."""
    wants = f" Goal: {goal(scenario, class_names)}." if has_goal(scenario) else ""
    bounds = f" Upper bound: {upper_bounds(scenario)}." if upper_bounds(scenario) else ""
    return f"Threat model: {attacker(scenario)}.{wants}{bounds}"


_THREAT_HELP = (
    "Where the attacker does not know all that stands in front of the classifier, accuracy is an upper bound: one who "
    "knows it is stronger."
)
# Long name, short name, tooltip.
_FIGURES = {
    "linf": ("L∞ norm", "L∞", "Largest change of any value of the image, measured after clipping."),
    "l2": ("L2 norm", "L2", "Euclidean length of the change over all pixels and channels."),
    "clipped": (
        "clipped",
        "clipped",
        "Share of values that were pushed out of the range and brought back by clipping.",
    ),
}


class PerturbationView(QWidget):
    """What one attack added: the change amplified around grey, its measured size, and what the attacker knows."""

    def __init__(self, attack: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.attack = attack
        self.gain = 10.0
        self.shown: FloatArray | None = None
        self._outcome: Outcome | None = None
        self._class_names: Sequence[str] = ()
        self.picture = _Picture(self)
        self.picture.setAccessibleName(f"What {attack_label(attack)} added, amplified")
        self.picture.setToolTip("Attacked image minus original, amplified (grey = unchanged).")
        self.title = QLabel()
        self.position = ElidedLabel()
        self.lights = LightRow(f"Sanity lights of {attack_label(attack)}")
        self.figures = {name: QLabel() for name in _FIGURES}
        self.threat = QLabel()
        self.threat.setWordWrap(True)
        self.threat.setAlignment(Qt.AlignmentFlag.AlignTop)
        grid = self._grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.MARGIN)
        grid.addWidget(self.picture, 0, 0, 6, 1)
        line = QHBoxLayout()
        line.setSpacing(2 * theme.MARGIN)
        line.addWidget(self.title)
        line.addWidget(self.lights)
        line.addWidget(self.position, 99)  # after the lights, which stay where they are when the attack ends
        line.addStretch(1)
        grid.addLayout(line, 0, 1, 1, 2)
        self._names: dict[str, QLabel] = {}
        for row, (key, (_, _, tip)) in enumerate(_FIGURES.items(), start=1):
            name = self._names[key] = QLabel()
            for label in (name, self.figures[key]):
                label.setToolTip(tip)
            self.figures[key].setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(name, row, 1)
            grid.addWidget(self.figures[key], row, 2)
        grid.addWidget(self.threat, 4, 1, 1, 2)
        grid.setRowStretch(5, 1)
        grid.setColumnStretch(2, 1)
        self.set_style(15, compact=False)
        self.clear()

    def set_style(self, size: int, compact: bool) -> None:
        """Set the size of the words in device-independent pixels, and whether they are short ones."""
        self._size = size
        self._grid.setVerticalSpacing(0 if compact else theme.SMALL_GAP)
        self._grid.setHorizontalSpacing(theme.SMALL_GAP if compact else theme.MARGIN)
        self.title.setFont(theme.font(self.font(), size + 1, bold=True))
        self.position.setFont(self.title.font())
        self.lights.set_side(self.title.fontMetrics().height())
        for key, label in self._names.items():
            label.setText(_FIGURES[key][compact])
            label.setFont(theme.font(self.font(), size))
        for label in self.figures.values():
            label.setFont(theme.font(self.font(), size, bold=True))
        self._fit_threat()

    def _say_threat(self, words: str) -> None:
        self.threat.setText(words)
        self.threat.setToolTip(" ".join(filter(None, (words, _THREAT_HELP))))
        self._fit_threat()

    def _fit_threat(self) -> None:
        """Write the threat model as large as the other words, or smaller where there is no room."""
        above = [self.title, *self.figures.values()]
        top = sum(label.sizeHint().height() + self._grid.verticalSpacing() for label in above)
        width = self.width() - self.picture.width() - self._grid.horizontalSpacing()
        box = QRect(0, 0, max(width, 1), max(self.height() - top, 1))
        words = self.threat.text()
        size = fitting_words(self.threat, words, box, self._size) if words else self._size
        self.threat.setFont(theme.font(self.font(), size))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Find the size of the words anew."""
        self._fit_threat()

    def set_gain(self, gain: float) -> None:
        """Amplify by another factor."""
        self.gain = gain
        if self._outcome is not None:
            self.show_outcome(self._outcome, self._class_names)

    def clear(self, scenario: Scenario | None = None, class_names: Sequence[str] = ()) -> None:
        """Show that there is nothing yet, but what the attacker is assumed to know and to want."""
        self._outcome = self.shown = None
        self.picture.put(None)
        self._write_title()
        for label in self.figures.values():
            label.setText("–")  # noqa: RUF001
        self._say_threat("" if scenario is None else threat_model(scenario, class_names))
        self.lights.show_lights(())

    def show_outcome(self, outcome: Outcome, class_names: Sequence[str] = ()) -> None:
        """Show the change of an outcome's first image.

        Args:
            outcome: Of this view's attack.
            class_names: Of the classifier.
        """
        self._outcome, self._class_names = outcome, class_names
        self.shown = images.amplified(perturbation(outcome), self.gain)
        self.picture.put(pixels.qimage(self.shown))
        self._write_title()
        self.lights.show_lights(lights_of(outcome))
        self.figures["linf"].setText(linf_text(outcome))
        self.figures["l2"].setText(f"{float(outcome.l2[0]):.2f}")
        self.figures["clipped"].setText(percent(outcome.clipped[0]) + " of all values")
        words = threat_model(outcome.scenario, class_names)
        if starts_standardized(outcome.scenario):
            words += " Measured on standardized pixels; the picture shows the change of scale, too."
        self._say_threat(words)

    def _write_title(self) -> None:
        self.title.setText(f"{attack_label(self.attack)}, ×{self.gain:g}")  # noqa: RUF001
        position = self._outcome.position if self._outcome is not None else None
        self.position.setText("" if position is None else str(position))
        self.position.setVisible(position is not None)
