"""What is attacked: a classifier, alone or behind the mitigations that the attacker takes into account."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from advgui.attacks import Examples
from advgui.defenses import Defense
from advgui.parameters import Settings
from advgui.randomness import Stream
from advgui.types import Bounds, FloatArray, IntArray


class Classifying(Protocol):
    """A classifier as the pipeline uses it."""

    bounds: Bounds
    class_names: tuple[str, ...]
    name: str
    sha256: str

    def logits(self, images: FloatArray) -> FloatArray:
        """Return logits, float32 (N, classes), for float32 images (N, H, W, 3) within the bounds."""
        ...

    def loss_gradient_and_logits(self, images: FloatArray, labels: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return the gradient of the summed cross-entropy with respect to the images, and the logits."""
        ...


class Victim:
    """A classifier behind a chain of mitigations, as a differentiable whole (an `attacks.Target`).

    The gradient runs forward along the chain and backward in reverse. With random mitigations it is the mean over the
    attacker's own draws (expectation over transformation: Athalye, Carlini and Wagner, ICML 2018); the defender's draws
    belong to another stream of random numbers. Every call uses new draws.

    Args:
        classifier: At the end.
        links: The mitigations in front of it that the attacker knows, with their settings, in order.
        draws: How many draws a gradient is averaged over, at least 1; it matters for random mitigations alone.
    """

    def __init__(self, classifier: Classifying, links: Sequence[tuple[Defense, Settings]] = (), draws: int = 1) -> None:
        self.bounds = classifier.bounds
        # Logits that came with a gradient, and the images that they belong to: often those of column (a).
        self.seen: tuple[FloatArray, FloatArray] | None = None
        self._classifier = classifier
        self._links = links
        self._draws = draws if any(defense.is_random for defense, _ in links) else 1
        self._next_draw = 0

    def loss_gradient(self, images: FloatArray, examples: Examples) -> FloatArray:
        """Return the gradient of the loss that the attacker wants to raise (see `attacks.Target`)."""
        if examples.target is None:
            return self._gradient(images, examples, examples.labels)
        return -self._gradient(images, examples, np.full(len(images), examples.target, np.int64))

    def _gradient(self, images: FloatArray, examples: Examples, labels: IntArray) -> FloatArray:
        if not self._links:
            gradient, logits = self._classifier.loss_gradient_and_logits(images, labels)
            self.seen = images, logits
            return gradient
        total = np.zeros_like(images)
        for _ in range(self._draws):
            total += self._gradient_of_draw(images, examples, labels)
            self._next_draw += 1
        return total / np.float32(self._draws)

    def _gradient_of_draw(self, images: FloatArray, examples: Examples, labels: IntArray) -> FloatArray:
        passed = []
        for defense, settings in self._links:
            height, width = images.shape[1:3]
            step = defense.step(
                settings, (height, width), examples.seed, Stream.ATTACKER, examples.indices, self._next_draw
            )
            passed.append((step, images))
            images = step.forward(images)
        gradient, _ = self._classifier.loss_gradient_and_logits(images, labels)
        for step, given in reversed(passed):
            gradient = step.backward(given, gradient)
        return gradient
