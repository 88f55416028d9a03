"""A black-box attack: random search that sees nothing but the probabilities which come back."""

import math
from collections.abc import Generator

import numpy as np

from advgui.attacks.ascent import epsilon
from advgui.attacks.base import Access, Examples, Target, margins
from advgui.attacks.iterated import IteratedAttack
from advgui.parameters import Real, Settings, Whole
from advgui.randomness import Stream, generator
from advgui.types import FloatArray, IntArray

# The share of the search after which the squares' area is halved once more (their section 5.1: for 10,000 queries after
# 10, 50, 200, ...).
_HALVED_AFTER = (0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8)
# The smallest probability that is told from 0.
_LEAST = np.finfo(np.float32).tiny


class Square(IteratedAttack):
    """Moves squares at random places by epsilon, and keeps what brings it closer to its goal.

    Andriushchenko, Croce, Flammarion and Hein, *Square Attack: a query-efficient black-box adversarial attack via
    random search*, ECCV 2020: algorithms 1 and 2. Each value of each channel always stands at one end of its range: at
    first in stripes as high as the image, then a square of one colour at a time.

    A query brings back one draw of the random mitigations that it goes through, as anybody gets it. The attack looks at
    the image itself first, and an image that has reached its goal, in the draw that came back, asks no more.
    """

    name = "square"
    label = "Square"
    parameters = (
        epsilon(),
        Whole(
            "queries",
            "queries",
            low=2,
            high=10_000,
            default=500,
            help="How often it may ask for the probabilities of an image; the image itself is the first.",
        ),
        Real(
            "p_init",
            "share of the image",
            low=0.01,
            high=1.0,
            default=0.8,
            step=0.05,
            help="Area of the first squares, as a share of the image; later ones are smaller.",
        ),
    )
    help = "Changes squares at random and keeps what helps. It knows the probabilities that come back, and no gradient."
    summary = "black box, probabilities alone, L∞"
    norm = "linf"
    access = Access.PROBABILITIES
    # So few that a window can follow.
    in_step = 10

    def steps(self, settings: Settings) -> int:
        """Return the steps if the goal is never reached."""
        return -(-settings.whole("queries") // self.in_step)

    def iterates(
        self, target: Target, examples: Examples, settings: Settings
    ) -> Generator[FloatArray, None, FloatArray]:
        """Yield the images after every few queries; return the best ones (see `IteratedAttack.iterates`)."""
        search = _Search(self, target, examples, settings.real("epsilon"))
        search.ask(np.arange(len(examples)), examples.images)
        # The stripes are the start of the search: from here on every image has moved.
        search.reached[search.reached <= 0] = -np.inf
        proposals = settings.whole("queries") - 1
        for query in range(proposals):
            wanting = np.flatnonzero(search.reached <= 0)
            if not len(wanting):
                break
            side = _side(settings.real("p_init"), (query - 1) / proposals, examples.images) if query else None
            search.ask(wanting, search.proposed(wanting, side))
            if (query + 2) % self.in_step == 0:
                yield search.images
        return search.images


class _Search:
    """Where the search stands.

    Attributes:
        images: The best images so far.
        reached: Their margins (`attacks.base.margins`).
    """

    def __init__(self, attack: Square, target: Target, examples: Examples, strength: float) -> None:
        start, size, bounds = examples.images, np.float32(strength), target.bounds
        self.images = start.copy()
        self.reached = np.full(len(start), -np.inf, np.float32)
        self._target, self._examples = target, examples
        # Where a value may stand.
        self._low, self._high = (attack.kept_within(bounds, start, start + move, strength) for move in (-size, size))
        # Each image has its own random numbers, whatever its neighbours need.
        self._random = [generator(examples.seed, Stream.SEARCH, int(index)) for index in examples.indices]

    def ask(self, places: IntArray, images: FloatArray) -> None:
        """Ask for the probabilities of some images, and keep those that are better.

        Args:
            places: int64 (n,), which images of the batch.
            images: float32 (n, H, W, C).
        """
        examples = self._examples.some(places)
        found = margins(np.log(np.maximum(self._target.probabilities(images, examples), _LEAST)), examples)
        is_better = found > self.reached[places]
        self.images[places[is_better]] = images[is_better]
        self.reached[places[is_better]] = found[is_better]

    def proposed(self, places: IntArray, side: int | None) -> FloatArray:
        """Return some of the images with a square of a side moved, or with stripes all over."""
        images = self.images[places]
        height, width, channels = images.shape[1:]
        for image, place in zip(images, places, strict=True):
            random = self._random[place]
            if side is None:
                window = slice(None), slice(None)
                up = random.integers(2, size=(1, width, channels), dtype=np.uint8)
            else:
                top, left = random.integers((height - side + 1, width - side + 1))
                window = slice(top, top + side), slice(left, left + side)
                up = random.integers(2, size=(1, 1, channels), dtype=np.uint8)
            image[window] = np.where(up, self._high[place][window], self._low[place][window])
        return images


def _side(share: float, done: float, images: FloatArray) -> int:
    """Return the side of the squares in pixels.

    Args:
        share: Area of the first ones, as a share of the image.
        done: The share of the search that is done, in [0, 1].
        images: float32 (N, H, W, C).
    """
    height, width = images.shape[1:3]
    area = share * 0.5 ** sum(done > limit for limit in _HALVED_AFTER)
    side: int = min(max(round(math.sqrt(area * height * width)), 1), height, width)
    return side
