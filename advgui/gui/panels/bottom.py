"""What stands under the panels: for each row the curve of its strength, and what it added to the image."""

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from advgui.evaluation.sanity import lights_of
from advgui.gui.curve.view import CurveView
from advgui.gui.curve.words import axis_words
from advgui.gui.networks import STANDARD, attack_words, row_parts
from advgui.gui.panels.perturbation import PerturbationView, ThreatLine, threat_model, threat_words
from advgui.gui.proof.bar import ProofBar
from advgui.gui.widgets import theme
from advgui.gui.widgets.elided import ElidedLabel
from advgui.gui.widgets.lights import LightRow
from advgui.outcomes import Outcome
from advgui.types import Scenario

AUTO = 0  # as much as the largest change permits
GAINS = (AUTO, 1, 2, 5, 10, 20, 50)
_AUTO_GAINS = (0.25, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)
# A narrower cell has room for words alone.
_WITH_LIGHTS = 320
_CURVE, _VIEW = 3, 2  # shares of the width


class Cell(QWidget):
    """All about one attack on one network.

    Args:
        attack: Name in `ATTACKS`.
        network: As in `advgui.gui.networks`.
    """

    def __init__(self, attack: str, network: str = STANDARD, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.curve, self.view, self.threat = CurveView(attack, network), PerturbationView(attack, network), ThreatLine()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(2)
        self._grid.setHorizontalSpacing(2 * theme.MARGIN)
        self._grid.addWidget(self.curve, 0, 0)
        self._grid.addWidget(self.view, 0, 1)
        self._has_lights = True
        self.lights = LightRow(f"Sanity lights of {attack_words(attack, network)}")
        line = QHBoxLayout()
        line.setSpacing(2 * theme.MARGIN)
        line.addWidget(self.lights, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.threat, 1)
        self._grid.addLayout(line, 1, 0, 1, 2)
        for widget in (self.curve, self.view):  # their shares, whatever they hold
            widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self._grid.setRowStretch(0, 1)
        self._grid.setColumnStretch(0, _CURVE)
        self._grid.setColumnStretch(1, _VIEW)

    def set_style(self, size: int, compact: bool, width: int, height: int) -> int:
        """Set the size of the words and of the whole in device-independent pixels, and whether there is little room.

        Returns:
            The height that the threat model would like to have.
        """
        self.curve.set_size(max(round(0.75 * size), 11))
        self.view.set_style(max(round(0.88 * size), 11), compact, width * _VIEW // (_CURVE + _VIEW))
        words = max(round(0.85 * size), 9 if compact else 11)
        self.lights.set_side(words + 3)
        self.threat.set_size(words)
        self._has_lights = width >= _WITH_LIGHTS
        self.lights.setVisible(self._has_lights)
        room = width - self.lights.sizeHint().width() - 2 * theme.MARGIN if self._has_lights else width
        return min(max(self.threat.height_for(room), words + 5), height // 3)

    def set_alone(self, alone: bool) -> None:
        """Show the curve alone, or all."""
        for widget in (self.view, self.threat):
            widget.setVisible(not alone)
        self.lights.setVisible(not alone and self._has_lights)
        self._grid.setColumnStretch(1, 0 if alone else _VIEW)

    def clear(self, scenario: Scenario, class_names: Sequence[str]) -> None:
        """Show that there is nothing yet, but what the attacker is assumed to know and to want."""
        self.view.clear()
        self.lights.show_lights(())
        self.threat.say(threat_model(scenario, class_names))

    def show_outcome(self, outcome: Outcome, class_names: Sequence[str]) -> None:
        """Show an outcome of this attack."""
        self.view.show_outcome(outcome)
        self.lights.show_lights(lights_of(outcome))
        self.threat.say(threat_words(outcome, class_names))


class Bottom(QWidget):
    """A cell for each row that is shown, and a line with what goes for all of them.

    Signals:
        gain_changed: The user chose another amplification.
        moved: Name of an attack, its new strength, and the gesture (see `StrengthChart`).
        wide_asked: Name of an attack, and whether strengths up to the largest are wanted.
    """

    gain_changed = Signal(int)
    moved = Signal(str, float, object)
    wide_asked = Signal(str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # By the name of the row (see `advgui.gui.networks`), for those that were shown so far.
        self.cells: dict[str, Cell] = {}
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
        self.gain_words = (label, QLabel("(grey = unchanged)"))
        self.course = ElidedLabel()
        self.play = QToolButton()
        self.play.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        top = self._top = QHBoxLayout()
        top.addWidget(self.play)
        top.addWidget(self.course, 1)
        for widget in (label, self.gain, self.gain_words[1]):
            top.addWidget(widget)
        self._line = QHBoxLayout()
        self._line.setSpacing(2 * theme.MARGIN)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 0, 2, 0)
        column.setSpacing(theme.SMALL_GAP)
        column.addLayout(top)
        column.addLayout(self._line, 1)
        self.proof = ProofBar()
        self.proof.hide()
        column.addWidget(self.proof)

    def set_play(self, action: QAction) -> None:
        """Offer an action beside the curves."""
        self.play.setDefaultAction(action)

    @property
    def title_height(self) -> int:
        """The height of the line above the cells."""
        return self.gain.sizeHint().height() + theme.SMALL_GAP

    @property
    def chosen_gain(self) -> int:
        """The amplification, or `AUTO`."""
        return GAINS[self.gain.currentIndex()]

    @property
    def shown_gain(self) -> float:
        """The amplification, the same for all attacks, so that they can be compared."""
        return self.chosen_gain or self._auto_gain

    def set_gain(self, gain: int) -> None:
        """Choose an amplification; unknown ones are left alone."""
        if gain in GAINS:
            self.gain.setCurrentIndex(GAINS.index(gain))

    def show_changes(self, largest: float) -> None:
        """Choose the automatic amplification for the largest change that is shown."""
        self._auto_gain = auto_gain(largest)
        self.gain.setItemText(GAINS.index(AUTO), _auto_text(self._auto_gain))
        for cell in self.cells.values():
            cell.view.gain = self.shown_gain

    def show_rows(self, names: Collection[str], order: Iterable[str]) -> None:
        """Have a cell for each row, and show those.

        Args:
            names: Of the rows to be shown.
            order: Of all that may have a cell.
        """
        for name in names:
            if name not in self.cells:
                self._add(name, [each for each in order if each in self.cells or each == name].index(name))
        for name, cell in self.cells.items():
            cell.setVisible(name in names)
        axes = dict.fromkeys(axis_words(row_parts(name)[0]) for name in names)
        self.course.setText(f"Probability of the true class against {' and '.join(axes)}")

    def _add(self, name: str, place: int) -> None:
        cell = self.cells[name] = Cell(*row_parts(name))
        cell.view.set_gain(self.shown_gain)
        # Connected to widgets of the GUI thread alone.
        cell.curve.moved.connect(self._on_moved)
        cell.curve.wide_asked.connect(self._on_wide)
        self._line.insertWidget(place, cell, 1)
        items = (self._line.itemAt(each) for each in range(self._line.count()))
        cells = [item.widget() for item in items if item is not None]
        stops = [each.curve.chart for each in cells if isinstance(each, Cell)]
        for before, after in pairwise([self.play, *stops, self.gain]):
            QWidget.setTabOrder(before, after)

    def set_style(self, size: int, compact: bool, height: int) -> None:
        """Set the size of the words in device-independent pixels, whether they are short, and the height of it all."""
        self.proof.set_size(max(round(0.85 * size), 12))
        for label in (*self.gain_words, self.course):
            label.setFont(theme.font(self.font(), max(round(0.85 * size), 12)))
        cells = [cell for cell in self.cells.values() if not cell.isHidden()]
        width = self.width() // max(len(cells), 1)
        threat = max((cell.set_style(size, compact, width, height) for cell in cells), default=0)
        for cell in cells:
            cell.threat.setFixedHeight(threat)

    def set_presented(self, smallest: int) -> None:
        """Show the curves alone, with letters of some height; or all as usual for 0."""
        for widget in (self.play, self.course, self.gain, *self.gain_words):
            widget.setVisible(not smallest)
        for cell in self.cells.values():
            cell.set_alone(bool(smallest))
            if smallest:
                cell.curve.set_size(smallest)
        if smallest:
            self.proof.set_size(smallest)

    @Slot(int)
    def _on_gain(self, index: int) -> None:
        for cell in self.cells.values():
            cell.view.set_gain(self.shown_gain)
        self.gain_changed.emit(GAINS[index])

    @Slot(float, object)
    def _on_moved(self, strength: float, gesture: object) -> None:
        sender = self.sender()
        assert isinstance(sender, CurveView)
        self.moved.emit(sender.attack, strength, gesture)

    @Slot(bool)
    def _on_wide(self, on: bool) -> None:
        sender = self.sender()
        assert isinstance(sender, CurveView)
        self.wide_asked.emit(sender.attack, on)


def auto_gain(change: float) -> float:
    """Return the largest usual amplification at which a change of some size still has a colour of its own."""
    fitting = [gain for gain in _AUTO_GAINS if gain * change <= 0.5 + 1e-6]
    return max(fitting, default=_AUTO_GAINS[0])


def _gain_text(gain: float) -> str:
    return "auto" if gain == AUTO else f"×{gain:g}"  # noqa: RUF001


def _auto_text(gain: float) -> str:
    return f"auto ({_gain_text(gain)})"
