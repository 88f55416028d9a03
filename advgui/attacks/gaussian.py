"""Gaussian noise, the paper's first attack."""

import numpy as np

from advgui.attacks.base import Access, DirectionAttack, Examples, Target
from advgui.parameters import Real
from advgui.randomness import Stream, generator
from advgui.types import FloatArray


class GaussianNoise(DirectionAttack):
    """x + noise_param * n, n standard normal per pixel and channel, clipped (paper, section 4, *Gaussian Noise*)."""

    name = "gaussian"
    label = "Gaussian noise"
    parameters = (
        Real(
            name="noise_param",
            label="noise_param",
            low=0.0,
            high=1.0,
            default=0.1,
            step=0.01,
            help="Standard deviation of the noise in every pixel and channel, in units of the range [0, 1].",
        ),
    )
    help = "Adds random noise, the same on average for every image; it does not look at the classifier."
    summary = "random noise"
    access = Access.NOTHING

    def direction(self, target: Target, examples: Examples) -> FloatArray:
        """Return standard normal numbers."""
        shape = examples.images.shape[1:]
        return np.stack(
            [
                generator(examples.seed, Stream.NOISE, int(index)).standard_normal(shape, dtype=np.float32)
                for index in examples.indices
            ]
        )
