"""What an attack added to the image: amplified, measured, and said."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget
from typing_extensions import override

from advgui import images
from advgui.gui.networks import STANDARD, attack_words
from advgui.gui.panels.fitting import fitting_words
from advgui.gui.panels.painted_panel import FADED
from advgui.gui.panels.prediction import linf_text, percent
from advgui.gui.widgets import access, pixels, theme
from advgui.gui.widgets.elided import ElidedLabel
from advgui.outcomes import Outcome
from advgui.scenarios import attacker, goal, has_goal, starts_standardized, upper_bounds
from advgui.types import ATTACKED, CLEAN, FloatArray, Scenario


def perturbation(outcome: Outcome) -> FloatArray:
    """Return attacked minus clean of the first image, float32 (H, W, 3)."""
    change: FloatArray = outcome.images[ATTACKED][0] - outcome.images[CLEAN][0]
    return change


class _Picture(QWidget):
    """A picture with sharp pixels in the middle of its place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self._widest = 1 << 20
        access.as_picture(self)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)

    def set_widest(self, widest: int) -> None:
        """Leave room for the words beside it."""
        if widest != self._widest:
            self._widest = widest
            self.setFixedWidth(max(min(widest, self.height()), 64))

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
        self.setFixedWidth(max(min(self._widest, self.height()), 64))

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
# Name and tooltip.
_FIGURES = {
    "linf": ("L∞", "Largest change of any value of the image, measured after clipping."),
    "l2": ("L2", "Euclidean length of the change over all pixels and channels."),
    "clipped": (
        "clipped",
        "Share of all values that were pushed out of the range and brought back by clipping.",
    ),
}


class ThreatLine(QLabel):
    """What the attacker knows and wants, as large as the other words, or smaller where there is no room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._size = 15
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignTop)
        # It takes what is left; what it says decides on no other's size.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)

    def set_size(self, size: int) -> None:
        """Set the usual height of the letters in device-independent pixels."""
        self._size = size
        self._fit()

    def height_for(self, width: int) -> int:
        """Return the height at which the words fit at their usual size."""
        metrics = QFontMetrics(theme.font(self.font(), self._size))
        flags = int(Qt.TextFlag.TextWordWrap)
        return metrics.boundingRect(QRect(0, 0, max(width, 1), 10_000), flags, self.text()).height()

    def say(self, words: str) -> None:
        """Show a sentence or more."""
        self.setText(words)
        self.setToolTip(" ".join(filter(None, (words, _THREAT_HELP))))
        self._fit()

    def _fit(self) -> None:
        words = self.text()
        box = QRect(0, 0, max(self.width(), 1), max(self.height(), 1))
        self.setFont(theme.font(self.font(), fitting_words(self, words, box, self._size) if words else self._size))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        """Find the size of the words anew."""
        self._fit()


class PerturbationView(QWidget):
    """What one attack added: the change amplified around grey, and its measured size."""

    def __init__(self, attack: str, network: str = STANDARD, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.attack = attack
        self._words = attack_words(attack, network)
        self.gain = 10.0
        self.shown: FloatArray | None = None
        self._outcome: Outcome | None = None
        self.picture = _Picture(self)
        self.picture.setAccessibleName(f"What {self._words} added, amplified")
        self.picture.setToolTip("Attacked image minus original, amplified (grey = unchanged).")
        self.title = ElidedLabel()
        self.position = ElidedLabel()
        self.figures = {name: ElidedLabel() for name in _FIGURES}
        grid = self._grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(self.picture, 0, 0, 6, 1)
        grid.addWidget(self.title, 0, 1, 1, 2)
        self._names: dict[str, QLabel] = {}
        for row, (key, (text, tip)) in enumerate(_FIGURES.items(), start=1):
            name = self._names[key] = QLabel(text)
            name.setToolTip(tip)
            grid.addWidget(name, row, 1)
            grid.addWidget(self.figures[key], row, 2)
        grid.addWidget(self.position, 4, 1, 1, 2)
        grid.setRowStretch(5, 1)
        grid.setColumnStretch(2, 1)
        self.set_style(15, compact=False, width=1 << 20)
        self.clear()

    def set_style(self, size: int, compact: bool, width: int) -> None:
        """Set the size of the words and the width of it all in pixels, and whether there is little room."""
        self.picture.set_widest(round(0.48 * width))  # words get the other half
        self._is_compact = compact
        self._grid.setVerticalSpacing(0 if compact else theme.SMALL_GAP)
        self._grid.setHorizontalSpacing(theme.SMALL_GAP if compact else theme.MARGIN)
        self.title.setFont(theme.font(self.font(), size + 1, bold=True))
        self.position.setFont(theme.font(self.font(), size, bold=True))
        for label in self._names.values():
            label.setFont(theme.font(self.font(), size))
        for label in self.figures.values():
            label.setFont(theme.font(self.font(), size, bold=True))

    def set_gain(self, gain: float) -> None:
        """Amplify by another factor."""
        self.gain = gain
        if self._outcome is not None:
            self.show_outcome(self._outcome)

    def clear(self) -> None:
        """Show that there is nothing yet."""
        self._outcome = self.shown = None
        self.picture.put(None)
        self._write_title()
        for label in self.figures.values():
            label.setText("–")  # noqa: RUF001

    def show_outcome(self, outcome: Outcome) -> None:
        """Show the change of an outcome's first image; the outcome is one of this view's attack."""
        self._outcome = outcome
        self.shown = images.amplified(perturbation(outcome), self.gain)
        self.picture.put(pixels.qimage(self.shown))
        self._write_title()
        linf = linf_text(outcome)
        self.figures["linf"].setText(linf.partition(" = ")[0] if self._is_compact else linf)
        self.figures["l2"].setText(f"{float(outcome.l2[0]):.2f}")
        self.figures["clipped"].setText(percent(outcome.clipped[0]))

    def _write_title(self) -> None:
        self.title.setText(f"{self._words}, ×{self.gain:g}")  # noqa: RUF001
        position = self._outcome.position if self._outcome is not None else None
        self.position.setText("" if position is None else str(position))
        self.position.setVisible(position is not None)


def threat_words(outcome: Outcome, class_names: Sequence[str]) -> str:
    """Return the threat model of an outcome, with what its figures were measured on where that is not the image."""
    words = threat_model(outcome.scenario, class_names)
    if starts_standardized(outcome.scenario):
        words += " Measured on standardized pixels; the picture shows the change of scale, too."
    return words
