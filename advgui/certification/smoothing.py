"""Votes over noisy copies of an image. NumPy alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from advgui.certification.bounds import ALPHA
from advgui.defenses import Defense
from advgui.parameters import NO_SETTINGS
from advgui.randomness import Stream, generator
from advgui.types import FloatArray, IntArray
from advgui.victim import Classifying

# Copies that go through the networks at once; a fixed number, so that the same copies always round the same way.
PORTION = 100


class Vote(IntEnum):
    """What a vote is for; its number is that of the draw of random numbers."""

    CHOOSING = 0
    ESTIMATING = 1


@dataclass(frozen=True)
class Smoothing:
    """How copies are made, counted and judged.

    Attributes:
        sigma: Standard deviation of the Gaussian noise, in units of the pixel range.
        choosing: Copies that choose the class (n0 of Cohen et al.).
        estimating: Copies that bound its share (n).
        alpha: Risk that a certificate is wrong, in (0, 1).
        denoised: Whether the autoencoder stands between the noise and the classifier.
        seed: Of the noise, 0 or more.

    Raises:
        ValueError: A value is out of its range.
    """

    sigma: float = 0.1
    choosing: int = 100
    estimating: int = 1_000
    alpha: float = ALPHA
    denoised: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        sound = 0 < self.sigma <= 1 and 0 < self.alpha < 1 and self.choosing >= 1 and self.estimating >= 1
        if not (sound and self.seed >= 0):
            raise ValueError(
                f"{self}, expected sigma in (0, 1], alpha in (0, 1), at least one copy for each vote, and a seed of "
                "at least 0."
            )

    def copies(self, vote: Vote) -> int:
        """Return how many copies a vote has."""
        return self.choosing if vote is Vote.CHOOSING else self.estimating


@dataclass(frozen=True)
class Smoothed:
    """A classifier, perhaps behind an autoencoder, whose answer is a vote over noisy copies.

    Attributes:
        smoothing: How.
        classifier: Answers for each copy.
        autoencoder: Restores each copy before; None where there is none.
    """

    smoothing: Smoothing
    classifier: Classifying
    autoencoder: Defense | None

    def noisy(self, image: FloatArray, index: int, vote: Vote) -> Iterator[FloatArray]:
        """Yield the noisy copies of an image, in portions.

        Clipping after the noise is part of the function that is smoothed, and does no harm to the proof.

        Args:
            image: float32 (H, W, 3) in [0, 1].
            index: Of the image: its noise depends on it, the seed and the vote alone.
            vote: What for.

        Yields:
            float32 (n, H, W, 3) in [0, 1], n at most `PORTION`.
        """
        random = generator(self.smoothing.seed, Stream.SMOOTHING, index, int(vote))
        left = self.smoothing.copies(vote)
        while left:
            count = min(left, PORTION)
            noise = random.standard_normal((count, *image.shape), np.float32)
            yield np.clip(image + np.float32(self.smoothing.sigma) * noise, 0, 1)
            left -= count

    def classified(self, copies: FloatArray) -> IntArray:
        """Return the class that each copy is given, int64 (n,), for float32 (n, H, W, 3)."""
        if self.autoencoder is not None:
            shape = copies.shape[1], copies.shape[2]
            indices = np.zeros(len(copies), np.int64)
            step = self.autoencoder.step(NO_SETTINGS, shape, self.smoothing.seed, Stream.DEFENDER, indices, 0)
            copies = step.forward(copies)
        predicted: IntArray = self.classifier.logits(copies).argmax(axis=1)
        return predicted

    def votes(self, image: FloatArray, index: int, vote: Vote) -> Iterator[IntArray]:
        """Yield the votes for each class so far, int64 (classes,), after each portion of the copies (see `noisy`)."""
        counts = np.zeros(len(self.classifier.class_names), np.int64)
        for copies in self.noisy(image, index, vote):
            counts = counts + np.bincount(self.classified(copies), minlength=len(counts))
            yield counts
