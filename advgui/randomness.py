"""Random numbers that belong to an image, not to its place in a batch or to the order of evaluation."""

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """What a random number is for; different streams of one image are independent."""

    NOISE = 1
    DEFENDER = 2
    # The attacker's own draws of the mitigations that it knows.
    ATTACKER = 3
    # What an attack draws for itself, such as where it starts.
    SEARCH = 4
    # Noise over which a smoothed classifier takes its vote.
    SMOOTHING = 5


def generator(seed: int, stream: Stream, index: int, draw: int = 0) -> np.random.Generator:
    """Return the random generator of one image.

    Philox is counter-based: seed and image index make its key, stream and draw its counter, so that every image has
    its own numbers whatever the batch size, on every platform.

    Args:
        seed: Of the scenario, 0 or more.
        stream: What the numbers are for.
        index: Of the image; negative for pictures that are not in the data set.
        draw: Number of the draw, 0 or more.
    """
    key = np.array([seed, index], dtype=np.int64).astype(np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=[0, 0, draw, int(stream)]))
