"""Learning curves: what of a training history goes into which chart, and how it is drawn there.

The window and the figures draw the same charts; colours, marks, axes and words are decided here for both.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from advgui.errors import AdvguiError
from advgui.figures.histories import History

Numbers = NDArray[np.float64]

# Okabe and Ito's colours (Color universal design, 2008) for lines: some a little darker, to be seen on white; and
# lighter, for the dark.
COLORS = ("#0072b2", "#d55e00", "#009e73", "#b3588b", "#8f6f00", "#1a1a1a")
COLORS_ON_DARK = ("#56b4e9", "#ff8a4a", "#2fc99a", "#e39cc4", "#f0e442", "#f0f0f0")


def _regular(corners: int, turn: float = 0.0) -> tuple[tuple[float, float], ...]:
    angles = (2 * math.pi * (corner / corners + turn) for corner in range(corners))
    return tuple((math.sin(angle), -math.cos(angle)) for angle in angles)


# Colour is never the only difference: each curve has a mark, a polygon about the origin within a radius of about 1,
# with y downwards.
MARKS = (
    _regular(24),  # a circle
    _regular(4, 1 / 8),  # a square
    _regular(3),  # a triangle that points upwards
    _regular(4),  # a diamond
    _regular(3, 1 / 2),  # a triangle that points downwards
    _regular(5),
)
_MOST_MARKS = 25

_SPLITS = (("validation_", "validation"), ("val_", "validation"), ("", "training"))  # "val_" is Keras' own
_ACCURACIES = {
    "accuracy": "accuracy",
    "clean": "accuracy, clean images",
    "gaussian": "accuracy, Gaussian noise",
    "fgsm": "accuracy, FGSM",
}
_LOSSES = ("loss", "error", "divergence", "crossentropy", "entropy", "mse", "mae")

# A ratio of the largest to the smallest loss at which small ones would lie flat on the ground.
_WIDE = 30
# Smaller values are as good as 0, smaller relative differences as good as none.
_SMALLEST, _FLAT = 1e-30, 1e-6


@dataclass(frozen=True, eq=False)
class Curve:
    """A line of a chart.

    Attributes:
        label: Such as "training accuracy".
        values: float64 (epochs,), in the unit of the chart.
        style: Index of its colour and its mark.
    """

    label: str
    values: Numbers
    style: int

    @property
    def mark(self) -> tuple[tuple[float, float], ...]:
        """The corners of its mark."""
        return MARKS[self.style % len(MARKS)]


@dataclass(frozen=True)
class Axis:
    """From what is measured to a place on the vertical axis.

    Attributes:
        low: Lower end, in the axis' own unit.
        high: Upper end.
        ticks: Place and text of each tick.
        logarithmic: Whether the axis' unit is the decimal logarithm.
    """

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    logarithmic: bool

    def places(self, values: Numbers) -> Numbers:
        """Return where values are on the axis."""
        return np.log10(values) if self.logarithmic else values


@dataclass(frozen=True, eq=False)
class Chart:
    """Curves against epochs.

    Attributes:
        kind: What the vertical axis has; accuracies are in per cent.
        epochs: float64 (epochs,).
        curves: None or more.
    """

    kind: Literal["accuracy", "loss"]
    epochs: Numbers
    curves: tuple[Curve, ...]

    @property
    def title(self) -> str:
        """The name of the vertical axis."""
        return "accuracy (%)" if self.kind == "accuracy" else "loss"

    @property
    def marked(self) -> slice:
        """Which epochs get a mark; in long histories not every one, counted back from the last."""
        step = math.ceil(len(self.epochs) / _MOST_MARKS)
        return slice((len(self.epochs) - 1) % step, None, step)

    @property
    def can_be_logarithmic(self) -> bool:
        """Whether all values have a logarithm, and are no shares."""
        return self.kind == "loss" and bool(self.curves) and self._lowest > _SMALLEST

    @property
    def is_wide(self) -> bool:
        """Whether only a logarithmic axis shows all curves well."""
        return self.can_be_logarithmic and self._highest > _WIDE * self._lowest

    @property
    def _lowest(self) -> float:
        return min(float(curve.values.min()) for curve in self.curves)

    @property
    def _highest(self) -> float:
        return max(float(curve.values.max()) for curve in self.curves)

    def text(self, value: float) -> str:
        """Return a value in words, such as "91.64 %" or "0.2453"."""
        return f"{value:.2f} %" if self.kind == "accuracy" else f"{value:#.4g}".rstrip(".")

    def axis(self, logarithmic: bool = False) -> Axis:
        """Return a vertical axis on which all curves have room.

        Args:
            logarithmic: Wanted; ignored where a value has no logarithm.
        """
        if not self.curves:
            return Axis(0, 1, (), False)
        low, high = self._lowest, self._highest
        if logarithmic and self.can_be_logarithmic:
            margin = 0.05 * (math.log10(high) - math.log10(low)) + 0.02
            bottom, top = math.log10(low) - margin, math.log10(high) + margin
            return Axis(bottom, top, _logarithmic_ticks(bottom, top), True)
        largest = max(abs(low), abs(high))
        spread = high - low if high - low > _FLAT * largest else largest
        margin = 0.05 * spread if largest > _SMALLEST else 0.05
        bottom, top = low - margin, high + margin
        if self.kind == "accuracy":
            # Whole tens give a frame that stays while a training goes on; never beyond 0 and 100.
            bottom, top = 10 * math.floor(low / 10), 10 * math.ceil(high / 10)
            bottom, top = (bottom, top) if bottom < top else (max(bottom - 10, 0), min(top + 10, 100))
        return Axis(bottom, top, ticks(bottom, top, 8), False)


def charts(history: History) -> tuple[Chart, Chart]:
    """Return the charts of accuracy and of loss; one of them may have no curves.

    Columns that are neither, such as a learning rate, are left out.

    Raises:
        AdvguiError: No column is an accuracy or a loss, or an accuracy is not in [0, 1].
    """
    found: dict[str, list[tuple[str, Numbers]]] = {"accuracy": [], "loss": []}
    for column, values in history.columns.items():
        prefix, split = next(pair for pair in _SPLITS if column.startswith(pair[0]))
        base = column.removeprefix(prefix)
        last = base.rpartition("_")[2]
        if base in _ACCURACIES or last in ("accuracy", "acc"):
            if values.min() < 0 or values.max() > 1:
                raise AdvguiError(
                    f"In the history of '{history.name}', the accuracy '{column}' goes from {values.min():g} to "
                    f"{values.max():g}. Expected shares from 0 to 1. Choose another file."
                )
            found["accuracy"].append((f"{split} {_ACCURACIES.get(base, _words(base))}", 100 * values))
        elif last in _LOSSES:
            found["loss"].append((f"{split} {_words(base)}", values))
    if not any(found.values()):
        raise AdvguiError(
            f"The history of '{history.name}' has the columns {', '.join(history.columns)}. Expected an accuracy or a "
            "loss among them, such as 'validation_accuracy'. Choose another file."
        )
    accuracy, loss = (
        tuple(Curve(label, values, style) for style, (label, values) in enumerate(found[kind]))
        for kind in ("accuracy", "loss")
    )
    return Chart("accuracy", history.epochs, accuracy), Chart("loss", history.epochs, loss)


def _words(column: str) -> str:
    return column.replace("_", " ")


def ticks(low: float, high: float, most: int, whole: bool = False) -> tuple[tuple[float, str], ...]:
    """Return round numbers from `low` to `high`, and their texts.

    Args:
        low: Lower end, finite.
        high: Upper end, above `low`.
        most: About how many at most.
        whole: Whole numbers only.
    """
    wanted = (high - low) / most
    size = 10.0 ** math.floor(math.log10(wanted))
    step = next(factor * size for factor in (1, 2, 5, 10) if factor * size >= wanted * (1 - 1e-9))
    step = max(step, 1.0) if whole else step
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    form = f".{digits}f" if digits <= 6 and step < 1e6 else "g"
    return tuple((count * step, f"{count * step:{form}}") for count in range(first, last + 1))


def _logarithmic_ticks(low: float, high: float) -> tuple[tuple[float, str], ...]:
    decades = range(math.floor(low), math.ceil(high) + 1)
    decades = decades[:: math.ceil(len(decades) / 12)]
    factors: Sequence[int] = (1, 2, 5) if high - low < 3.5 else (1,)
    values = [factor * 10.0**decade for decade in decades for factor in factors]
    made = tuple((math.log10(value), f"{value:g}") for value in values if low <= math.log10(value) <= high)
    if len(made) >= 3:
        return made
    return tuple((math.log10(value), text) for value, text in ticks(10**low, 10**high, 8))
