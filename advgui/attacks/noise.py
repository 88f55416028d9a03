"""Gaussian noise, the paper's first attack."""

from typing import ClassVar

import numpy as np

from advgui.attacks.base import Attack, Target
from advgui.randomness import Stream, generator
from advgui.types import FloatArray, IntArray, Parameter


class GaussianNoise(Attack):
    """x + noise_param * n, n standard normal per pixel and channel, clipped (paper, section 4, *Gaussian Noise*)."""

    name: ClassVar[str] = "gaussian"
    label: ClassVar[str] = "Gaussian noise"
    parameter: ClassVar[Parameter] = Parameter(
        name="noise_param",
        label="noise_param",
        low=0.0,
        high=1.0,
        default=0.1,
        step=0.01,
        help="Standard deviation of the noise that is added to every pixel and channel, in units of the range [0, 1].",
    )
    help: ClassVar[str] = "Adds random noise, the same on average for every image; it does not look at the classifier."
    threat_model: ClassVar[str] = "random noise: the attacker knows neither the classifier nor the mitigations"
    in_linf_ball: ClassVar[bool] = False
    is_random: ClassVar[bool] = True

    def _direction(
        self, target: Target, images: FloatArray, labels: IntArray, seed: int, indices: IntArray
    ) -> FloatArray:
        shape = images.shape[1:]
        return np.stack(
            [generator(seed, Stream.NOISE, int(index)).standard_normal(shape, dtype=np.float32) for index in indices]
        )
