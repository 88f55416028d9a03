"""The words of the application as small frozen dataclasses. Plain Python and NumPy, nothing heavy."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]


class Column(StrEnum):
    """The five images of every figure and table of the paper."""

    CLEAN = "clean"
    ATTACKED = "attacked"
    AUTOENCODER = "autoencoder"
    RANDOMIZATION = "randomization"
    BOTH = "both"

    @property
    def letter(self) -> str:
        """The paper's letter, "a" to "e"."""
        return "abcde"[list(Column).index(self)]


class ProtocolName(StrEnum):
    """How images are scaled on their way through the pipeline (README, *Protocols: corrected and as published*)."""

    CORRECTED = "corrected"
    AS_PUBLISHED = "as-published"


class Reading(StrEnum):
    """The two readings of the published Gaussian attack; only the protocol *as published* tells them apart."""

    STANDARDIZED = "standardized"  # noise on standardised pixels, then clipped to [0, 1]: the notebook
    SCALED = "scaled"  # noise on x/255, clipped to [0, 1]: probably table 1


@dataclass(frozen=True)
class Bounds:
    """The range of a pixel value; it travels with the classifier, so that no function guesses it."""

    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True)
class Parameter:
    """A number that a person may choose, declared once as data; the window builds its rows from it.

    Attributes:
        name: Identifier, as in the paper where it has one.
        label: What stands beside the slider.
        low: Smallest value.
        high: Largest value.
        default: Value at the start.
        step: Smallest useful change.
        help: One sentence for the tooltip.
        in_255ths: Whether the value is also shown as k/255.
    """

    name: str
    label: str
    low: float
    high: float
    default: float
    step: float
    help: str
    in_255ths: bool = False


# What a field of a scenario is in JSON, where that is not its own type.
_IN_JSON: Mapping[type, tuple[type, ...]] = {float: (float, int), ProtocolName: (str,), Reading: (str,)}


@dataclass(frozen=True)
class Scenario:
    """Everything besides the images that determines an outcome.

    Attributes:
        attack: Name in `advgui.attacks.ATTACKS`: "gaussian" or "fgsm".
        strength: `noise_param` or `epsilon`, in units of the pixel range [0, 1].
        autoencoder: Whether columns (c) and (e) are computed.
        randomization: Whether columns (d) and (e) are computed.
        protocol: How images are scaled.
        reading: Of the published Gaussian attack; matters under *as published* alone.
        seed: Of the Gaussian noise and the randomization layer, 0 or more.
        draws: Draws of the randomization layer whose probabilities are averaged, at least 1.

    Raises:
        ValueError: A value is out of its range.
    """

    attack: str = "fgsm"
    strength: float = 8 / 255
    autoencoder: bool = True
    randomization: bool = True
    protocol: ProtocolName = ProtocolName.CORRECTED
    reading: Reading = Reading.STANDARDIZED
    seed: int = 0
    draws: int = 1

    VERSION = 1

    def __post_init__(self) -> None:
        if not (np.isfinite(self.strength) and self.strength >= 0):
            raise ValueError(f"The strength is {self.strength}, expected a finite number of at least 0.")
        if self.seed < 0 or self.draws < 1:
            raise ValueError(f"seed is {self.seed} and draws {self.draws}, expected at least 0 and at least 1.")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that are computed; (a) and (b) always are."""
        wanted = {
            Column.CLEAN: True,
            Column.ATTACKED: True,
            Column.AUTOENCODER: self.autoencoder,
            Column.RANDOMIZATION: self.randomization,
            Column.BOTH: self.autoencoder and self.randomization,
        }
        return tuple(column for column in Column if wanted[column])

    def to_json(self) -> str:
        """Return the scenario as JSON text with its version."""
        return json.dumps({"version": self.VERSION, **asdict(self)})

    @classmethod
    def from_json(cls, text: str) -> "Scenario":
        """Return the scenario that `to_json` wrote.

        Raises:
            ValueError: Not JSON, another version, unknown or missing fields, or a value of another kind.
        """
        try:
            values: dict[str, Any] = json.loads(text)
            version = values.pop("version")
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError("This is no scenario: expected a JSON object with a 'version'.") from error
        if version != cls.VERSION or set(values) != {field.name for field in fields(cls)}:
            raise ValueError(f"A scenario of version {version} with other fields; this program reads {cls.VERSION}.")
        for field in fields(cls):
            value, kind = values[field.name], type(field.default)
            if type(value) not in _IN_JSON.get(kind, (kind,)):
                raise ValueError(f"The scenario's '{field.name}' is {value!r}, expected one such as {field.default!r}.")
        return cls(**values | {"protocol": ProtocolName(values["protocol"]), "reading": Reading(values["reading"])})


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one scenario gives for a batch of images. All arrays are read-only.

    Attributes:
        scenario: What was asked for.
        images: For each computed column, float32 (N, h, w, 3) in [0, 1]; columns (d) and (e) have the canvas' size.
        probabilities: For each computed column, float32 (N, classes); rows sum to 1.
        labels: int64 (N,), what predictions are held against and what FGSM attacks.
        linf: float32 (N,), largest absolute change of a value by the attack, in units of the pixel range.
        l2: float32 (N,), Euclidean length of that change.
        clipped: float32 (N,), share of values that clipping to the bounds changed, in [0, 1].
    """

    scenario: Scenario
    images: Mapping[Column, FloatArray]
    probabilities: Mapping[Column, FloatArray]
    labels: IntArray
    linf: FloatArray
    l2: FloatArray
    clipped: FloatArray

    def predictions(self, column: Column) -> IntArray:
        """Return the predicted classes of a computed column, int64 (N,)."""
        predicted: IntArray = self.probabilities[column].argmax(axis=1)
        return predicted

    def correct(self, column: Column) -> NDArray[np.bool_]:
        """Return whether each prediction of a computed column equals its label, bool (N,)."""
        right: NDArray[np.bool_] = self.predictions(column) == self.labels
        return right
