"""The contract of an attack."""

from abc import ABC, abstractmethod
from typing import ClassVar, Protocol, final

import numpy as np

from advgui.types import Bounds, FloatArray, IntArray, Parameter


class Target(Protocol):
    """What an attack may know of a classifier."""

    bounds: Bounds

    def loss_gradient(self, images: FloatArray, labels: IntArray) -> FloatArray:
        """Return the gradient of the summed cross-entropy with respect to the images, float32 (N, H, W, C)."""
        ...


class Attack(ABC):
    """An attack that moves each image along a direction that does not depend on the strength.

    Hyper-parameters are set in the constructor, data comes with the call. The direction is computed apart from
    applying it, so that a slider or a curve over many strengths computes each gradient and each noise once.

    Attributes:
        name: Identifier.
        label: Name on screen.
        parameter: Its strength.
        help: One sentence for the tooltip.
        threat_model: What the attacker knows, in one line.
        in_linf_ball: Whether no value may move by more than the strength.
        is_random: Whether the direction depends on the seed.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    parameter: ClassVar[Parameter]
    help: ClassVar[str]
    threat_model: ClassVar[str]
    in_linf_ball: ClassVar[bool]
    is_random: ClassVar[bool]

    @abstractmethod
    def _direction(
        self, target: Target, images: FloatArray, labels: IntArray, seed: int, indices: IntArray
    ) -> FloatArray:
        """Return the direction, float32 of the images' shape."""

    @final
    def direction(
        self, target: Target, images: FloatArray, labels: IntArray, seed: int, indices: IntArray
    ) -> FloatArray:
        """Return the direction along which each image is moved.

        Args:
            target: The attacked classifier.
            images: float32 (N, H, W, C).
            labels: int64 (N,), the classes to lead away from.
            seed: Of the random numbers, 0 or more.
            indices: int64 (N,), the images' indices; an image's random numbers depend on its index and the seed alone.

        Returns:
            float32 (N, H, W, C). Each image's direction is independent of its neighbours in the batch.

        Raises:
            ValueError: Shapes, dtypes or values do not fit.
        """
        if images.ndim != 4 or images.dtype != np.float32 or not np.isfinite(images).all():
            raise ValueError(
                f"Images are {images.dtype} {images.shape}, expected finite float32 of shape (N, H, W, C)."
            )
        if labels.shape != (len(images),) or indices.shape != (len(images),):
            raise ValueError(
                f"{len(images)} images come with labels {labels.shape} and indices {indices.shape}, "
                f"expected ({len(images)},) for both."
            )
        return self._direction(target, images, labels, seed, indices)

    @final
    def apply(self, bounds: Bounds, images: FloatArray, direction: FloatArray, strength: float) -> FloatArray:
        """Move each image along its direction, within the bounds and, for a norm-bounded attack, within the ball.

        Args:
            bounds: The classifier's.
            images: float32 (N, H, W, C).
            direction: What `direction` returned for these images.
            strength: In units of the pixel range, at least 0.

        Returns:
            float32 (N, H, W, C) within the bounds. With `in_linf_ball`, `abs(result - images) <= strength` holds in
            float32 arithmetic for images within the bounds.

        Raises:
            ValueError: The strength is negative or not finite.
        """
        if not (np.isfinite(strength) and strength >= 0):
            raise ValueError(f"The strength is {strength}, expected a finite number of at least 0.")
        moved = images + np.float32(strength) * direction
        if self.in_linf_ball:
            # Rounding can end one float beyond the ball; the next float towards the image is inside.
            outside = np.abs(moved - images) > np.float32(strength)
            moved = np.where(outside, np.nextafter(moved, images), moved)
        return np.clip(moved, np.float32(bounds.low), np.float32(bounds.high))

    @final
    def __call__(
        self, target: Target, images: FloatArray, labels: IntArray, strength: float, seed: int, indices: IntArray
    ) -> FloatArray:
        """Return adversarial images: `direction` and `apply` in one."""
        return self.apply(target.bounds, images, self.direction(target, images, labels, seed, indices), strength)
