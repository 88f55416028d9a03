"""What comes out of a scenario, as frozen dataclasses."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from advgui.types import FloatArray, IntArray, Scenario


@dataclass(frozen=True)
class Effort:
    """What an attack has cost, for all images of a batch together.

    Attributes:
        gradients: Gradients of single images; the mean of K draws is K of them.
        queries: Answers for single images without a gradient; those of K draws are K of them.
        gradient_values: Values of all (mean) gradients that the attack was given.
        zero_values: Those of them that are exactly 0: many mean that the loss is saturated, or the gradient masked.
    """

    gradients: int = 0
    queries: int = 0
    gradient_values: int = 0
    zero_values: int = 0

    def __add__(self, other: "Effort") -> "Effort":
        """Return what both cost together."""
        return Effort(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    def __sub__(self, other: "Effort") -> "Effort":
        """Return what this cost more than the other."""
        return Effort(*(getattr(self, field.name) - getattr(other, field.name) for field in fields(self)))

    @property
    def zero_share(self) -> float:
        """The share of gradient values that are exactly 0, in [0, 1]; 0 where there are none."""
        return self.zero_values / self.gradient_values if self.gradient_values else 0.0


class Position(NamedTuple):
    """Where an iterated attack stands that has not finished.

    Attributes:
        step: How many steps are done, from 1.
        steps: How many there are to be.
    """

    step: int
    steps: int

    def __str__(self) -> str:
        """Return it in words."""
        return f"step {self.step:,} of {self.steps:,}"


@dataclass(frozen=True, eq=False)
class Draws:
    """What single draws of random mitigations give in one column, in the order of the draws. All arrays are read-only.

    Attributes:
        images: For each draw, float32 (N, h, w, 3) in [0, 1].
        probabilities: For each draw, float32 (N, classes); rows sum to 1.
    """

    images: tuple[FloatArray, ...]
    probabilities: tuple[FloatArray, ...]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one scenario gives for a batch of images. All arrays are read-only.

    Attributes:
        scenario: What was asked for.
        images: For the key of each computed column, float32 (N, h, w, 3) in [0, 1]; a mitigation may change the size.
        probabilities: For the key of each computed column, float32 (N, classes); rows sum to 1. Of draws that are taken
            together, the scenario's rule has made one of those that there are so far.
        labels: int64 (N,), what predictions are held against and what attacks lead away from.
        linf: float32 (N,), largest absolute change of a value by the attack, in units of the pixel range.
        l2: float32 (N,), Euclidean length of that change.
        clipped: float32 (N,), share of values that clipping to the bounds changed, in [0, 1].
        effort: What the attack cost.
        position: Where an attack stood that had not finished; None where it had.
        draws: For the key of each column behind a random mitigation, its single draws, where they were kept for a look
            and there are to be several.
        draws_left: How many of the scenario's draws are still to come; 0 in what is finished.
    """

    scenario: Scenario
    images: Mapping[str, FloatArray]
    probabilities: Mapping[str, FloatArray]
    labels: IntArray
    linf: FloatArray
    l2: FloatArray
    clipped: FloatArray
    effort: Effort = Effort()
    position: Position | None = None
    draws: Mapping[str, Draws] = field(default_factory=lambda: MappingProxyType({}))
    draws_left: int = 0

    @property
    def goal_labels(self) -> IntArray:
        """int64 (N,), the classes that decide on the attack's success: the target's, or the true ones."""
        target = self.scenario.target
        return self.labels if target is None else np.full(len(self.labels), target, np.int64)

    def succeeded(self, column: str) -> NDArray[np.bool_]:
        """Return whether the attack reached its goal in a computed column, bool (N,).

        That is a prediction other than the true class, or the target where there is one.
        """
        reached: NDArray[np.bool_] = self.predictions(column) == self.goal_labels
        return ~reached if self.scenario.target is None else reached

    def predictions(self, column: str) -> IntArray:
        """Return the predicted classes of a computed column, int64 (N,)."""
        predicted: IntArray = self.probabilities[column].argmax(axis=1)
        return predicted

    def correct(self, column: str) -> NDArray[np.bool_]:
        """Return whether each prediction of a computed column equals its label, bool (N,)."""
        right: NDArray[np.bool_] = self.predictions(column) == self.labels
        return right


@dataclass(frozen=True, eq=False)
class Sweep:
    """What one image is taken for at several strengths of one scenario. All arrays are read-only.

    Attributes:
        strengths: One or more, in ascending order.
        probabilities: For the key of each computed column but (a), float32 (strengths, classes); rows sum to 1.
        label: The class that predictions are held against.
    """

    strengths: tuple[float, ...]
    probabilities: Mapping[str, FloatArray]
    label: int

    def of_label(self, column: str) -> FloatArray:
        """Return the probability of the label in a column, float32 (strengths,)."""
        found: FloatArray = self.probabilities[column][:, self.label]
        return found

    def predictions(self, column: str) -> IntArray:
        """Return the predicted classes of a column, int64 (strengths,)."""
        predicted: IntArray = self.probabilities[column].argmax(axis=1)
        return predicted

    def correct(self, column: str) -> NDArray[np.bool_]:
        """Return whether each prediction of a column equals the label, bool (strengths,)."""
        right: NDArray[np.bool_] = self.predictions(column) == self.label
        return right

    def joined(self, other: "Sweep") -> "Sweep":
        """Return this and other strengths of the same image and scenario together."""
        strengths = np.array(self.strengths + other.strengths)
        order = np.argsort(strengths, kind="stable")
        together = {
            key: np.concatenate([values, other.probabilities[key]]) for key, values in self.probabilities.items()
        }
        return Sweep(
            tuple(strengths[order].tolist()),
            MappingProxyType({key: values[order] for key, values in together.items()}),
            self.label,
        )
