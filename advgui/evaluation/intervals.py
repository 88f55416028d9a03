"""Counts of correct predictions, their intervals, and what they say about a mitigation. NumPy alone."""

from dataclasses import dataclass
from math import log, nan, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from advgui.types import IntArray

CONFIDENCE = 0.95


def wilson(correct: int, total: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the Wilson score interval of a share.

    Unlike the usual normal approximation it never leaves [0, 1] and has a width for 0 and for 100 % (Wilson, JASA 1927;
    recommended by Brown, Cai and DasGupta, *Interval estimation for a binomial proportion*, 2001).

    Args:
        correct: Number of successes, from 0 to `total`.
        total: Number of trials, at least 0; with none, nothing is known and the interval is (0, 1).
        confidence: In (0, 1).

    Returns:
        Lower and upper end, in [0, 1].

    Raises:
        ValueError: A number is out of its range.
    """
    if not (0 <= correct <= total and 0 < confidence < 1):
        raise ValueError(
            f"{correct} correct of {total} at confidence {confidence}, expected 0 <= correct <= total and a confidence "
            "between 0 and 1."
        )
    if total == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = correct / total
    scale = 1 + z**2 / total
    centre = (share + z**2 / (2 * total)) / scale
    half = z / scale * sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    # At the two ends the formula gives exactly 0 and 1; rounding may miss them by a float.
    return (max(0.0, centre - half) if correct else 0.0), (min(1.0, centre + half) if correct < total else 1.0)


@dataclass(frozen=True)
class Tally:
    """How many of how many predictions are correct.

    Attributes:
        correct: From 0 to `total`.
        total: At least 0.
    """

    correct: int
    total: int

    @property
    def accuracy(self) -> float:
        """The share in [0, 1]; NaN where nothing was counted."""
        return self.correct / self.total if self.total else nan

    @property
    def low(self) -> float:
        """Lower end of the Wilson 95 % interval, in [0, 1]."""
        return wilson(self.correct, self.total)[0]

    @property
    def high(self) -> float:
        """Upper end of the Wilson 95 % interval, in [0, 1]."""
        return wilson(self.correct, self.total)[1]


@dataclass(frozen=True, eq=False)
class Paired:
    """What a mitigation changed, image by image. Each image is in exactly one of the four.

    Attributes:
        fixed: Indices of the images that were wrong without the mitigation and are right with it.
        broken: Indices of those that were right and are wrong now.
        still_wrong: Indices of those that are wrong either way.
        still_right: Indices of those that are right either way.
    """

    fixed: IntArray
    broken: IntArray
    still_wrong: IntArray
    still_right: IntArray

    NAMES = ("fixed", "broken", "still_wrong", "still_right")

    @property
    def counts(self) -> dict[str, int]:
        """The number of images of each kind, by name."""
        return {name: len(getattr(self, name)) for name in self.NAMES}


def tally(labels: ArrayLike, predictions: ArrayLike) -> Tally:
    """Count the predictions (N,) that equal their labels (N,)."""
    right = np.equal(labels, predictions)
    return Tally(int(right.sum()), right.size)


def paired(indices: IntArray, before: NDArray[np.bool_], after: NDArray[np.bool_]) -> Paired:
    """Compare two lists of verdicts on the same images.

    Args:
        indices: int64 (N,), the images' indices.
        before: bool (N,), whether each prediction is right without the mitigation.
        after: bool (N,), whether it is right with it.
    """
    return Paired(
        fixed=indices[~before & after],
        broken=indices[before & ~after],
        still_wrong=indices[~before & ~after],
        still_right=indices[before & after],
    )


def sign_test(more: int, fewer: int) -> float:
    """Return how likely it is that chance alone gives at least this many of the images on which two methods differ.

    The exact, one-sided test for paired verdicts (McNemar, Psychometrika 1947): were the methods equally good, an image
    on which they differ would speak for either with probability 1/2.

    Args:
        more: Images that speak for one method, at least 0.
        fewer: Images that speak for the other, at least 0.

    Returns:
        The probability of at least `more` of `more + fewer`, in (0, 1].
    """
    images = more + fewer
    logarithms = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, images + 1)))])  # of the factorials
    counts = np.arange(more, images + 1)
    terms = np.exp(logarithms[images] - logarithms[counts] - logarithms[images - counts] - images * log(2))
    return min(1.0, float(terms.sum()))


def confusion(labels: ArrayLike, predictions: ArrayLike, classes: int) -> IntArray:
    """Return the confusion matrix, int64 (classes, classes): true classes are rows, predicted ones columns."""
    matrix = np.zeros((classes, classes), np.int64)
    np.add.at(matrix, (np.asarray(labels), np.asarray(predictions)), 1)
    return matrix
