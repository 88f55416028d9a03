"""What attacks that follow the gradient for many steps have in common."""

from abc import abstractmethod
from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray

from advgui.attacks.base import Examples, Loss, Target
from advgui.attacks.iterated import IteratedAttack
from advgui.parameters import Choice, Flag, Real, Settings, Whole
from advgui.randomness import Stream, generator
from advgui.types import Bounds, FloatArray

STEPS = Whole("steps", "steps", low=1, high=1000, default=20, help="How often the attack follows the gradient.")
RANDOM_START = Flag(
    "random_start",
    "random start",
    default=True,
    help="Starts somewhere in the ball around the image, not at the image itself.",
)
RESTARTS = Whole(
    "restarts",
    "restarts",
    low=1,
    high=100,
    default=1,
    help="How often it begins anew, from the second time on at a random place; the best result is kept.",
)
LOSS = Choice(
    "loss",
    "loss",
    options=tuple(Loss),
    default=Loss.CROSS_ENTROPY,
    help="What is raised: the cross-entropy, or the margin of Carlini and Wagner, which sees through a saturated "
    "softmax.",
)


def epsilon(default: float = 8 / 255, high: float = 0.3, step: float = 1 / 255, in_255ths: bool = True) -> Real:
    """Return the strength of an attack in a ball."""
    return Real(
        "epsilon",
        "epsilon",
        low=0.0,
        high=high,
        default=default,
        step=step,
        help="Radius of the ball around the image that the attack stays in, in units of the range [0, 1]"
        + ("; usual for CIFAR-10 is 8/255." if in_255ths else "; usual for CIFAR-10 is 0.5."),
        in_255ths=in_255ths,
    )


def path(default: float) -> Real:
    """Return the length of the way, from which the step size follows."""
    return Real(
        "path",
        "path length",
        low=0.1,
        high=100.0,
        default=default,
        step=0.1,
        help="Length of all steps together, in units of epsilon: the step size is path * epsilon / steps.",
    )


class GradientAscent(IteratedAttack):
    """Steps along the gradient, back into the ball after each; of all places where it was, the best for each image.

    The best is the one with the largest margin (`Target.margin`): where the goal is reached it is larger than 0.
    """

    @abstractmethod
    def direction(self, gradient: FloatArray, memory: FloatArray, settings: Settings) -> tuple[FloatArray, FloatArray]:
        """Return the step for a step size of 1, and what the next step is to remember.

        Args:
            gradient: float32 (N, H, W, C).
            memory: What the step before returned; zeros before the first.
            settings: A value for each of `parameters`.
        """

    def steps(self, settings: Settings) -> int:
        """Return the steps of all restarts."""
        return settings.whole("steps") * (settings.whole("restarts") if "restarts" in settings else 1)

    def iterates(
        self, target: Target, examples: Examples, settings: Settings
    ) -> Generator[FloatArray, None, FloatArray]:
        """Yield the images after each step; return the best ones (see `IteratedAttack.iterates`)."""
        start, bounds = examples.images, target.bounds
        loss, strength = Loss(str(settings["loss"])), settings.real("epsilon")
        size = np.float32(settings.real("path") * strength / settings.whole("steps"))
        best, reached = start, np.full(len(start), -np.inf, np.float32)
        for restart in range(settings.whole("restarts") if "restarts" in settings else 1):
            images = start
            if restart or settings.get("random_start", False):
                images = self.kept_within(bounds, start, self._somewhere(bounds, examples, strength, restart), strength)
            memory = np.zeros_like(start)
            for _ in range(settings.whole("steps")):
                gradient, margin = target.ascent(images, examples, loss)
                best, reached = _better(best, reached, images, margin)
                step, memory = self.direction(gradient, memory, settings)
                images = self.kept_within(bounds, start, images + size * step, strength)
                yield images
            best, reached = _better(best, reached, images, target.margin(images, examples))
        return best

    def _somewhere(self, bounds: Bounds, examples: Examples, strength: float, restart: int) -> FloatArray:
        """Return a place in the ball around each image, drawn uniformly."""
        size = np.float32(strength)
        shape = examples.images.shape[1:]
        draws = [generator(examples.seed, Stream.SEARCH, int(index), restart) for index in examples.indices]
        if self.norm == "linf":
            return examples.images + size * np.stack([draw.uniform(-1, 1, shape).astype(np.float32) for draw in draws])
        # A direction, and a radius whose power is uniform: the volume grows with the number of dimensions.
        moves = [
            direction / np.linalg.norm(direction) * draw.uniform() ** (1 / direction.size)
            for draw in draws
            for direction in [draw.standard_normal(shape)]
        ]
        return examples.images + size * np.stack(moves).astype(np.float32)


def _better(
    best: FloatArray, reached: FloatArray, images: FloatArray, margin: FloatArray
) -> tuple[FloatArray, FloatArray]:
    is_better = margin > reached
    return np.where(is_better[:, None, None, None], images, best), np.maximum(reached, margin)


def divided(gradient: FloatArray, length: NDArray[np.floating]) -> FloatArray:
    """Return each image's gradient divided by its length, given as float (N,); zeros stay zeros.

    However short: near a saturated softmax the direction is all that is left of a gradient.
    """
    divisor = np.where(length > 0, length, 1).astype(np.float32)
    shorter: FloatArray = gradient / divisor[:, None, None, None]
    return shorter
