"""What is attacked: a classifier, alone or behind the mitigations that the attacker takes into account."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from advgui.attacks import Ascent, Examples, Loss, margins
from advgui.defenses import Defense, Step
from advgui.outcomes import Effort
from advgui.parameters import Settings
from advgui.randomness import Stream
from advgui.types import Bounds, FloatArray, IntArray

# Images of 32 px that go through the classifier at once, where draws are put together; more of them gain nothing on a
# CPU, and hold a live window up.
_AT_ONCE = 100
_PIXELS = 32 * 32


class Classifying(Protocol):
    """A classifier as the pipeline uses it."""

    bounds: Bounds
    class_names: tuple[str, ...]
    name: str
    sha256: str

    def logits(self, images: FloatArray) -> FloatArray:
        """Return logits, float32 (N, classes), for float32 images (N, H, W, 3) within the bounds."""
        ...

    def loss_gradient_and_logits(
        self, images: FloatArray, labels: IntArray, loss: Loss = Loss.CROSS_ENTROPY
    ) -> tuple[FloatArray, FloatArray]:
        """Return the gradient of the summed loss with respect to the images, and the logits."""
        ...


# A step of the chain, and the images that it was given.
_Passed = list[tuple[Step, FloatArray]]


class Victim:
    """A classifier behind a chain of mitigations, as a differentiable whole (an `attacks.Target`).

    The gradient runs forward along the chain and backward in reverse. With random mitigations it is the mean over the
    attacker's own draws (expectation over transformation: Athalye, Carlini and Wagner, ICML 2018); the defender's draws
    belong to another stream of random numbers. Every call uses new draws. What stands before the first random
    mitigation is the same for all draws, and is run once.

    Args:
        classifier: At the end.
        links: The mitigations in front of it that the attacker knows, with their settings, in order.
        draws: How many draws a gradient is averaged over, at least 1; it matters for random mitigations alone.
        pause: Called between every two passes through a network; what it raises ends the attack.

    Attributes:
        effort: What was asked for so far.
    """

    def __init__(
        self,
        classifier: Classifying,
        links: Sequence[tuple[Defense, Settings]] = (),
        draws: int = 1,
        pause: Callable[[], None] = lambda: None,
    ) -> None:
        self.bounds = classifier.bounds
        self.effort = Effort()
        # Logits that came with a gradient, and the images that they belong to: often those of column (a).
        self.seen: tuple[FloatArray, FloatArray] | None = None
        self._classifier = classifier
        first = next((place for place, (defense, _) in enumerate(links) if defense.is_random), len(links))
        self._fixed, self._random = links[:first], links[first:]
        self._draws = draws if self._random else 1
        self._next_draw = 0
        self._pause = pause

    def loss_gradient(self, images: FloatArray, examples: Examples, loss: Loss = Loss.CROSS_ENTROPY) -> FloatArray:
        """Return the gradient of the loss that the attacker wants to raise (see `attacks.Target`)."""
        return self.ascent(images, examples, loss).gradient

    def ascent(self, images: FloatArray, examples: Examples, loss: Loss = Loss.CROSS_ENTROPY) -> Ascent:
        """Return that gradient and the margin (see `attacks.Target`)."""
        behind, passed = self._forward(self._fixed, images, examples, 0)
        total, margin = np.zeros_like(behind), np.zeros(len(images), np.float32)
        for draws in self._portions(behind):
            ways = [self._forward(self._random, behind, examples, draw) for draw in draws]
            given = _joined([seen for seen, _ in ways])
            labels = np.tile(examples.goal_labels, len(ways))
            gradient, logits = self._classifier.loss_gradient_and_logits(given, labels, loss)
            if not self._fixed and not self._random:
                self.seen = images, logits
            for (_, steps), part in zip(ways, np.split(gradient, len(ways)), strict=True):
                self._pause()
                total += _backward(steps, part)
            margin += _summed(logits, examples)
        gradient = _backward(passed, total / np.float32(self._draws) if self._draws > 1 else total)
        self.effort += Effort(
            gradients=len(images) * self._draws,
            gradient_values=gradient.size,
            zero_values=gradient.size - int(np.count_nonzero(gradient)),
        )
        return Ascent(gradient if examples.target is None else -gradient, margin / np.float32(self._draws))

    def margin(self, images: FloatArray, examples: Examples) -> FloatArray:
        """Return how far the attacker has got (see `attacks.Target`)."""
        behind, _ = self._forward(self._fixed, images, examples, 0)
        margin = np.zeros(len(images), np.float32)
        for draws in self._portions(behind):
            ways = [self._forward(self._random, behind, examples, draw)[0] for draw in draws]
            margin += _summed(self._classifier.logits(_joined(ways)), examples)
        self.effort += Effort(queries=len(images) * self._draws)
        return margin / np.float32(self._draws)

    def probabilities(self, images: FloatArray, examples: Examples) -> FloatArray:
        """Return what a query brings back: the answer of one draw, as anybody gets it (see `attacks.Target`)."""
        behind, _ = self._forward([*self._fixed, *self._random], images, examples, self._next_draw)
        self._next_draw += 1
        self.effort += Effort(queries=len(images))
        return softmax(self._classifier.logits(behind))

    def _portions(self, images: FloatArray) -> list[range]:
        """Share this call's draws out to passes through the classifier."""
        pixels = images.shape[1] * images.shape[2]
        size = max(1, _AT_ONCE * _PIXELS // (len(images) * pixels))
        first, stop = self._next_draw, self._next_draw + self._draws
        self._next_draw = stop
        return [range(draw, min(draw + size, stop)) for draw in range(first, stop, size)]

    def _forward(
        self, links: Sequence[tuple[Defense, Settings]], images: FloatArray, examples: Examples, draw: int
    ) -> tuple[FloatArray, _Passed]:
        self._pause()
        passed: _Passed = []
        for defense, settings in links:
            height, width = images.shape[1:3]
            step = defense.step(settings, (height, width), examples.seed, Stream.ATTACKER, examples.indices, draw)
            passed.append((step, images))
            images = step.forward(images)
        return images, passed


def softmax(logits: FloatArray) -> FloatArray:
    """Return probabilities, float32 (N, classes)."""
    exponentials: FloatArray = np.exp(logits - logits.max(axis=1, keepdims=True))
    exponentials /= exponentials.sum(axis=1, keepdims=True)
    return exponentials


def slopes(logits: FloatArray, labels: IntArray, loss: Loss) -> FloatArray:
    """Return the gradient of the summed loss with respect to the logits, float32 (N, classes)."""
    rows = np.arange(len(logits))
    if loss is Loss.CROSS_ENTROPY:
        result = softmax(logits)
    else:
        result, others = np.zeros_like(logits), logits.copy()
        others[rows, labels] = -np.inf
        result[rows, others.argmax(axis=1)] = 1
    result[rows, labels] -= 1
    return result


def _summed(logits: FloatArray, examples: Examples) -> FloatArray:
    """Return the margins, summed over as many draws as the logits are of."""
    total = np.zeros(len(examples), np.float32)
    for part in np.split(logits, len(logits) // len(examples)):
        total += margins(part, examples)
    return total


def _joined(batches: list[FloatArray]) -> FloatArray:
    return batches[0] if len(batches) == 1 else np.concatenate(batches)


def _backward(passed: _Passed, gradient: FloatArray) -> FloatArray:
    for step, given in reversed(passed):
        gradient = step.backward(given, gradient)
    return gradient
